import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../../electron/bpf/sk-buff.ts';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { LOOPS_MAX } from '../../../electron/bpf/vm/operations.ts';
import { PACKET_CONTEXT_BYTES } from '../../../electron/bpf/vm/packet.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { withTypes } from '../../oracle/types.ts';
import * as asm from '../verifier/assembler.ts';
import { r } from '../verifier/assembler.ts';
import { createBench, ENGINES } from './machine-fixture.ts';

const LOOP = 181;
const PACKET = Uint8Array.from({ length: 64 }, (_, index) => 0x80 + index);
const LDABS_WORD = 0x20;
const LDIND_BYTE = 0x50;

/** Arguments of bpf_loop() from r1 on, with a callback `distance` slots past the load of its address. */
function loop(rounds: number, distance: number): Instruction[] {
  return [asm.mov64(1, rounds), ...asm.loadFunction(2, distance), asm.mov64(4, 0), asm.call(LOOP)];
}

/** From the load of a callback's address to the end of the function it stands in. */
const TO_NEXT = 5;

/**
 * `depth` callbacks inside each other, each called one round more often than the one inside it: the
 * innermost counts in the memory that its context points to, and main returns that.
 */
function nestedLoops(depth: number): Instruction[] {
  const counting = [
    asm.load(8, 1, 2, 0),
    asm.alu64('add', 1, 1),
    asm.store(8, 2, 0, 1),
    asm.mov64(0, 0),
    asm.exit,
  ];
  const calling = (rounds: number): Instruction[] => [
    asm.mov64(3, r(2)),
    ...loop(rounds, TO_NEXT),
    asm.mov64(0, 0),
    asm.exit,
  ];
  const callbacks = Array.from({ length: depth - 1 }, (_, index) => calling(depth - index));
  return [
    asm.storeImmediate(8, 10, -8, 0),
    asm.mov64(3, r(10)),
    asm.alu64('add', 3, -8),
    ...loop(depth + 1, TO_NEXT),
    asm.load(8, 0, 10, -8),
    asm.exit,
    ...callbacks.flat(),
    ...counting,
  ];
}

describe('beside the running kernel', () => {
  let oracle: Oracle | { unavailable: string };
  beforeAll(async () => {
    oracle = await startOracle();
  });
  afterAll(() => {
    if (!('unavailable' in oracle)) oracle.stop();
  });

  async function kernel(code: readonly Instruction[]): Promise<number | string> {
    if ('unavailable' in oracle) throw new Error(oracle.unavailable);
    const program = asm.programOf([code]);
    const answer = await oracle.ask({
      type: 'sched_cls',
      license: 'GPL',
      instructions: code,
      maps: [],
      types: withTypes(program).types,
      logLevel: 1,
      isRun: true,
      data: PACKET,
    });
    return answer.returned ?? answer.log;
  }

  /** Of both engines, the same packet in r1's context. */
  const own = (code: readonly Instruction[]): readonly number[] =>
    ENGINES.map((engine) => {
      const { machine } = createBench(1, engine);
      const { memory } = machine;
      const context = memory.allocate(PACKET_CONTEXT_BYTES);
      const data = memory.allocate(PACKET.length);
      memory.bytes.set(PACKET, data);
      memory.view.setUint32(context + skBuffOffsets.len, PACKET.length, true);
      memory.view.setUint32(context + skBuffOffsets.data, data, true);
      memory.view.setUint32(context + skBuffOffsets.data_end, data + PACKET.length, true);
      return Number(machine.loadCode(prepareCode('own', code, [])).run(context));
    });

  /** A function that loads from its packet, and gives 7 where that went well; main adds 100. */
  const loading = (load: Instruction): Instruction[] => [
    asm.callFunction(2),
    asm.alu64('add', 0, 100),
    asm.exit,
    asm.mov64(6, r(1)),
    asm.mov64(7, 3),
    load,
    asm.mov64(0, 7),
    asm.exit,
  ];

  it.for([
    ['BPF_LD_ABS inside the packet', { opcode: LDABS_WORD, dst: 0, src: 0, offset: 0, imm: 8 }, 107],
    ['BPF_LD_ABS outside of it', { opcode: LDABS_WORD, dst: 0, src: 0, offset: 0, imm: 61 }, 100],
    ['BPF_LD_IND inside the packet', { opcode: LDIND_BYTE, dst: 0, src: 7, offset: 0, imm: 60 }, 107],
    ['BPF_LD_IND outside of it', { opcode: LDIND_BYTE, dst: 0, src: 7, offset: 0, imm: 61 }, 100],
  ] as const)('%s in a function ends that function alone', async ([, load, expected], context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    expect(await kernel(loading(load))).toBe(expected);
    expect(own(loading(load))).toEqual([expected, expected]);
  });

  it.for([1, 2, 3])('callbacks inside callbacks, %i of them, run as often', async (depth, context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const expected = [2, 6, 24][depth - 1];
    expect(await kernel(nestedLoops(depth))).toBe(expected);
    expect(own(nestedLoops(depth))).toEqual([expected, expected]);
  });
});

describe('a program that was not verified', () => {
  const run = (machine: ReturnType<typeof createBench>['machine'], code: readonly Instruction[]) =>
    machine.loadCode(prepareCode('fault', code, [])).run(0);

  it.each(ENGINES)('calling itself back without end is stopped at eight frames by the %s', (engine) => {
    const { machine } = createBench(1, engine);
    // Main is its own callback.
    const code = [
      asm.mov64(1, 1),
      ...asm.loadFunction(2, -2),
      asm.mov64(3, 0),
      asm.mov64(4, 0),
      asm.call(LOOP),
      asm.exit,
    ];
    expect(() => run(machine, code)).toThrow(expect.objectContaining({ code: 'call-depth' }));
    expect(run(machine, [asm.mov64(0, 3), asm.exit])).toBe(3n);
  });

  it.each(ENGINES)('that leaves memory is stopped, and the next one runs, by the %s', (engine) => {
    const { machine } = createBench(1, engine);
    const far = [...asm.load64(1, 0xffff_fff0n), asm.storeImmediate(8, 1, 0, 1), asm.exit];
    expect(() => run(machine, far)).toThrow(expect.objectContaining({ code: 'out-of-bounds' }));
    const inCallback = [
      asm.mov64(1, 1),
      ...asm.loadFunction(2, 5),
      asm.mov64(3, 0),
      asm.mov64(4, 0),
      asm.call(LOOP),
      asm.exit,
      ...far,
    ];
    expect(() => run(machine, inCallback)).toThrow(expect.objectContaining({ code: 'out-of-bounds' }));
    expect(run(machine, nestedLoops(3))).toBe(24n);
  });
});

describe('may_goto', () => {
  it('gives every call of a function 8 Mi rounds of its own', () => {
    // Twice a function that counts until it is stopped.
    const code = [
      asm.callFunction(4),
      asm.mov64(6, r(0)),
      asm.callFunction(2),
      asm.alu64('add', 0, r(6)),
      asm.exit,
      asm.mov64(0, 0),
      asm.mayGoto(2),
      asm.alu64('add', 0, 1),
      asm.ja(-3),
      asm.exit,
    ];
    const { machine } = createBench(1, 'jit');
    const program = machine.loadCode(prepareCode('rounds', code, []));
    expect(program.engine).toBe('jit');
    expect(program.run(0)).toBe(2n * BigInt(LOOPS_MAX));
  });
});
