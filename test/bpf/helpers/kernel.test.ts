import { describe, expect, it } from 'vitest';
import { formatText } from '../../../electron/bpf/helpers/format.ts';
import type { Instruction, MapDefinition } from '../../../electron/bpf/program.ts';
import { alu64, call, imm, jump, lddw, mov64, store } from '../vm/assembler.ts';
import { kernelTests, RESULTS, type Answers, type Comparison } from '../vm/kernel-fixture.ts';
import { createBench, mapDefinition, type Slots } from '../vm/machine-fixture.ts';

const kernel = kernelTests();

const STRTOL = 105;
const STRTOUL = 106;
const RINGBUF_OUTPUT = 130;
const RINGBUF_RESERVE = 131;
const RINGBUF_SUBMIT = 132;
const RINGBUF_DISCARD = 133;
const RINGBUF_QUERY = 134;
const SNPRINTF = 165;
const STRNCMP = 182;

const BPF_F_RDONLY_PROG = 1 << 7;
/** Results of a text: what the helper answered, and up to 56 bytes it wrote. */
const TEXT_RESULTS = 8;

/** A frozen map that holds one text, as .rodata does. */
function constant(text: string): MapDefinition {
  const initialValue = new Uint8Array(64);
  initialValue.set(new TextEncoder().encode(text));
  return mapDefinition({
    type: 'array',
    name: 'rodata',
    valueSizeBytes: 64,
    maxEntries: 1,
    flags: BPF_F_RDONLY_PROG,
    initialValue,
    isFrozen: true,
  });
}

/** The address of the text in map 1. */
function textAddress(register: number): readonly Instruction[] {
  return lddw(register, 1n, 2);
}

function expectAgreement(answers: Answers): void {
  expect(answers.interpreter).toEqual(answers.kernel);
  expect(answers.jit).toEqual(answers.kernel);
}

/** Leaves the numbers below the frame pointer and their address in a register. */
function numbersOnStack(register: number, values: readonly bigint[]): Slots {
  if (values.length === 0) return [mov64(register, imm(0))];
  const start = -8 * values.length;
  return [
    ...values.flatMap((value, index) => [lddw(0, value), store('dw', 10, start + 8 * index, 0)]),
    mov64(register, 10),
    alu64('add', register, imm(start)),
  ];
}

function printing(format: string, values: readonly bigint[]): Comparison {
  const body: Slots = [
    ...numbersOnStack(4, values),
    mov64(1, RESULTS),
    alu64('add', 1, imm(8)),
    mov64(2, imm(8 * (TEXT_RESULTS - 1))),
    textAddress(3),
    mov64(5, imm(8 * values.length)),
    call(SNPRINTF),
    store('dw', RESULTS, 0, 0),
  ];
  return { results: TEXT_RESULTS, body, maps: [constant(format)] };
}

describe('bpf_snprintf', () => {
  const MINUS_ONE = 0xffff_ffff_ffff_ffffn;
  const POINTER = 0xffff_8880_1234_5678n;

  it.for([
    ['plain text', []],
    ['100%%', []],
    ['%d %i %u', [MINUS_ONE, MINUS_ONE, MINUS_ONE]],
    ['%ld %lld %lu', [MINUS_ONE, 1n << 40n, MINUS_ONE]],
    ['%x %X %lx %llX', [0xabcdef12345n, 0xabcn, 0xabcdef12345n, MINUS_ONE]],
    ['[%5d][%-5d][%05d][%+d][% d]', [42n, 42n, 42n, 42n, 42n]],
    ['[%5d][%-5d][%05d][%+d]', [MINUS_ONE, MINUS_ONE, MINUS_ONE, MINUS_ONE]],
    ['%08lx|%-8x|%8X', [255n, 255n, 255n]],
    ['[%c][%c]', [65n, 0x141n]],
    ['%px', [POINTER]],
    ['%s|', [0n]],
    ['a text that is longer than the buffer it is written into: %d', [7n]],
    ['tab\tnewline\n', []],
    ['%u%%%u', [1n, 2n]],
    ['%lli', [MINUS_ONE]],
    ['%5s|', [0n]],
    ['%20d|', [1n]],
    ['%-20lx|', [1n]],
  ] as const)('prints %j as the kernel does', async ([format, values], context) => {
    expectAgreement(await kernel.compare(context, printing(format, values)));
  });

  it.for([
    ['%q', 1],
    ['%d %', 1],
    ['%f', 1],
    ['%hd', 1],
    ['%d', 0],
    ['%5', 1],
    ['%-', 1],
    ['%#x', 1],
    ['%o', 1],
    ['%.3d', 1],
    ['%n', 1],
    ['bell\x07', 0],
    ['%llld', 1],
    ['%l', 1],
    ['%lc', 1],
    ['%ls', 1],
  ] as const)('is refused %j with %i values by both', async ([format, count], context) => {
    const values = Array.from({ length: count }, () => 1n);
    await expect(kernel.compare(context, printing(format, values))).rejects.toThrow(/Invalid format string/);
    expect(formatText(createBench().machine.helperContext, format, values, 256)).toBe(-22);
  });
});

