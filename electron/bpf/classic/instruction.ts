/**
 * Classic BPF: what an instruction is, and the table of those that exist.
 *
 * Source: include/uapi/linux/bpf_common.h and include/uapi/linux/filter.h of Linux 6.18.
 */

/** struct sock_filter. */
export interface ClassicInstruction {
  /** 16 bits; the opcodes that exist fit in eight. */
  readonly code: number;
  /** Instructions to skip where the condition holds. */
  readonly jt: number;
  /** Instructions to skip where it does not. */
  readonly jf: number;
  /** Unsigned 32 bits. */
  readonly k: number;
}

/** BPF_MAXINSNS of Linux. */
export const CLASSIC_INSTRUCTIONS_MAX = 4096;
/** BPF_MEMWORDS: 32-bit words of scratch memory. */
export const SCRATCH_WORDS = 16;
/** Bytes of struct sock_filter. */
export const CLASSIC_INSTRUCTION_BYTES = 8;

/** SKF_AD_OFF: absolute loads from here on are not of the packet but of what is known about it. */
export const ANCILLARY_START = 0xffff_f000;

export type ClassicAlu = 'add' | 'sub' | 'mul' | 'div' | 'or' | 'and' | 'lsh' | 'rsh' | 'mod' | 'xor';
export type ClassicCondition = 'jeq' | 'jgt' | 'jge' | 'jset';
/** Bytes of a load from the packet. */
export type PacketWidth = 1 | 2 | 4;

/** What an opcode does. The accumulator is A, the index register X. */
export type ClassicOperation =
  | { readonly kind: 'loadAbsolute' | 'loadIndirect'; readonly sizeBytes: PacketWidth }
  /** X = 4 * (packet[k] & 15), the length of an IPv4 header. */
  | { readonly kind: 'loadHeaderLength' }
  | {
      readonly kind: 'loadImmediate' | 'loadLength' | 'loadScratch' | 'storeScratch';
      readonly register: 'A' | 'X';
    }
  | { readonly kind: 'alu'; readonly name: ClassicAlu; readonly usesX: boolean }
  | { readonly kind: 'negate' | 'copyToX' | 'copyToA' | 'jump' }
  | { readonly kind: 'branch'; readonly name: ClassicCondition; readonly usesX: boolean }
  /** Ends the program: how many bytes of the packet are accepted. */
  | { readonly kind: 'return'; readonly usesA: boolean };

const CLASS_LD = 0x00;
const CLASS_LDX = 0x01;
const CLASS_ST = 0x02;
const CLASS_STX = 0x03;
const CLASS_ALU = 0x04;
const CLASS_JMP = 0x05;
const CLASS_RET = 0x06;
const CLASS_MISC = 0x07;

const MODE_IMM = 0x00;
const MODE_ABS = 0x20;
const MODE_IND = 0x40;
const MODE_MEM = 0x60;
const MODE_LEN = 0x80;
const MODE_MSH = 0xa0;

const SIZE_B = 0x10;
const SOURCE_X = 0x08;
const RETURN_A = 0x10;
const COPY_TO_X = 0x00;
const COPY_TO_A = 0x80;
const ALU_NEGATE = 0x80;

const SIZES: readonly (readonly [bits: number, bytes: PacketWidth])[] = [
  [0x00, 4],
  [0x08, 2],
  [SIZE_B, 1],
];

const ALU: readonly (readonly [bits: number, name: ClassicAlu])[] = [
  [0x00, 'add'],
  [0x10, 'sub'],
  [0x20, 'mul'],
  [0x30, 'div'],
  [0x40, 'or'],
  [0x50, 'and'],
  [0x60, 'lsh'],
  [0x70, 'rsh'],
  [0x90, 'mod'],
  [0xa0, 'xor'],
];

const CONDITIONS: readonly (readonly [bits: number, name: ClassicCondition])[] = [
  [0x10, 'jeq'],
  [0x20, 'jgt'],
  [0x30, 'jge'],
  [0x40, 'jset'],
];

function makeTable(): ReadonlyMap<number, ClassicOperation> {
  const table = new Map<number, ClassicOperation>([
    [CLASS_LD | MODE_IMM, { kind: 'loadImmediate', register: 'A' }],
    [CLASS_LDX | MODE_IMM, { kind: 'loadImmediate', register: 'X' }],
    [CLASS_LD | MODE_LEN, { kind: 'loadLength', register: 'A' }],
    [CLASS_LDX | MODE_LEN, { kind: 'loadLength', register: 'X' }],
    [CLASS_LD | MODE_MEM, { kind: 'loadScratch', register: 'A' }],
    [CLASS_LDX | MODE_MEM, { kind: 'loadScratch', register: 'X' }],
    [CLASS_ST, { kind: 'storeScratch', register: 'A' }],
    [CLASS_STX, { kind: 'storeScratch', register: 'X' }],
    [CLASS_LDX | MODE_MSH | SIZE_B, { kind: 'loadHeaderLength' }],
    [CLASS_ALU | ALU_NEGATE, { kind: 'negate' }],
    [CLASS_JMP, { kind: 'jump' }],
    [CLASS_RET, { kind: 'return', usesA: false }],
    [CLASS_RET | RETURN_A, { kind: 'return', usesA: true }],
    [CLASS_MISC | COPY_TO_X, { kind: 'copyToX' }],
    [CLASS_MISC | COPY_TO_A, { kind: 'copyToA' }],
  ]);
  for (const [bits, sizeBytes] of SIZES) {
    table.set(CLASS_LD | MODE_ABS | bits, { kind: 'loadAbsolute', sizeBytes });
    table.set(CLASS_LD | MODE_IND | bits, { kind: 'loadIndirect', sizeBytes });
  }
  for (const usesX of [false, true]) {
    const source = usesX ? SOURCE_X : 0;
    for (const [bits, name] of ALU) table.set(CLASS_ALU | bits | source, { kind: 'alu', name, usesX });
    for (const [bits, name] of CONDITIONS)
      table.set(CLASS_JMP | bits | source, { kind: 'branch', name, usesX });
  }
  return table;
}

/** Operation by `code`; what is not in it does not exist. */
export const classicOperations: ReadonlyMap<number, ClassicOperation> = makeTable();
