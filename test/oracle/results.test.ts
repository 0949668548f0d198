import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HelperWorld } from '../../electron/bpf/helpers/helper.ts';
import { OPCODE_CALL } from '../../electron/bpf/isa/opcodes.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { generateProgram, generatorMaps } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';

const PROGRAMS = 600;
const FROM_SEED = 50_000;
/** Helpers whose result differs from run to run: bpf_ktime_get_ns(), bpf_get_prandom_u32(). */
const FICKLE = new Set([5, 7]);
/** Bytes of a packet: BPF_PROG_TEST_RUN asks for a whole Ethernet header. */
const PACKET_BYTES = 64;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const world: HelperWorld = {
  timeNs: () => 0n,
  cpu: () => 0,
  tid: () => 1,
  tgid: () => 1,
  comm: () => 'test',
  callchain: () => undefined,
  print: () => undefined,
  missing: () => undefined,
  random: () => 0,
};

/** The program of the seed with a constant where a helper would give what nobody can repeat. */
function repeatable(seed: number): Instruction[] {
  return generateProgram(seed).map((each) =>
    each.opcode === OPCODE_CALL && FICKLE.has(each.imm) ? asm.mov64(0, Math.imul(seed, 0x9e3779b1)) : each,
  );
}

function run(instructions: readonly Instruction[]): number | undefined {
  const verdict = verifyProgram(asm.programOf([instructions]), generatorMaps, {
    license: 'GPL',
    instructionsMax: 20_000,
  });
  if (verdict.verdict === 'rejected') return undefined;
  const machine = new Machine({ cpuCount: 1, world });
  const maps = generatorMaps.map((definition) => machine.addMap(definition));
  const context = machine.memory.allocate(256);
  return Number(BigInt.asUintN(32, machine.loadProgram(verdict.verified, maps).run(context)));
}

/** Programs may put a pointer, or stack that was never written, into what they return: those have no one answer. */
function hasOneAnswer(instructions: readonly Instruction[]): boolean {
  const seen = verifyProgram(asm.programOf([instructions]), generatorMaps, {
    license: 'GPL',
    privileged: false,
    instructionsMax: 20_000,
  });
  return seen.verdict === 'accepted';
}

it('accepted programs return what they return in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const differing: { seed: number; ours: number; kernel: number }[] = [];
  let compared = 0;
  for (let seed = FROM_SEED; seed < FROM_SEED + PROGRAMS; seed += 1) {
    const instructions = repeatable(seed);
    if (!hasOneAnswer(instructions)) continue;
    const ours = run(instructions);
    if (ours === undefined) continue;
    const question = {
      type: 'socket_filter',
      license: 'GPL',
      instructions,
      maps: generatorMaps,
      isRun: true,
    } as const;
    const { returned } = await oracle.ask({ ...question, data: new Uint8Array(PACKET_BYTES) });
    if (returned === undefined) continue;
    compared += 1;
    if (returned !== ours) differing.push({ seed, ours, kernel: returned });
  }
  console.log(`${compared} results compared with the kernel's`);
  expect(compared).toBeGreaterThan(30);
  expect(differing).toEqual([]);
});
