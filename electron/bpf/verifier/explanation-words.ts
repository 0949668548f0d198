/** What explanations of refusals are made of: the facts, and the words for them. */
import type { RejectedRegister } from './rejection.ts';

/** What is known of a refusal when it is explained. */
export interface Refused {
  readonly code: string;
  /** Linux's words. */
  readonly text: string;
  readonly registers: readonly RejectedRegister[];
  /** As it is disassembled. */
  readonly instructionText: string;
  /** `bpf_map_lookup_elem()`: what is called there. */
  readonly called: string | undefined;
  /** What is wrong with the instruction by itself. */
  readonly problem: string | undefined;
  /** Names what an instruction does, and where: `bpf_ringbuf_reserve() at file.c:3:1`. */
  describe(instruction: number): string;
}

export interface Explanation {
  readonly reason: string;
  readonly suggestion: string;
}

/** The register that Linux's words speak of first. */
export function subjectOf({ text, registers }: Refused): RejectedRegister | undefined {
  const number = /\bR(\d+)\b/.exec(text)?.[1];
  return registers.find(({ register }) => String(register) === number);
}

export function name(subject: RejectedRegister | undefined): string {
  return subject === undefined ? 'the register' : `r${subject.register}`;
}

/** ` (here 0 to 255)`: what the distance or the number can be. */
export function rangeOf(subject: RejectedRegister | undefined): string {
  const text = subject?.bounds?.text;
  return text === undefined || text === 'any' ? '' : ` (here ${text})`;
}

const kindWords: Readonly<Record<string, string>> = {
  scalar: 'a number',
  ctx: 'the context',
  fp: 'a pointer to the stack',
  map_value: 'a pointer to a map value',
  map_key: 'a pointer to a map key',
  map_ptr: 'a map',
  mem: 'a pointer to memory',
  ringbuf_mem: 'a reserved record',
  func: 'a function',
  sock: 'a socket',
  sock_common: 'a socket that may be half made',
  tcp_sock: 'the TCP side of a socket',
  xdp_sock: 'an AF_XDP socket',
};

/** Linux's name of a kind of register in words; kinds in a list each. */
export function inWords(kinds: string): string {
  return kinds
    .split(', ')
    .map((kind) => kindWords[kind.replace(/_or_null$/, '')] ?? kind)
    .join(' or ');
}

/** `bpf_probe_read() takes`: what is called at the instruction. */
export function callee({ called }: Refused): string {
  return called ?? 'the function called';
}

/** The last number after the name: `value_size=16`. */
export function fact(text: string, name: string): string | undefined {
  return new RegExp(`\\b${name}=(-?\\d+)`).exec(text)?.[1];
}
