/**
 * The one table of eBPF opcodes: decoder, encoder, disassembler, verifier, interpreter and JIT read
 * it. It holds what an opcode byte means and which other fields it may use; what the fields select
 * within an opcode (signed division, sign-extending moves, atomic operations) is in constants here.
 *
 * Source: RFC 9669, and include/uapi/linux/bpf.h of Linux 6.18 for what Linux adds.
 */

/** Instruction classes, opcode & 0x07. */
export const CLASS_LD = 0x00;
export const CLASS_LDX = 0x01;
export const CLASS_ST = 0x02;
export const CLASS_STX = 0x03;
export const CLASS_ALU = 0x04;
export const CLASS_JMP = 0x05;
export const CLASS_JMP32 = 0x06;
export const CLASS_ALU64 = 0x07;

/** Sizes of loads and stores, opcode & 0x18. */
export const SIZE_W = 0x00;
export const SIZE_H = 0x08;
export const SIZE_B = 0x10;
export const SIZE_DW = 0x18;

/** Modes of loads and stores, opcode & 0xe0. */
export const MODE_IMM = 0x00;
export const MODE_ABS = 0x20;
export const MODE_IND = 0x40;
export const MODE_MEM = 0x60;
export const MODE_MEMSX = 0x80;
export const MODE_ATOMIC = 0xc0;

/** Second operand of ALU and jump instructions, opcode & 0x08. */
export const SOURCE_K = 0x00;
export const SOURCE_X = 0x08;

export const OPCODE_LDIMM64 = CLASS_LD | MODE_IMM | SIZE_DW;
export const OPCODE_JA = 0x05;
/** gotol: an unconditional jump whose distance is `imm`. */
export const OPCODE_JA32 = 0x06;
export const OPCODE_CALL = 0x85;
export const OPCODE_EXIT = 0x95;
/** may_goto of Linux 6.9: jumps once the loop budget is spent. */
export const OPCODE_MAY_GOTO = 0xe5;

/** What `src` of ldimm64 makes of its immediate; the last two name maps by their place in a list, fd_array. */
export const PSEUDO_MAP_FD = 1;
export const PSEUDO_MAP_VALUE = 2;
export const PSEUDO_BTF_ID = 3;
export const PSEUDO_FUNC = 4;
export const PSEUDO_MAP_IDX = 5;
export const PSEUDO_MAP_IDX_VALUE = 6;

/** What `src` of a call makes of its immediate. */
export const CALL_HELPER = 0;
export const PSEUDO_CALL = 1;
export const PSEUDO_KFUNC_CALL = 2;

/** Whether a ldimm64 of that `src` gives a map. */
export function givesMap(src: number): boolean {
  return src === PSEUDO_MAP_FD || src === PSEUDO_MAP_IDX;
}

/** Whether a ldimm64 of that `src` gives an address in the only value of a map. */
export function givesMapValue(src: number): boolean {
  return src === PSEUDO_MAP_VALUE || src === PSEUDO_MAP_IDX_VALUE;
}

/** Bit of an atomic operation's immediate: the old value comes back in `src` (in r0 for cmpxchg). */
export const ATOMIC_FETCH = 0x01;
export const ATOMIC_ADD = 0x00;
export const ATOMIC_OR = 0x40;
export const ATOMIC_AND = 0x50;
export const ATOMIC_XOR = 0xa0;
export const ATOMIC_XCHG = 0xe1;
export const ATOMIC_CMPXCHG = 0xf1;
/** Linux 6.15. */
export const ATOMIC_LOAD_ACQUIRE = 0x100;
export const ATOMIC_STORE_RELEASE = 0x110;

/** Atomic operations by immediate. */
export const atomicNames: ReadonlyMap<number, string> = new Map([
  [ATOMIC_ADD, 'add'],
  [ATOMIC_OR, 'or'],
  [ATOMIC_AND, 'and'],
  [ATOMIC_XOR, 'xor'],
  [ATOMIC_ADD | ATOMIC_FETCH, 'fetch_add'],
  [ATOMIC_OR | ATOMIC_FETCH, 'fetch_or'],
  [ATOMIC_AND | ATOMIC_FETCH, 'fetch_and'],
  [ATOMIC_XOR | ATOMIC_FETCH, 'fetch_xor'],
  [ATOMIC_XCHG, 'xchg'],
  [ATOMIC_CMPXCHG, 'cmpxchg'],
  [ATOMIC_LOAD_ACQUIRE, 'load_acquire'],
  [ATOMIC_STORE_RELEASE, 'store_release'],
]);

