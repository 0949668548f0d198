/**
 * Registers of a thread in a system call: a struct pt_regs of its number and arguments, which raw_syscalls records,
 * and of its result. Its other registers no event tells: they are all ones.
 */
import type { LinearMemory } from '../../../bpf/vm/memory.ts';
import type { EventType, Source } from '../../../trace/event.ts';
import type { Follower, ObjectReader } from './follower.ts';
import { KernelObject, type Layout } from './layout.ts';
import { RecordFields } from './record-fields.ts';

/** As the calling convention of system calls has them: x86-64 in entry_64.S, arm64 in entry.S. */
const X86_64 = ['di', 'si', 'dx', 'r10', 'r8', 'r9'];
const ENOSYS = 38;
/** Threads whose arguments are kept until their calls end. */
const THREADS_MAX = 65_536;

export class CallRegisters implements Follower {
  readonly events = ['raw_syscalls:sys_enter', 'raw_syscalls:sys_exit'];
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #missing: (what: string) => void;
  readonly #byThread = new Map<number, KernelObject>();
  readonly #isArm: boolean;

  constructor(memory: LinearMemory, layout: Layout, missing: (what: string) => void) {
    this.#memory = memory;
    this.#layout = layout;
    this.#missing = missing;
    this.#isArm = layout.place('pt_regs', 'regs') !== undefined;
  }

  reader(source: Source, type: EventType): ObjectReader | undefined {
    const fields = new RecordFields(this.#memory, source, type);
    if (type.system !== 'raw_syscalls' || !fields.has('id')) return undefined;
    const isEntry = fields.has('args');
    return (record, batch, row) => {
      const registers = this.#of(batch.tid[row] ?? -1, isEntry);
      if (!fields.moveTo(record, batch, row)) return registers.address;
      const id = fields.wide('id');
      this.#set(registers, isEntry, id, fields);
      return registers.address;
    };
  }

  #set(registers: KernelObject, isEntry: boolean, id: bigint, fields: RecordFields): void {
    registers.set(this.#isArm ? 'syscallno' : 'orig_ax', id);
    if (!isEntry) {
      if (this.#isArm) registers.setElement('regs', 0, fields.wide('ret'));
      else registers.set('ax', fields.wide('ret'));
      return;
    }
    if (!this.#isArm) registers.set('ax', -ENOSYS);
    else registers.set('orig_x0', fields.wide('args', 0));
    for (let index = 0; index < X86_64.length; index += 1) {
      const value = fields.wide('args', index);
      if (this.#isArm) registers.setElement('regs', index, value);
      else registers.set(X86_64[index] ?? '', value);
    }
  }

  /** Of the thread that has been there longest, where there are too many. */
  #spare(): KernelObject | undefined {
    const [oldest] = this.#byThread.size < THREADS_MAX ? [] : this.#byThread;
    if (oldest !== undefined) this.#byThread.delete(oldest[0]);
    return oldest?.[1];
  }

  #of(tid: number, isEntry: boolean): KernelObject {
    let registers = this.#byThread.get(tid);
    if (registers === undefined) {
      if (!isEntry) this.#missing('arguments of a call that began before the recording');
      registers = this.#spare() ?? new KernelObject(this.#memory, this.#layout, 'pt_regs');
      registers.fill(0xff);
      this.#byThread.set(tid, registers);
    }
    return registers;
  }
}
