/**
 * What RFC 9669 says, statement by statement, where it says more than the name of an operation: a program
 * and the r0 it must leave, worked out by hand; and bytes that are no instruction.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import {
  alu32,
  alu64,
  atomic,
  byteSwap,
  callLocal,
  exit,
  gotol,
  imm,
  ja,
  jump,
  lddw,
  load,
  loadSigned,
  mov64,
  neg,
  store,
} from '../bpf/vm/assembler.ts';
import type { Slots } from '../bpf/vm/machine-fixture.ts';

export interface Statement {
  /** Section and what it says. */
  readonly says: string;
  readonly slots: Slots;
  readonly r0: bigint;
}

const ALL = 0xffff_ffff_ffff_ffffn;
const LOWEST_64 = 0x8000_0000_0000_0000n;
const LOWEST_32 = 0x8000_0000n;
const SIGNED = 1;

function says(text: string, slots: Slots, r0: bigint): Statement {
  return { says: text, slots: [slots.flat(), exit()], r0 };
}

const arithmetic: readonly Statement[] = [
  says('4.1: addition of 64 bits wraps', [lddw(0, ALL), alu64('add', 0, imm(2))], 1n),
  says('4.1: subtraction of 64 bits wraps', [mov64(0, imm(0)), alu64('sub', 0, imm(1))], ALL),
  says(
    '4.1: addition of 32 bits wraps, and zeroes the upper 32',
    [lddw(0, ALL), alu32('add', 0, imm(2))],
    1n,
  ),
  says('4.1: multiplication wraps', [lddw(0, 1n << 63n), alu64('mul', 0, imm(2))], 0n),
  says('4.1: division by zero gives zero', [mov64(0, imm(7)), mov64(1, imm(0)), alu64('div', 0, 1)], 0n),
  says('4.1: so does signed division', [mov64(0, imm(7)), mov64(1, imm(0)), alu64('div', 0, 1, SIGNED)], 0n),
  says('4.1: so does that of 32 bits', [lddw(0, ALL), mov64(1, imm(0)), alu32('div', 0, 1)], 0n),
  says(
    '4.1: division of 32 bits looks at 32 bits of a divisor',
    [mov64(0, imm(7)), lddw(1, 1n << 32n), alu32('div', 0, 1)],
    0n,
  ),
  says(
    '4.1: modulo by zero leaves 64 bits as they are',
    [lddw(0, ALL), mov64(1, imm(0)), alu64('mod', 0, 1)],
    ALL,
  ),
  says(
    '4.1: modulo by zero of 32 bits zeroes the upper 32',
    [lddw(0, 0x1234_5678_9abc_def0n), mov64(1, imm(0)), alu32('mod', 0, 1)],
    0x9abc_def0n,
  ),
  says(
    '4.1: so does signed modulo',
    [lddw(0, 0x1234_5678_9abc_def0n), mov64(1, imm(0)), alu32('mod', 0, 1, SIGNED)],
    0x9abc_def0n,
  ),
  says(
    '4.1: unsigned division of 32 bits takes imm as unsigned',
    [lddw(0, 0xffff_fffen), alu32('div', 0, imm(-2))],
    1n,
  ),
  says('4.1: that of 64 bits extends its sign first', [lddw(0, 0xffff_fffen), alu64('div', 0, imm(-2))], 0n),
  says('4.1: unsigned modulo of 64 bits, too', [lddw(0, ALL), alu64('mod', 0, imm(-2))], 1n),
  says(
    '4.1: signed division cuts towards zero',
    [mov64(0, imm(-13)), alu64('div', 0, imm(3), SIGNED)],
    BigInt.asUintN(64, -4n),
  ),
  says('4.1: -13 s% 3 is -1', [mov64(0, imm(-13)), alu64('mod', 0, imm(3), SIGNED)], ALL),
  says('4.1: 13 s% -3 is 1', [mov64(0, imm(13)), alu64('mod', 0, imm(-3), SIGNED)], 1n),
  says(
    '4.1: -13 s% 3 in 32 bits has zeroes above',
    [mov64(0, imm(-13)), alu32('mod', 0, imm(3), SIGNED)],
    0xffff_ffffn,
  ),
  says(
    '4.1: the lowest number of 64 bits by -1 is itself',
    [lddw(0, LOWEST_64), alu64('div', 0, imm(-1), SIGNED)],
    LOWEST_64,
  ),
  says(
    '4.1: the lowest number of 64 bits by -1 leaves no rest',
    [lddw(0, LOWEST_64), alu64('mod', 0, imm(-1), SIGNED)],
    0n,
  ),
  says(
    '4.1: the lowest number of 32 bits by -1 is itself',
    [lddw(0, LOWEST_32), alu32('div', 0, imm(-1), SIGNED)],
    LOWEST_32,
  ),
  says(
    '4.1: the lowest number of 32 bits by -1 leaves no rest',
    [lddw(0, LOWEST_32), alu32('mod', 0, imm(-1), SIGNED)],
    0n,
  ),
  says('4.1: xor of 64 bits extends imm', [lddw(0, 0n), alu64('xor', 0, imm(-1))], ALL),
  says(
    '4.1: xor of 32 bits zeroes the upper 32',
    [lddw(0, (ALL << 32n) & ALL), alu32('xor', 0, imm(-1))],
    0xffff_ffffn,
  ),
  says(
    '4.1: a move of 32 bits zeroes the upper 32',
    [lddw(1, ALL), lddw(0, ALL), alu32('mov', 0, 1)],
    0xffff_ffffn,
  ),
  says('4.1: a move of 64 bits extends imm', [mov64(0, imm(-1))], ALL),
  says(
    '4.1: movsx of 8 bits into 32 has zeroes above',
    [mov64(1, imm(0x80)), alu32('mov', 0, 1, 8)],
    0xffff_ff80n,
  ),
  says(
    '4.1: movsx of 16 bits into 32 has zeroes above',
    [mov64(1, imm(0x8000)), alu32('mov', 0, 1, 16)],
    0xffff_8000n,
  ),
  says('4.1: movsx of 8 bits into 64', [mov64(1, imm(0x180)), alu64('mov', 0, 1, 8)], 0xffff_ffff_ffff_ff80n),
  says(
    '4.1: movsx of 16 bits into 64',
    [mov64(1, imm(0x1_8000)), alu64('mov', 0, 1, 16)],
    0xffff_ffff_ffff_8000n,
  ),
  says(
    '4.1: movsx of 32 bits into 64',
    [lddw(1, 0x1_8000_0000n), alu64('mov', 0, 1, 32)],
    0xffff_ffff_8000_0000n,
  ),
  says('4.1: neg of 32 bits has zeroes above', [mov64(0, imm(1)), neg(32, 0)], 0xffff_ffffn),
  says('4.1: shifts of 64 bits use 6 bits', [mov64(0, imm(1)), mov64(1, imm(65)), alu64('lsh', 0, 1)], 2n),
  says('4.1: shifts of 32 bits use 5 bits', [mov64(0, imm(1)), mov64(1, imm(33)), alu32('lsh', 0, 1)], 2n),
  says(
    '4.1: a shift by 0 of 32 bits zeroes the upper 32',
    [lddw(0, ALL), mov64(1, imm(32)), alu32('rsh', 0, 1)],
    0xffff_ffffn,
  ),
  says(
    '4.1: arsh of 32 bits extends bit 31',
    [lddw(0, 0x7fff_ffff_8000_0000n), alu32('arsh', 0, imm(4))],
    0xf800_0000n,
  ),
  says('4.1: arsh of 64 bits extends bit 63', [lddw(0, LOWEST_64), alu64('arsh', 0, imm(63))], ALL),
];