/** Highest register a program may name: r10, the frame pointer. */
export const REGISTER_MAX = 10;
export const SLOT_BYTES = 8;

export type OpcodeKind =
  | 'alu'
  | 'byteswap'
  | 'jump'
  | 'branch'
  | 'mayGoto'
  | 'call'
  | 'exit'
  | 'loadImmediate64'
  | 'loadPacket'
  | 'load'
  | 'store'
  | 'storeImmediate'
  | 'atomic';

export interface OpcodeInfo {
  readonly opcode: number;
  readonly kind: OpcodeKind;
  /** RFC 9669's name of the operation: `add`, `jslt`, `ldx`, `end`. */
  readonly name: string;
  /** Operator in Linux's verifier syntax: `+=`, `s<`; '' where there is none. */
  readonly symbol: string;
  /** Width of the operation in ALU and jump instructions: 32 or 64. */
  readonly width: 32 | 64;
  /** Whether the second operand is `src` (else `imm`, or there is none). */
  readonly usesSource: boolean;
  /** Bytes moved by loads and stores, else 0. */
  readonly sizeBytes: 0 | 1 | 2 | 4 | 8;
  readonly isSigned: boolean;
  /** Fields that may be other than zero: d(st), s(rc), o(ffset), i(mm). */
  readonly fields: string;
  /** Values `offset` may take where they select a variant; undefined for any. */
  readonly offsets: readonly number[] | undefined;
  /** Values `imm` may take where they select a variant; undefined for any. */
  readonly immediates: readonly number[] | undefined;
}

const SIZES: readonly (readonly [bits: number, bytes: 1 | 2 | 4 | 8])[] = [
  [SIZE_B, 1],
  [SIZE_H, 2],
  [SIZE_W, 4],
  [SIZE_DW, 8],
];

/** ALU operations with two operands: code, name, symbol. */
const ALU: readonly (readonly [number, string, string])[] = [
  [0x00, 'add', '+='],
  [0x10, 'sub', '-='],
  [0x20, 'mul', '*='],
  [0x30, 'div', '/='],
  [0x40, 'or', '|='],
  [0x50, 'and', '&='],
  [0x60, 'lsh', '<<='],
  [0x70, 'rsh', '>>='],
  [0x90, 'mod', '%='],
  [0xa0, 'xor', '^='],
  [0xb0, 'mov', '='],
  [0xc0, 'arsh', 's>>='],
];

/** Conditional jumps: code, name, symbol. */
const BRANCHES: readonly (readonly [number, string, string])[] = [
  [0x10, 'jeq', '=='],
  [0x20, 'jgt', '>'],
  [0x30, 'jge', '>='],
  [0x40, 'jset', '&'],
  [0x50, 'jne', '!='],
  [0x60, 'jsgt', 's>'],
  [0x70, 'jsge', 's>='],
  [0xa0, 'jlt', '<'],
  [0xb0, 'jle', '<='],
  [0xc0, 'jslt', 's<'],
  [0xd0, 'jsle', 's<='],
];

type Row = Pick<OpcodeInfo, 'opcode' | 'kind' | 'name' | 'fields'> & Partial<OpcodeInfo>;

function row(given: Row): OpcodeInfo {
  return {
    symbol: '',
    width: 64,
    usesSource: false,
    sizeBytes: 0,
    isSigned: false,
    offsets: undefined,
    immediates: undefined,
    ...given,
  };
}

/** Offsets that select a variant: 1 is signed division; 8, 16, 32 are the bits a move extends from. */
function aluOffsets(name: string, width: 32 | 64, usesSource: boolean): readonly number[] {
  if (name === 'div' || name === 'mod') return [0, 1];
  if (name === 'mov' && usesSource) return width === 64 ? [0, 8, 16, 32] : [0, 8, 16];
  return [0];
}

function aluRows(width: 32 | 64): OpcodeInfo[] {
  const base = width === 64 ? CLASS_ALU64 : CLASS_ALU;
  const rows = ALU.flatMap(([code, name, symbol]) =>
    [false, true].map((usesSource) =>
      row({
        opcode: base | code | (usesSource ? SOURCE_X : SOURCE_K),
        kind: 'alu',
        name,
        symbol,
        width,
        usesSource,
        fields: usesSource ? 'dso' : 'doi',
        offsets: aluOffsets(name, width, usesSource),
      }),
    ),
  );
  return [...rows, row({ opcode: base | 0x80, kind: 'alu', name: 'neg', symbol: '-', width, fields: 'd' })];
}

