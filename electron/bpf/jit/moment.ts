/**
 * Time, CPU and task of the moment a program runs in, as cells of linear memory. A run writes those its code
 * reads before it begins: the helpers that give them would each cross into JavaScript for a BigInt.
 */
import type { HelperWorld } from '../helpers/helper.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { LOCAL_OPERAND, localOf } from './layout.ts';
import { EMPTY, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** Of the cells: CPU; time, 64 bits; thread and, in the upper half of the same 64 bits, process. */
const CPU = 0;
const TIME = 8;
const TID = 16;
const TGID = 20;
export const MOMENT_BYTES = 24;

/** Set where tid or tgid is -1, not known. */
const UNKNOWN_TASK = 0x8000_0000_8000_0000n;

const CLOCKS: readonly string[] = [
  'ktime_get_ns',
  'ktime_get_boot_ns',
  'ktime_get_coarse_ns',
  'ktime_get_tai_ns',
];

/** The cells of one machine, and which of them one program's code reads. */
export class Moment {
  readonly #cells: Address;
  readonly #memory: LinearMemory;
  readonly #world: HelperWorld;
  #readsCpu = false;
  #readsTime = false;
  #readsTask = false;

  constructor(cells: Address, memory: LinearMemory, world: HelperWorld) {
    this.#cells = cells;
    this.#memory = memory;
    this.#world = world;
  }

  /** Where the number of the current CPU is, from now on written by every run. */
  cpuCell(): Address {
    this.#readsCpu = true;
    return this.#cells + CPU;
  }

  /** Writes the call of a helper into r0; false where the helper itself is to be called. */
  writeCall(helper: string, callHelper: () => void, out: Writer): boolean {
    if (!this.#world.standsStill) return false;
    if (helper === 'get_smp_processor_id') {
      out.i32(0).access(op.i32Load, this.cpuCell()).byte(op.i64ExtendI32S).set(localOf(0));
    } else if (CLOCKS.includes(helper)) {
      this.#readsTime = true;
      out
        .i32(0)
        .access(op.i64Load, this.#cells + TIME)
        .set(localOf(0));
    } else if (helper === 'get_current_pid_tgid') {
      this.#readsTask = true;
      out
        .i32(0)
        .access(op.i64Load, this.#cells + TID)
        .tee(LOCAL_OPERAND);
      out.i64(UNKNOWN_TASK).byte(op.i64And, op.i64Eqz, op.if, EMPTY);
      out.get(LOCAL_OPERAND).set(localOf(0)).byte(op.else);
      // Which counts what is not known.
      callHelper();
      out.byte(op.end);
    } else return false;
    return true;
  }

  /** Hot: before every run. */
  write(): void {
    const cells = this.#cells;
    if (this.#readsCpu) this.#memory.view.setInt32(cells + CPU, this.#world.cpu(), true);
    if (this.#readsTime) this.#memory.view.setBigUint64(cells + TIME, this.#world.timeNs(), true);
    if (this.#readsTask) {
      this.#memory.view.setInt32(cells + TID, this.#world.tid(), true);
      this.#memory.view.setInt32(cells + TGID, this.#world.tgid(), true);
    }
  }
}
