/**
 * What one call gives on the interpreter, the JIT and the kernel. The program works on the one value of an
 * array: its input, and afterwards its output, with r0 in the first eight bytes.
 */
import { readFileSync } from 'node:fs';
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import { Btf } from '../../electron/bpf/object/btf.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { Oracle } from './oracle.ts';
import { runOn, type Result } from './run.ts';

export const VALUE_BYTES = 1088;
const PACKET_BYTES = 64;
/** Characters of a value that a difference shows. */
const RENDERED_MAX = 120;

export interface Call {
  readonly name: string;
  /** Puts the arguments into registers and calls. `value()` points into the value. */
  readonly code: readonly Instruction[];
  /** The value before: r0 goes over its first eight bytes. */
  readonly input: Uint8Array;
  readonly type?: ProgramType;
  /** More maps, behind the value's. */
  readonly maps?: readonly MapDefinition[];
}

export interface CallResult {
  readonly name: string;
  readonly kernel: Result;
  readonly interpreter: Result;
  readonly jit: Result;
}

let types: Btf | undefined;

/** The instructions that make `register` point to the value at `offset`. */
export function value(register: number, offset: number): Instruction[] {
  return asm.loadMapValue(register, 0, offset);
}

/** A value whose texts lie at the offsets given. */
export function inputOf(...placed: readonly (readonly [offset: number, content: string | Uint8Array])[]) {
  const input = new Uint8Array(VALUE_BYTES);
  for (const [offset, content] of placed)
    input.set(typeof content === 'string' ? Buffer.from(content, 'latin1') : content, offset);
  return input;
}

/** Throws where either side refuses the program. `isShort`: r0 is an int, whose upper half is nobody's. */
export async function resultOfCall(oracle: Oracle, call: Call, isShort: boolean): Promise<CallResult> {
  const instructions = [
    ...call.code,
    ...(isShort ? [asm.alu64('lsh', 0, 32), asm.alu64('rsh', 0, 32)] : []),
    ...value(1, 0),
    asm.store(8, 1, 0, 0),
    asm.mov64(0, 0),
    asm.exit,
  ];
  const maps = [{ ...asm.mapOf('array', 4, VALUE_BYTES, 1), initialValue: call.input }, ...(call.maps ?? [])];
  const type = call.type ?? 'sched_cls';
  types ??= Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), 'vmlinux');
  const verdict = verifyProgram({ ...asm.programOf([instructions]), type }, maps, {
    license: 'GPL',
    kernelBtf: types,
  });
  if (verdict.verdict === 'rejected') throw new Error(`${call.name}: ${JSON.stringify(verdict.reason)}`);
  const asked = {
    type,
    license: 'GPL',
    instructions,
    maps,
    isRun: true,
    logLevel: 1,
    ...(type === 'syscall' ? {} : { data: new Uint8Array(PACKET_BYTES) }),
  } as const;
  const answer = await oracle.ask(asked);
  if (answer.returned === undefined) throw new Error(`${call.name}: the kernel says ${answer.log}`);
  return {
    name: call.name,
    kernel: { returned: answer.returned, value: Buffer.from(answer.value).toString('hex') },
    interpreter: runOn('interpreter', verdict.verified, asked, undefined, types),
    jit: runOn('jit', verdict.verified, asked, undefined, types),
  };
}

/** Those of the calls that give different things, each as text. */
export async function differences(
  oracle: Oracle,
  calls: readonly Call[],
  isShort: boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const call of calls) {
    const { name, kernel, interpreter, jit } = await resultOfCall(oracle, call, isShort);
    const isEqual = kernel.value === interpreter.value && kernel.value === jit.value;
    if (!isEqual) found.push([name, ...[kernel, interpreter, jit].map(rendered)].join('\n  '));
  }
  return found;
}

function rendered({ value: hex }: Result): string {
  const bytes = Buffer.from(hex, 'hex');
  const rest = bytes
    .subarray(8)
    .toString('latin1')
    .replace(/\0{3,}/g, ' .. ');
  return `${bytes.readBigInt64LE(0)} ${JSON.stringify(rest.slice(0, RENDERED_MAX))}`;
}

/** So that callers need not name the assembler's registers. */
export const copyOf = (register: number, from: number): Instruction => asm.mov64(register, r(from));