const NUMBER = 0x0102_0304_0506_0708n;
const swaps: readonly Statement[] = [
  says('4.2: to little endian keeps 16 bits', [lddw(0, NUMBER), byteSwap('le', 0, 16)], 0x0708n),
  says('4.2: to little endian keeps 32 bits', [lddw(0, NUMBER), byteSwap('le', 0, 32)], 0x0506_0708n),
  says('4.2: to little endian keeps 64 bits', [lddw(0, NUMBER), byteSwap('le', 0, 64)], NUMBER),
  says('4.2: to big endian swaps 16 bits', [lddw(0, NUMBER), byteSwap('be', 0, 16)], 0x0807n),
  says('4.2: to big endian swaps 32 bits', [lddw(0, NUMBER), byteSwap('be', 0, 32)], 0x0807_0605n),
  says('4.2: to big endian swaps 64 bits', [lddw(0, NUMBER), byteSwap('be', 0, 64)], 0x0807_0605_0403_0201n),
  says('4.2: bswap swaps 16 bits', [lddw(0, NUMBER), byteSwap('bswap', 0, 16)], 0x0807n),
  says('4.2: bswap swaps 32 bits', [lddw(0, NUMBER), byteSwap('bswap', 0, 32)], 0x0807_0605n),
  says('4.2: bswap swaps 64 bits', [lddw(0, NUMBER), byteSwap('bswap', 0, 64)], 0x0807_0605_0403_0201n),
];

