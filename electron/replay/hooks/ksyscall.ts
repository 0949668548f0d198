/**
 * `ksyscall/NAME`, and kprobes of the functions that begin a system call, `kprobe/__x64_sys_NAME`: the context is
 * struct pt_regs whose first argument points to another, with the call's own arguments in it, as the kernel's wrapper
 * of system calls has it (CONFIG_ARCH_HAS_SYSCALL_WRAPPER).
 */
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import type { ProbedCall } from '../kernel/moment.ts';
import { threadOf } from './call-stacks.ts';
import type { Attachment, Driver, HookSite } from './hook.ts';
import type { ProbeTarget } from './probe-target.ts';
import { registerAt, registersOf, type RegisterSet } from './registers.ts';
import { copyInteger } from './record-values.ts';
import { recordedSyscalls, unknownParameters, type RecordedSyscall } from './syscall-events.ts';

const WORD_BYTES = 8;

/** The target as a system call; undefined where it is no function that begins one. */
export function syscallTarget(target: ProbeTarget): ProbeTarget | undefined {
  if (target.kind === 'syscall') return target;
  const [, name] = /^__(?:x64|arm64)_sys_([\w*?]+)$/.exec(target.name) ?? [];
  if (target.kind !== 'kernel' || target.offset !== 0 || name === undefined) return undefined;
  return { ...target, kind: 'syscall', name };
}

/** The function that begins the call, for recordings that tell of functions and not of calls. */
export function beginningOf(target: ProbeTarget, { machine }: RegisterSet): ProbeTarget {
  const prefix = machine === 'x86_64' ? '__x64_sys_' : '__arm64_sys_';
  return { ...target, kind: 'kernel', name: `${prefix}${target.name}` };
}

/** Whether a source tells of the call. */
export function hasSyscalls(target: ProbeTarget, site: HookSite): boolean {
  return recordedSyscalls(target, site).some(({ source, type }) => site.isRecorded(source, type.index));
}

/** What calls the program for a system call; empty where no source records it. */
export function syscallAttachments(target: ProbeTarget, site: HookSite): readonly Attachment[] {
  const recorded = recordedSyscalls(target, site);
  if (recorded.length === 0) return [];
  const context = new SyscallContext(site, registersOf(site.sources), isTwice(recorded), target.cookie);
  return recorded.map((syscall) => ({
    source: syscall.source,
    type: syscall.type.index,
    drive: context.driverFor(syscall),
  }));
}

function isTwice(recorded: readonly RecordedSyscall[]): boolean {
  return recorded.some(({ isRaw }) => isRaw) && recorded.some(({ isRaw }) => !isRaw);
}

class SyscallContext implements ProbedCall {
  readonly cookie: bigint;
  readonly #memory: LinearMemory;
  readonly #moment: HookSite['moment'];
  readonly #registers: RegisterSet;
  readonly #outer: Address;
  readonly #inner: Address;
  readonly #isTwice: boolean;
  /** By thread: the kind of event that its last call was told by, until the other kind tells of it too. */
  readonly #untold = new Map<number, boolean>();