function branchRows(width: 32 | 64): OpcodeInfo[] {
  const base = width === 64 ? CLASS_JMP : CLASS_JMP32;
  return BRANCHES.flatMap(([code, name, symbol]) =>
    [false, true].map((usesSource) =>
      row({
        opcode: base | code | (usesSource ? SOURCE_X : SOURCE_K),
        kind: 'branch',
        name,
        symbol,
        width,
        usesSource,
        fields: usesSource ? 'dso' : 'doi',
      }),
    ),
  );
}

function memoryRows(): OpcodeInfo[] {
  return SIZES.flatMap(([bits, sizeBytes]) => {
    const atomics = sizeBytes >= 4 ? [...atomicNames.keys()] : [ATOMIC_LOAD_ACQUIRE, ATOMIC_STORE_RELEASE];
    const rows = [
      row({ opcode: CLASS_LDX | MODE_MEM | bits, kind: 'load', name: 'ldx', sizeBytes, fields: 'dso' }),
      row({
        opcode: CLASS_ST | MODE_MEM | bits,
        kind: 'storeImmediate',
        name: 'st',
        sizeBytes,
        fields: 'doi',
      }),
      row({ opcode: CLASS_STX | MODE_MEM | bits, kind: 'store', name: 'stx', sizeBytes, fields: 'dso' }),
      row({
        opcode: CLASS_STX | MODE_ATOMIC | bits,
        kind: 'atomic',
        name: 'atomic',
        sizeBytes,
        width: sizeBytes === 8 ? 64 : 32,
        fields: 'dsoi',
        immediates: atomics,
      }),
    ];
    if (sizeBytes === 8) return rows;
    return [
      ...rows,
      row({
        opcode: CLASS_LDX | MODE_MEMSX | bits,
        kind: 'load',
        name: 'ldsx',
        sizeBytes,
        isSigned: true,
        fields: 'dso',
      }),
      row({ opcode: CLASS_LD | MODE_ABS | bits, kind: 'loadPacket', name: 'ldabs', sizeBytes, fields: 'i' }),
      row({
        opcode: CLASS_LD | MODE_IND | bits,
        kind: 'loadPacket',
        name: 'ldind',
        sizeBytes,
        usesSource: true,
        fields: 'si',
      }),
    ];
  });
}

const SWAP_BITS = [16, 32, 64];

function controlRows(): OpcodeInfo[] {
  return [
    row({ opcode: 0xd4, kind: 'byteswap', name: 'le', width: 32, fields: 'di', immediates: SWAP_BITS }),
    row({ opcode: 0xdc, kind: 'byteswap', name: 'be', width: 32, fields: 'di', immediates: SWAP_BITS }),
    row({ opcode: 0xd7, kind: 'byteswap', name: 'bswap', fields: 'di', immediates: SWAP_BITS }),
    row({ opcode: OPCODE_JA, kind: 'jump', name: 'ja', fields: 'o' }),
    row({ opcode: OPCODE_JA32, kind: 'jump', name: 'ja', width: 32, fields: 'i' }),
    row({ opcode: OPCODE_MAY_GOTO, kind: 'mayGoto', name: 'may_goto', fields: 'o' }),
    row({ opcode: OPCODE_CALL, kind: 'call', name: 'call', fields: 'soi' }),
    row({ opcode: OPCODE_EXIT, kind: 'exit', name: 'exit', fields: '' }),
    row({ opcode: OPCODE_LDIMM64, kind: 'loadImmediate64', name: 'lddw', sizeBytes: 8, fields: 'dsi' }),
  ];
}

function makeTable(): readonly (OpcodeInfo | undefined)[] {
  const table: (OpcodeInfo | undefined)[] = new Array<undefined>(256).fill(undefined);
  const rows = [aluRows(32), aluRows(64), branchRows(64), branchRows(32), memoryRows(), controlRows()].flat();
  for (const info of rows) {
    if (table[info.opcode] !== undefined) throw new Error(`opcode ${info.opcode} twice in the table`);
    table[info.opcode] = info;
  }
  return table;
}

/** Meaning by opcode byte; undefined where there is none. */
export const opcodeTable: readonly (OpcodeInfo | undefined)[] = makeTable();
