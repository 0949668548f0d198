/** Programs that look things up in the kernel by helpers, each about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { addressOf, type TypedVector } from './function-vectors.ts';

const CURRENT_TASK = 158;
const SYS_BPF = 166;
const BTF_FIND = 167;
const SYS_CLOSE = 168;
const TASK_REGISTERS = 175;
const KALLSYMS = 179;
const FIND_VMA = 180;

const end = [asm.mov64(0, 0), asm.exit];
const stack = (register: number, offset: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, offset),
];

function make(isAccepted: boolean) {
  return (
    name: string,
    functions: TypedVector['functions'],
    more: Partial<TypedVector> = {},
  ): TypedVector => ({
    name,
    functions,
    typing: () => ({}),
    type: 'syscall',
    isSleepable: true,
    isAccepted,
    ...more,
  });
}
const accepts = make(true);
const refuses = make(false);
const packet = { type: 'sched_cls', isSleepable: false } as const;

/** The name at r10 - 16, of so many bytes. */
const named = (size: number): Instruction[] => [
  asm.storeImmediate(8, 10, -16, 0x6b736174),
  asm.storeImmediate(8, 10, -8, 0),
  ...stack(1, -16),
  asm.mov64(2, size),
];
const findType = (size: number): Instruction[] => [
  ...named(size),
  asm.mov64(3, 4),
  asm.mov64(4, 0),
  asm.call(BTF_FIND),
];
const findSymbol = (size: number, result: readonly Instruction[]): Instruction[] => [
  ...named(size),
  asm.mov64(3, 0),
  ...result,
  asm.call(KALLSYMS),
];
/** Function 1 is called with the memory area at an address of the current task. */
const findArea: Instruction[] = [
  asm.call(CURRENT_TASK),
  asm.mov64(1, r(0)),
  asm.mov64(2, 0),
  ...addressOf(3, 1),
  asm.mov64(4, 0),
  asm.mov64(5, 0),
  asm.call(FIND_VMA),
];

export const lookupVectors: readonly TypedVector[] = [
  accepts('a type found by its name', [[...findType(16), ...end]]),
  refuses('a type found by a program on packets', [[...findType(16), ...end]], packet),
  refuses('a type found by a name beyond the stack', [[...findType(17), ...end]]),
  refuses('a type found by a name of no bytes', [[...findType(0), ...end]]),
  accepts('a symbol found by its name', [[...findSymbol(16, stack(4, -24)), ...end]]),
  accepts('a symbol found by a name of no bytes', [[...findSymbol(0, stack(4, -24)), ...end]]),
  refuses('a symbol found by a name of no bytes where the stack ends', [
    [asm.mov64(1, r(10)), asm.mov64(2, 0), asm.mov64(3, 0), ...stack(4, -24), asm.call(KALLSYMS), ...end],
  ]),
  accepts('the address of a symbol, read', [
    [...findSymbol(16, stack(4, -24)), asm.load(8, 0, 10, -24), asm.exit],
  ]),
  refuses('a symbol written to no place', [[...findSymbol(16, [asm.mov64(4, 0)]), ...end]]),
  refuses('a symbol written to a crooked place', [[...findSymbol(16, stack(4, -20)), ...end]]),
  accepts('a file closed', [[asm.mov64(1, 1000), asm.call(SYS_CLOSE), ...end]]),
  refuses(
    'a file closed by a program on packets',
    [[asm.mov64(1, 1000), asm.call(SYS_CLOSE), ...end]],
    packet,
  ),
  accepts('a command given', [
    [...named(16), asm.mov64(3, 16), asm.mov64(2, r(1)), asm.mov64(1, 100), asm.call(SYS_BPF), ...end],
  ]),
  refuses('a command given with less than is told', [
    [...named(16), asm.mov64(3, 17), asm.mov64(2, r(1)), asm.mov64(1, 100), asm.call(SYS_BPF), ...end],
  ]),
  accepts('a memory area', [[...findArea, ...end], end]),
  accepts('a memory area, for a program on packets', [[...findArea, ...end], end], packet),
  refuses('a memory area of no task', [[asm.mov64(0, 0), ...findArea.slice(1), ...end], end]),
  refuses('what a memory area is told to returning 2', [
    [...findArea, ...end],
    [asm.mov64(0, 2), asm.exit],
  ]),
  accepts('what a memory area is told to returning 1', [
    [...findArea, ...end],
    [asm.mov64(0, 1), asm.exit],
  ]),
  accepts('what a memory area is told to reading it', [
    [...findArea, ...end],
    [asm.load(8, 3, 2, 0), ...end],
  ]),
  refuses('what a memory area is told to reading far past it', [
    [...findArea, ...end],
    [asm.load(8, 3, 2, 0x7ff8), ...end],
  ]),
  refuses('what a memory area is told to writing it', [
    [...findArea, ...end],
    [asm.storeImmediate(8, 2, 0, 0), ...end],
  ]),
  accepts('what a memory area is told to reading the task', [
    [...findArea, ...end],
    [asm.load(8, 3, 1, 0), ...end],
  ]),
  refuses('what a memory area is told to reading its context, which is none', [
    [...findArea, ...end],
    [asm.load(8, 1, 3, 0), ...end],
  ]),
  refuses('what a memory area is told to reading what it is not given', [
    [...findArea, ...end],
    [asm.mov64(1, r(4)), ...end],
  ]),
  accepts('registers of a task', [
    [asm.call(CURRENT_TASK), asm.mov64(1, r(0)), asm.call(TASK_REGISTERS), asm.load(8, 1, 0, 0), ...end],
  ]),
];
