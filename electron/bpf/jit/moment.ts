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
export const MOMENT = { cpu: 0, time: 8, tid: 16, tgid: 20 } as const;
export const MOMENT_BYTES = 24;

/** Bits of Moment.reads. */
export const READS_CPU = 1;
export const READS_TIME = 2;
export const READS_TASK = 4;

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
  #reads = 0;

  constructor(cells: Address, memory: LinearMemory, world: HelperWorld) {
    this.#cells = cells;
    this.#memory = memory;
    this.#world = world;
  }

  /** READS_*: which of the cells the code reads, once it is written. */
  get reads(): number {
    return this.#reads;
  }

  /** Where the number of the current CPU is, from now on written by every run. */
  cpuCell(): Address {
    this.#reads |= READS_CPU;
    return this.#cells + MOMENT.cpu;
  }

  /** Writes the call of a helper into r0; false where the helper itself is to be called. */
  writeCall(helper: string, callHelper: () => void, out: Writer): boolean {
    if (!this.#world.standsStill) return false;
    if (helper === 'get_smp_processor_id') {
      out.i32(0).access(op.i32Load, this.cpuCell()).byte(op.i64ExtendI32S).set(localOf(0));
    } else if (CLOCKS.includes(helper)) {
      this.#reads |= READS_TIME;
      out
        .i32(0)
        .access(op.i64Load, this.#cells + MOMENT.time)
        .set(localOf(0));
    } else if (helper === 'get_current_pid_tgid') {
      this.#reads |= READS_TASK;
      out
        .i32(0)
        .access(op.i64Load, this.#cells + MOMENT.tid)
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
    if (this.#reads & READS_CPU) this.#memory.view.setInt32(cells + MOMENT.cpu, this.#world.cpu(), true);
    if (this.#reads & READS_TIME)
      this.#memory.view.setBigUint64(cells + MOMENT.time, this.#world.timeNs(), true);
    if (this.#reads & READS_TASK) {
      this.#memory.view.setInt32(cells + MOMENT.tid, this.#world.tid(), true);
      this.#memory.view.setInt32(cells + MOMENT.tgid, this.#world.tgid(), true);
    }
  }
}