describe.each([
  ['bpf_strtol', STRTOL],
  ['bpf_strtoul', STRTOUL],
])('%s', (_name, helper) => {
  it.for([
    ['123', 10],
    ['-123 and more', 10],
    ['  42', 0],
    ['0x1F', 0],
    ['0x1f', 16],
    ['1f', 16],
    ['0x', 0],
    ['017', 0],
    ['089', 0],
    ['+5', 10],
    ['', 10],
    ['-', 10],
    ['x', 10],
    ['18446744073709551615', 10],
    ['18446744073709551616', 10],
    ['9223372036854775807', 10],
    ['9223372036854775808', 10],
    ['-9223372036854775808', 10],
    ['-9223372036854775809', 10],
    ['12', 7],
  ] as const)('reads %j as the kernel does', async ([text, base], context) => {
    const body: Slots = [
      store('dw', RESULTS, 8, imm(-1)),
      textAddress(1),
      mov64(2, imm(40)),
      mov64(3, imm(base)),
      mov64(4, RESULTS),
      alu64('add', 4, imm(8)),
      call(helper),
      store('dw', RESULTS, 0, 0),
    ];
    expectAgreement(await kernel.compare(context, { results: 2, body, maps: [constant(text)] }));
  });
});

describe('bpf_strncmp', () => {
  it.for(['abcd', 'abcc', 'abce', 'abc', 'abcde', ''])(
    'compares with %j as the kernel does',
    async (text, context) => {
      const body: Slots = [
        lddw(0, BigInt.asUintN(64, 0x64636261n)),
        store('dw', 10, -8, 0),
        mov64(1, 10),
        alu64('add', 1, imm(-8)),
        mov64(2, imm(8)),
        textAddress(3),
        call(STRNCMP),
        store('dw', RESULTS, 0, 0),
      ];
      expectAgreement(await kernel.compare(context, { results: 1, body, maps: [constant(text)] }));
    },
  );
});

describe('ring buffers', () => {
  const ring = mapDefinition({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 });
  const query = (what: number, result: number): Slots => [
    lddw(1, 1n, 1),
    mov64(2, imm(what)),
    call(RINGBUF_QUERY),
    store('dw', RESULTS, 8 * result, 0),
  ];
  const reserve = (size: number, ending: number): Slots => [
    lddw(1, 1n, 1),
    mov64(2, imm(size)),
    mov64(3, imm(0)),
    call(RINGBUF_RESERVE),
    jump('jeq', 0, imm(0), 3),
    mov64(1, 0),
    mov64(2, imm(0)),
    call(ending),
  ];

  it('fill up, and say how full they are, as in the kernel', async (context) => {
    const sizes = [0, 1, 8, 9, 1000, 2000, 4088, 1008, 40, 8];
    const body = sizes.flatMap((size, index) => [
      ...reserve(size, index % 3 === 2 ? RINGBUF_DISCARD : RINGBUF_SUBMIT),
      ...query(3, index),
    ]);
    const all = [
      ...body,
      ...query(0, sizes.length),
      ...query(1, sizes.length + 1),
      ...query(2, sizes.length + 2),
    ];
    expectAgreement(await kernel.compare(context, { results: sizes.length + 3, body: all, maps: [ring] }));
  });

  it('answer bpf_ringbuf_output() as in the kernel', async (context) => {
    const outputs = [
      [8, 0],
      [8, 1],
      [8, 2],
      [8, 4],
      [40, 3],
    ] as const;
    const body = outputs.flatMap(([size, flags], index) => [
      lddw(1, 1n, 1),
      mov64(2, RESULTS),
      mov64(3, imm(size)),
      mov64(4, imm(flags)),
      call(RINGBUF_OUTPUT),
      store('dw', RESULTS, 8 * index, 0),
    ]);
    expectAgreement(await kernel.compare(context, { results: outputs.length + 3, body, maps: [ring] }));
  });
});
