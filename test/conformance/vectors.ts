/**
 * Programs with the r0 they must leave, at least one for every opcode. What is expected is written
 * out or comes from reference.ts, never from the machine.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import {
  alu32,
  ALU_CODES,
  alu64,
  atomic,
  byteSwap,
  callLocal,
  exit,
  gotol,
  imm,
  ja,
  jump,
  JUMP_CODES,
  lddw,
  load,
  loadSigned,
  mayGoto,
  mov64,
  neg,
  SIZE_CODES,
  store,
  type AluName,
  type JumpName,
  type SizeName,
} from '../bpf/vm/assembler.ts';
import type { Slots } from '../bpf/vm/machine-fixture.ts';
import { aluReference, jumpReference, swapReference } from '../bpf/vm/reference.ts';

export interface Vector {
  readonly name: string;
  readonly memory: Uint8Array;
  readonly instructions: readonly Instruction[];
  readonly r0: bigint;
}

const A = 0xfedc_ba98_7654_3210n;
const B = 0x0000_0001_8000_0007n;
const IMMEDIATE = -0x7fff_fff9;

function vector(name: string, slots: Slots, r0: bigint, memory: readonly number[] = []): Vector {
  return { name, memory: Uint8Array.from(memory), instructions: slots.flat(), r0 };
}

function aluVectors(): Vector[] {
  const vectors: Vector[] = [];
  for (const name of Object.keys(ALU_CODES) as AluName[]) {
    for (const width of [32, 64] as const) {
      const alu = width === 64 ? alu64 : alu32;
      const variants = name === 'div' || name === 'mod' ? [0, 1] : name === 'mov' ? [0, 8, 16] : [0];
      for (const variant of variants) {
        vectors.push(
          vector(
            `${name}${width} register, variant ${variant}`,
            [lddw(0, A), lddw(1, B), alu(name, 0, 1, variant), exit()],
            aluReference(name, width, A, B, variant),
          ),
        );
        if (name === 'mov' && variant > 0) continue;
        vectors.push(
          vector(
            `${name}${width} immediate, variant ${variant}`,
            [lddw(0, A), alu(name, 0, imm(IMMEDIATE), variant), exit()],
            aluReference(name, width, A, BigInt(IMMEDIATE), variant),
          ),
        );
      }
    }
  }
  return [
    ...vectors,
    vector('neg64', [lddw(0, A), neg(64, 0), exit()], BigInt.asUintN(64, -A)),
    vector('neg32', [lddw(0, A), neg(32, 0), exit()], BigInt.asUintN(32, -A)),
    vector(
      'movsx64 of 32 bits',
      [lddw(1, 0x8000_0000n), alu64('mov', 0, 1, 32), exit()],
      0xffff_ffff_8000_0000n,
    ),
  ];
}

function swapVectors(): Vector[] {
  return (['le', 'be', 'bswap'] as const).flatMap((kind) =>
    [16, 32, 64].map((bits) =>
      vector(`${kind}${bits}`, [lddw(0, A), byteSwap(kind, 0, bits), exit()], swapReference(kind, bits, A)),
    ),
  );
}

function jumpVectors(): Vector[] {
  return (Object.keys(JUMP_CODES) as JumpName[]).flatMap((name) =>
    ([32, 64] as const).flatMap((width) =>
      [A, B, BigInt.asUintN(64, BigInt(IMMEDIATE))].flatMap((a, index) => {
        const before = [lddw(1, a), lddw(2, B), mov64(0, imm(1))];
        const after = [mov64(0, imm(2)), exit()];
        const withRegister = jumpReference(name, width, a, B) ? 1n : 2n;
        const withImmediate = jumpReference(name, width, a, BigInt(IMMEDIATE)) ? 1n : 2n;
        return [
          vector(
            `${name}${width} register ${index}`,
            [...before, jump(name, 1, 2, 1, width), ...after],
            withRegister,
          ),
          vector(
            `${name}${width} immediate ${index}`,
            [...before, jump(name, 1, imm(IMMEDIATE), 1, width), ...after],
            withImmediate,
          ),
        ];
      }),
    ),
  );
}

const BITS: Readonly<Record<SizeName, number>> = { b: 8, h: 16, w: 32, dw: 64 };
const MEMORY = [0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88];
const WORD = 0x8897_a6b5_c4d3_e2f1n;

function memoryVectors(): Vector[] {
  return (Object.keys(SIZE_CODES) as SizeName[]).flatMap((size) => {
    const bits = BITS[size];
    const mask = (1n << BigInt(bits)) - 1n;
    const kept = WORD & ~mask;
    const vectors = [
      vector(`ldx ${size}`, [load(size, 0, 1, 0), exit()], WORD & mask, MEMORY),
      vector(
        `stx ${size}`,
        [lddw(2, A), store(size, 1, 0, 2), load('dw', 0, 1, 0), exit()],
        kept | (A & mask),
        MEMORY,
      ),
      vector(
        `st ${size}`,
        [store(size, 1, 0, imm(-2)), load('dw', 0, 1, 0), exit()],
        kept | (mask - 1n),
        MEMORY,
      ),
      vector(`load-acquire ${size}`, [atomic(size, 0x100, 0, 0, 1), exit()], WORD & mask, MEMORY),
      vector(
        `store-release ${size}`,
        [lddw(2, A), atomic(size, 0x110, 1, 0, 2), load('dw', 0, 1, 0), exit()],
        kept | (A & mask),
        MEMORY,
      ),
    ];
    if (size === 'dw') return vectors;
    const extended = BigInt.asUintN(64, BigInt.asIntN(bits, WORD));
    return [...vectors, vector(`ldsx ${size}`, [loadSigned(size, 0, 1, 0), exit()], extended, MEMORY)];
  });
}

function atomicVectors(): Vector[] {
  const computed: readonly (readonly [string, number, (old: bigint) => bigint])[] = [
    ['add', 0x00, (old) => old + A],
    ['or', 0x40, (old) => old | A],
    ['and', 0x50, (old) => old & A],
    ['xor', 0xa0, (old) => old ^ A],
    ['xchg', 0xe1, () => A],
  ];
  return (['w', 'dw'] as const).flatMap((size) => {
    const mask = (1n << BigInt(BITS[size])) - 1n;
    const fetched = WORD & mask;
    const swapped = [lddw(0, WORD & mask), lddw(2, A), atomic(size, 0xf1, 1, 0, 2)];
    return [
      ...computed.flatMap(([name, code, compute]) => [
        vector(
          `atomic ${name} ${size}`,
          [lddw(2, A), atomic(size, code, 1, 0, 2), load('dw', 0, 1, 0), exit()],
          (WORD & ~mask) | (compute(WORD) & mask),
          MEMORY,
        ),
        vector(
          `atomic fetch ${name} ${size}`,
          [lddw(2, A), atomic(size, code | 1, 1, 0, 2), mov64(0, 2), exit()],
          fetched,
          MEMORY,
        ),
      ]),
      vector(
        `cmpxchg ${size}, equal`,
        [...swapped, load('dw', 0, 1, 0), exit()],
        (WORD & ~mask) | (A & mask),
        MEMORY,
      ),
      vector(
        `cmpxchg ${size}, old value`,
        [mov64(0, imm(1)), lddw(2, A), atomic(size, 0xf1, 1, 0, 2), exit()],
        fetched,
        MEMORY,
      ),
    ];
  });
}

function controlVectors(): Vector[] {
  return [
    vector('ja', [mov64(0, imm(1)), ja(1), mov64(0, imm(2)), exit()], 1n),
    vector('gotol', [mov64(0, imm(1)), gotol(1), mov64(0, imm(2)), exit()], 1n),
    vector(
      'may_goto',
      [mov64(0, imm(0)), alu64('add', 0, imm(1)), jump('jgt', 0, imm(9), 2), mayGoto(1), ja(-4), exit()],
      10n,
    ),
    vector(
      'call of a function',
      [mov64(1, imm(20)), callLocal(1), exit(), mov64(0, 1), alu64('add', 0, imm(1)), exit()],
      21n,
    ),
    vector('code that no path reaches', [mov64(0, imm(1)), exit(), mov64(0, imm(0)), exit()], 1n),
    vector(
      'a function between the parts of the program',
      [mov64(1, imm(3)), ja(2), mov64(0, imm(2)), exit(), callLocal(1), ja(-4), mov64(0, 1), exit()],
      2n,
    ),
    vector(
      'bytes of the stack above the frame',
      [store('dw', 10, -4, imm(7)), load('w', 0, 10, -4), exit()],
      7n,
    ),
    vector(
      'a shift in 32 bits by more than 31',
      [mov64(0, imm(-16)), alu32('arsh', 0, imm(33)), exit()],
      0xffff_fff8n,
    ),
    vector('a shift in 64 bits by more than 63', [mov64(0, imm(1)), alu64('lsh', 0, imm(66)), exit()], 4n),
    vector('length of the memory in r2', [mov64(0, 2), exit()], 8n, MEMORY),
    vector('lddw', [lddw(0, A), exit()], A),
  ];
}

export const vectors: readonly Vector[] = [
  ...aluVectors(),
  ...swapVectors(),
  ...jumpVectors(),
  ...memoryVectors(),
  ...atomicVectors(),
  ...controlVectors(),
];