  constructor({ memory, moment }: HookSite, registers: RegisterSet, twice: boolean, cookie: bigint) {
    this.cookie = cookie;
    this.#memory = memory;
    this.#moment = moment;
    this.#registers = registers;
    this.#isTwice = twice;
    this.#outer = memory.allocate(registers.sizeBytes, 8);
    this.#inner = memory.allocate(registers.sizeBytes, 8);
    const end = this.#inner + registers.sizeBytes;
    memory.bytes.fill(0xff, this.#outer, end);
  }

  driverFor(syscall: RecordedSyscall): Driver {
    const { source, isReturn, isRaw, numberField, number, parameters, resultField, type } = syscall;
    const [first = ''] = this.#registers.parameters;
    const outerFirst = this.#outer + this.#offset(first);
    const outerResult = this.#outer + this.#offset(this.#registers.result);
    const places = parameters.map((_, index) => this.#offset(this.#registers.callParameters[index] ?? ''));
    const unknown = unknownParameters(syscall);
    const keptFirst = this.#registers.offsets.get('orig_x0');
    const innerNumber = this.#inner + this.#offset(this.#registers.callNumber);
    return (call, record, batch, row) => {
      if ((batch.length[row] ?? 0) < type.sizeBytes) {
        this.#moment.missing(`the end of a record of ${type.name}`);
        return;
      }
      const { schema } = source;
      if (numberField === undefined) this.#memory.view.setBigInt64(innerNumber, BigInt(number ?? -1), true);
      else copyInteger(this.#memory, schema, numberField, record, innerNumber);
      if (isRaw && !syscall.isOf(this.#memory.view.getInt32(innerNumber, true))) return;
      if (this.#isTwice && this.#wasTold(threadOf(batch.tid[row] ?? -1, batch.cpu[row] ?? 0), isRaw)) return;
      if (isReturn) {
        this.#memory.view.setBigInt64(outerFirst, -1n, true);
        if (resultField !== undefined) copyInteger(this.#memory, schema, resultField, record, outerResult);
      } else {
        this.#memory.view.setBigInt64(outerResult, -1n, true);
        this.#memory.view.setBigUint64(outerFirst, BigInt(this.#inner), true);
        for (const [index, offset] of parameters.entries())
          this.#copyWord(schema.isLittleEndian, offset, record, this.#inner + (places[index] ?? 0));
        // Where the first argument is kept, as its register takes the result.
        if (keptFirst !== undefined)
          this.#copyWord(schema.isLittleEndian, parameters[0], record, this.#inner + keptFirst);
        // Programs read them through helpers: which of them, nobody can tell before.
        for (const what of unknown) this.#moment.missing(what);
      }
      this.#moment.probe = this;
      try {
        call(this.#outer);
      } finally {
        this.#moment.probe = undefined;
      }
    };
  }

  /** Where the function begins that the call begins with, its events do not say. */
  functionCall(): undefined {
    return undefined;
  }

  recordedMemory(): undefined {
    return undefined;
  }

  /** Whether the other kind of event told of this call before: both tell of each, one right after the other. */
  #wasTold(thread: number, isRaw: boolean): boolean {
    const last = this.#untold.get(thread);
    if (last !== undefined && last !== isRaw) {
      this.#untold.delete(thread);
      return true;
    }
    this.#untold.set(thread, isRaw);
    return false;
  }

  #copyWord(isLittleEndian: boolean, offset: number | undefined, record: Address, to: Address): void {
    const { view } = this.#memory;
    if (offset === undefined) {
      view.setBigInt64(to, -1n, true);
      return;
    }
    const from = record + offset;
    view.setUint32(to, view.getUint32(isLittleEndian ? from : from + 4, isLittleEndian), true);
    view.setUint32(to + 4, view.getUint32(isLittleEndian ? from + 4 : from, isLittleEndian), true);
  }

  #offset(register: string): number {
    const offset = this.#registers.offsets.get(register);
    if (offset === undefined) throw new Error(`no register ${register}`);
    return offset;
  }
}

/** Refuses reads of what no system call's event tells of its function: all but its argument and its result. */
export function checkSyscallRegisters(
  program: LinkedProgram,
  { contextAccesses }: VerifiedProgram,
  isReturn: boolean,
  registers: RegisterSet,
): void {
  const held = isReturn ? registers.result : registers.parameters[0];
  for (const { offsetBytes, sizeBytes, instruction } of contextAccesses) {
    for (let offset = offsetBytes; offset < offsetBytes + sizeBytes; offset += WORD_BYTES) {
      const register = registerAt(registers, offset) ?? `offset ${offset}`;
      if (register === held) continue;
      throw new Failure(
        'replay',
        'argument-not-recorded',
        isReturn
          ? `${program.name} reads register ${register}, and of a call that returns its result is recorded`
          : `${program.name} reads register ${register} of the function that begins the call: it takes one argument, the registers of the caller`,
        { file: program.name, at: `instruction ${instruction}` },
        { program: program.name, register },
      );
    }
  }
}
