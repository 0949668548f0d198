/**
 * Programs that do one kind of thing many times, for the kernel and both engines. Each runs `rounds`
 * rounds of a loop whose bound the kernel's verifier can prove, and says how many instructions that is.
 */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import {
  alu32,
  alu64,
  atomic,
  callLocal,
  exit,
  imm,
  jump,
  lddw,
  load,
  mayGoto,
  mov64,
  store,
} from '../bpf/vm/assembler.ts';
import { mapDefinition, type Slots } from '../bpf/vm/machine-fixture.ts';

export interface Loop {
  readonly name: string;
  readonly instructions: readonly Instruction[];
  readonly maps: readonly MapDefinition[];
  /** That one run executes. */
  readonly executed: number;
}

const COUNTER = 9;
const ROUNDS = 4000;
/** What a socket filter sees of a test run's packet of 64 bytes: all but the Ethernet header. */
export const PACKET_LENGTH = 50;
/** First word of struct __sk_buff, len: a number the verifier does not know. */
const unknown = (register: number): Instruction => load('w', register, 1, 0);
const cell = mapDefinition({ type: 'array', name: 'cell', maxEntries: 1 });

/** `before`, then ROUNDS times `body` in a loop counted in r9, then `after`. */
function loop(name: string, before: Slots, body: Slots, executedInBody: number, after: Slots = []): Loop {
  const slots = body.flat();
  const head = [...before.flat(), mov64(COUNTER, imm(0))];
  const instructions = [
    ...head,
    ...slots,
    alu64('add', COUNTER, imm(1)),
    jump('jlt', COUNTER, imm(ROUNDS), -(slots.length + 2)),
    exit(),
    ...after.flat(),
  ];
  return { name, instructions, maps: [cell], executed: head.length + ROUNDS * (executedInBody + 2) + 1 };
}

/** Arithmetic in which each operation needs the one before. */
function alu(): Loop {
  const step = [
    alu64('mul', 0, imm(0x9e37_79b1)),
    alu64('add', 0, 6),
    alu64('xor', 6, 0),
    alu64('rsh', 6, imm(7)),
    alu64('sub', 0, imm(12_345)),
    alu64('lsh', 6, imm(3)),
    alu64('or', 6, imm(1)),
    alu64('xor', 0, 6),
  ];
  return loop('alu', [unknown(6), mov64(0, 6)], [step, step, step, step], 32);
}

/** The same in 32 bits, where every result is zero-extended. */
function alu32Loop(): Loop {
  const step = [
    alu32('mul', 0, imm(0x9e37_79b1)),
    alu32('add', 0, 6),
    alu32('xor', 6, 0),
    alu32('rsh', 6, imm(7)),
    alu32('sub', 0, imm(12_345)),
    alu32('lsh', 6, imm(3)),
    alu32('or', 6, imm(1)),
    alu32('xor', 0, 6),
  ];
  return loop('alu32', [unknown(6), mov64(0, 6)], [step, step, step, step], 32);
}

/** Loads and stores of all sizes on the stack. */
function mem(): Loop {
  const step = [
    store('dw', 10, -8, 6),
    store('w', 10, -12, 6),
    load('w', 0, 10, -8),
    store('h', 10, -14, 0),
    load('h', 6, 10, -14),
    store('b', 10, -15, 6),
    load('b', 7, 10, -15),
    load('dw', 6, 10, -8),
  ];
  return loop('mem', [unknown(6), mov64(0, imm(0))], [step, step, step, step], 32);
}

/** Branches on bits of a random number, half of them taken: what no branch predictor foresees. */
function branch(): Loop {
  const step = (bit: number): Slots => [
    alu64('mul', 6, imm(0x5851_f42d)),
    alu64('add', 6, imm(1013)),
    jump('jset', 6, imm(1 << bit), 1),
    alu64('add', 0, 6),
  ];
  // From a number the verifier knows: it follows the one path there is, and proves both ways are used.
  const before = [mov64(6, imm(12_345)), mov64(0, imm(0))];
  return loop('branch, random', before, [20, 21, 22, 23].flatMap(step), 14);
}

/**
 * Branches that always go the same way, as most do. Of a number nobody knows, which would take the
 * verifier a path for every branch and round: may_goto lets it conclude after a few.
 */
function steadyBranch(): Loop {
  const body = Array.from({ length: 10 }, (_, index) => [
    jump('jeq', 6, imm(100_000 + index), 1),
    jump('jsgt', 6, imm(1_000_000 + index), 1),
    alu64('add', 0, imm(index)),
  ]).flat();
  const before = [unknown(6), mov64(0, imm(0)), unknown(COUNTER)];
  const instructions = [
    ...before,
    ...body,
    alu64('add', COUNTER, imm(1)),
    mayGoto(1),
    jump('jlt', COUNTER, imm(ROUNDS + PACKET_LENGTH), -(body.length + 3)),
    exit(),
  ];
  return { name: 'branch, steady', instructions, maps: [cell], executed: before.length + ROUNDS * 33 + 1 };
}

/** Calls of a function of the program that does little. */
function call(): Loop {
  const body = [mov64(1, 6), mov64(2, imm(5)), callLocal(5), mov64(6, 0), mov64(1, 6), callLocal(2)];
  const callee = [mov64(0, 1), alu64('add', 0, imm(3)), exit()];
  // Distances: the callee follows the loop's counter, jump and exit.
  const at = (position: number): number => body.length - position - 1 + 3;
  const placed = body.map((each, index) => (each.opcode === 0x85 ? callLocal(at(index)) : each));
  return loop('call', [unknown(6)], placed, body.length + 2 * callee.length, callee);
}

/** Atomics on a global variable; the kernel's lock the bus, a replay is alone. */
function atomics(): Loop {
  const body = [
    mov64(7, imm(1)),
    atomic('dw', 0x00, 8, 0, 7),
    atomic('dw', 0x01, 8, 0, 7),
    atomic('dw', 0x40, 8, 0, 7),
    mov64(0, imm(1)),
    atomic('dw', 0xf1, 8, 0, 7),
    atomic('w', 0xe1, 8, 0, 7),
  ];
  return loop('atomic', [lddw(8, 0n, 2), store('dw', 8, 0, imm(0)), mov64(0, imm(0))], body, body.length);
}

/** On the only element of an array; the program is a socket filter with a packet of 64 bytes. */
export const loops: readonly Loop[] = [
  alu(),
  alu32Loop(),
  mem(),
  branch(),
  steadyBranch(),
  call(),
  atomics(),
];