/** 1 where the jump is taken. */
function taken(a: bigint, each: Instruction): Slots {
  return [lddw(1, a), lddw(2, ALL), mov64(0, imm(1)), each, mov64(0, imm(0))];
}

/** The kernel takes no instruction that no path reaches: this one leads past the next. */
const reached: readonly Instruction[] = [mov64(0, imm(1)), jump('jeq', 0, imm(7), 1)];

const jumps: readonly Statement[] = [
  says(
    '4.3: jumps of 64 bits compare imm with its sign extended',
    taken(ALL, jump('jeq', 1, imm(-1), 1)),
    1n,
  ),
  says('4.3: jgt is unsigned', taken(0n, jump('jgt', 1, imm(-1), 1)), 0n),
  says('4.3: jlt is unsigned', taken(0n, jump('jlt', 1, 2, 1)), 1n),
  says('4.3: jsgt is signed', taken(0n, jump('jsgt', 1, imm(-1), 1)), 1n),
  says('4.3: jsle is signed', taken(LOWEST_64, jump('jsle', 1, 2, 1)), 1n),
  says(
    '4.3: jumps of 32 bits look at the lower 32',
    taken(0x1_0000_0005n, jump('jeq', 1, imm(5), 1, 32)),
    1n,
  ),
  says('4.3: signed ones at bit 31', taken(0x8000_0000n, jump('jslt', 1, imm(0), 1, 32)), 1n),
  says('4.3: jset of 32 bits at the lower 32', taken(0x1_0000_0000n, jump('jset', 1, 2, 1, 32)), 0n),
  says('4.3: jset of 64 bits extends imm', taken(1n << 40n, jump('jset', 1, imm(-1), 1)), 1n),
  says('4.3: ja jumps by offset', [...reached, ja(1), mov64(0, imm(2))], 1n),
  says('4.3: ja of jmp32 jumps by imm', [...reached, gotol(1), mov64(0, imm(2))], 1n),
  says(
    '4.3.2: exit returns from a local function to its caller',
    [callLocal(2), alu64('add', 0, imm(1)), exit(), mov64(0, imm(5))],
    6n,
  ),
];

/** r1 is 8 bytes of the stack that hold NUMBER. */
const onStack: readonly Instruction[] = [
  mov64(1, 10),
  alu64('add', 1, imm(-8)),
  lddw(2, 0x8182_8384_8586_8788n),
  store('dw', 1, 0, 2),
].flat();

