/**
 * struct pt_regs of the machines whose recordings are replayed: where registers lie, by the names that fetch
 * arguments have for them, and which hold a function's arguments and result.
 */
import { Failure } from '../../failure.ts';
import type { Source } from '../../trace/event.ts';

export interface RegisterSet {
  readonly machine: 'x86_64' | 'aarch64';
  readonly sizeBytes: number;
  readonly offsets: ReadonlyMap<string, number>;
  /** In order of the function's parameters; later ones are on the stack. */
  readonly parameters: readonly string[];
  /** The same of a system call. */
  readonly callParameters: readonly string[];
  readonly callNumber: string;
  readonly result: string;
  readonly instruction: string;
  /** By how much a probe at a function's start may lie behind it: an `endbr64`, a `bti` and the tracer's own. */
  readonly entryBytes: number;
}

const WORD_BYTES = 8;

const X86_ORDER = 'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss'.split(' ');
const X86_64: RegisterSet = {
  machine: 'x86_64',
  sizeBytes: WORD_BYTES * X86_ORDER.length,
  offsets: new Map(X86_ORDER.map((name, index) => [name, WORD_BYTES * index])),
  parameters: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  callParameters: ['di', 'si', 'dx', 'r10', 'r8', 'r9'],
  callNumber: 'orig_ax',
  result: 'ax',
  instruction: 'ip',
  entryBytes: 4,
};

const ARM_GENERAL = Array.from({ length: 31 }, (_, index) => `x${index}`);
const ARM_ORDER = [...ARM_GENERAL, 'sp', 'pc', 'pstate', 'orig_x0', 'syscallno'];
const AARCH64: RegisterSet = {
  machine: 'aarch64',
  // Of the kernel's own struct there is more behind; programs see the registers alone.
  sizeBytes: WORD_BYTES * ARM_ORDER.length,
  offsets: new Map(ARM_ORDER.map((name, index) => [name, WORD_BYTES * index])),
  parameters: ARM_GENERAL.slice(0, 8),
  callParameters: ARM_GENERAL.slice(0, 6),
  callNumber: 'syscallno',
  result: 'x0',
  instruction: 'pc',
  entryBytes: 8,
};

/** Of the recorded machine; x86-64 where no recording says, as its types are. */
export function registersOf(sources: readonly Source[]): RegisterSet {
  const machines = new Set(sources.flatMap(({ context }) => context.machine ?? []));
  if (machines.has('aarch64') && machines.has('x86_64')) {
    const reason = 'the recordings are of machines with different registers; run over those of one machine';
    throw new Failure('replay', 'machines-differ', reason, { file: sources[0]?.name ?? '' });
  }
  return machines.has('aarch64') ? AARCH64 : X86_64;
}

/** The register's name as RegisterSet has it; undefined for none of its. `rdi` and `lr` are spelled so elsewhere. */
export function registerNamed(set: RegisterSet, name: string): string | undefined {
  if (set.offsets.has(name)) return name;
  if (set.machine === 'aarch64') return name === 'lr' ? 'x30' : undefined;
  const plain = name.replace(/^r(?=[a-z])/, '');
  return set.offsets.has(plain) ? plain : undefined;
}

/** The register that lies at the offset of struct pt_regs; undefined where none does. */
export function registerAt(set: RegisterSet, offsetBytes: number): string | undefined {
  const start = offsetBytes - (offsetBytes % WORD_BYTES);
  for (const [name, offset] of set.offsets) if (offset === start) return name;
  return undefined;
}

/** What a program calls the register where it holds a parameter: counted from 0, of a function. */
export function parameterOf(set: RegisterSet, register: string): number | undefined {
  const index = set.parameters.indexOf(register);
  return index < 0 ? undefined : index;
}

/** Parameters that no register holds, and arguments of USDT probes, as many as either has at most. */
export const PARAMETERS_MAX = 12;

/** Where one is kept: behind the registers, where programs read through helpers alone. */
export function parameterOffset({ sizeBytes }: RegisterSet, index: number): number {
  return sizeBytes + WORD_BYTES * index;
}