const memory: readonly Statement[] = [
  says('5.1: loads are unsigned', [onStack, load('b', 0, 1, 0)], 0x88n),
  says('5.1: at address and offset', [onStack, load('h', 0, 10, -6)], 0x8586n),
  says(
    '5.1: a store of imm extends its sign',
    [onStack, store('dw', 1, 0, imm(-2)), load('dw', 0, 1, 0)],
    ALL - 1n,
  ),
  says(
    '5.1: a narrow store leaves the other bytes',
    [onStack, store('b', 1, 1, imm(0)), load('w', 0, 1, 0)],
    0x8586_0088n,
  ),
  says('5.2: signed loads extend 8 bits', [onStack, loadSigned('b', 0, 1, 0)], 0xffff_ffff_ffff_ff88n),
  says('5.2: signed loads extend 16 bits', [onStack, loadSigned('h', 0, 1, 0)], 0xffff_ffff_ffff_8788n),
  says('5.2: signed loads extend 32 bits', [onStack, loadSigned('w', 0, 1, 0)], 0xffff_ffff_8586_8788n),
  says(
    '5.3: a fetch of 32 bits overwrites src, with zeroes above',
    [onStack, lddw(3, ALL), atomic('w', 0x01, 1, 0, 3), mov64(0, 3)],
    0x8586_8788n,
  ),
  says(
    '5.3: an operation without fetch leaves src',
    [onStack, mov64(3, imm(1)), atomic('dw', 0x00, 1, 0, 3), mov64(0, 3)],
    1n,
  ),
  says(
    '5.3: an addition of 32 bits does not carry on',
    [onStack, store('w', 1, 0, imm(-1)), mov64(3, imm(1)), atomic('w', 0x00, 1, 0, 3), load('dw', 0, 1, 0)],
    0x8182_8384_0000_0000n,
  ),
  says(
    '5.3: xchg takes what was there',
    [onStack, mov64(3, imm(1)), atomic('dw', 0xe1, 1, 0, 3), mov64(0, 3)],
    0x8182_8384_8586_8788n,
  ),
  says(
    '5.3: cmpxchg of 32 bits compares the lower 32 of r0, and zero-extends what was there into it',
    [onStack, lddw(0, 0x7_8586_8788n), mov64(3, imm(5)), atomic('w', 0xf1, 1, 0, 3)],
    0x8586_8788n,
  ),
  says(
    '5.3: and stores src where they match',
    [onStack, lddw(0, 0x7_8586_8788n), mov64(3, imm(5)), atomic('w', 0xf1, 1, 0, 3), load('dw', 0, 1, 0)],
    0x8182_8384_0000_0005n,
  ),
  says(
    '5.3: cmpxchg that does not match stores nothing',
    [onStack, mov64(0, imm(1)), mov64(3, imm(5)), atomic('dw', 0xf1, 1, 0, 3), load('dw', 0, 1, 0)],
    0x8182_8384_8586_8788n,
  ),
  says(
    '5.4: lddw is next_imm and imm, neither sign reaching over',
    [lddw(0, 0x0000_0001_ffff_ffffn)],
    0x1_ffff_ffffn,
  ),
];

export const statements: readonly Statement[] = [...arithmetic, ...swaps, ...jumps, ...memory];

/** Section and what it says, and a slot that goes against it. */
export const nonsense: readonly (readonly [says: string, slot: Instruction])[] = [
  ['3.1: fields that are not used are zero', slot(0x0f, { dst: 0, src: 1, imm: 1 })],
  ['4.1: only sdiv, smod and movsx have an offset', slot(0x0f, { src: 1, offset: 1 })],
  ['4.1: movsx takes registers alone', slot(0xb7, { offset: 8 })],
  ['4.1: movsx of 32 bits into 32 does not exist', slot(0xbc, { offset: 32 })],
  ['4.1: neg takes no source', slot(0x8f, {})],
  ['4.2: widths are 16, 32 and 64', slot(0xd4, { imm: 8 })],
  ['4.2: the source bit of an unconditional swap is zero', slot(0xdf, { imm: 16 })],
  ['4.3: ja has no source', slot(0x0d, {})],
  ['4.3: call exists as {CALL, K, JMP} only', slot(0x86, {})],
  ['4.3: call of a register does not exist', slot(0x8d, {})],
  ['4.3: exit exists in jmp only', slot(0x96, {})],
  ['4.3: calls are of three kinds', slot(0x85, { src: 3 })],
  ['5.2: signed loads of 64 bits do not exist', slot(0x99, {})],
  ['5.3: atomics of 8 bits do not exist', slot(0xd3, { imm: 0 })],
  ['5.3: atomics of 16 bits do not exist', slot(0xcb, { imm: 0xe1 })],
  ['5.3: xchg has fetch set', slot(0xdb, { imm: 0xe0 })],
  ['5.3: cmpxchg has fetch set', slot(0xdb, { imm: 0xf0 })],
  ['5.4: 64-bit immediates are of seven kinds', slot(0x18, { src: 7 })],
  ['5.5: packet loads of 64 bits do not exist', slot(0x38, {})],
  ['5.5: ABS has no source', slot(0x20, { src: 1 })],
  ['5.5: IND has no destination', slot(0x40, { dst: 1 })],
];

function slot(opcode: number, fields: Partial<Instruction>): Instruction {
  return { opcode, dst: 0, src: 0, offset: 0, imm: 0, ...fields };
}
