/** Iterators and dynptrs run alike in the interpreter, in the JIT and in the kernel. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPCODE_CALL, opcodeTable } from '../../electron/bpf/isa/opcodes.ts';
import type { Instruction, VerifiedProgram } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { generatorMaps } from './generator.ts';
import { generateKernelFunctionProgram } from './iterators.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { TestWorld } from './test-world.ts';

const PROGRAMS = 400;
const FROM_SEED = 70_000;
/** bpf_ktime_get_ns(), bpf_get_prandom_u32(): no two runs give the same. */
const FICKLE = new Set([5, 7]);
const PACKET_BYTES = 64;
const CONTEXT_BYTES = 256;
/** Registers of generated programs that hold numbers: any other that is stored is a pointer. */
const NUMBERS = new Set([6, 7, 8, 9]);

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const world = new TestWorld();

function repeatable(seed: number): Instruction[] {
  return generateKernelFunctionProgram(seed).map((each) =>
    each.opcode === OPCODE_CALL && each.src === 0 && FICKLE.has(each.imm)
      ? asm.mov64(0, Math.imul(seed, 0x9e3779b1))
      : each,
  );
}

/** What a program that reads a pointer back gives differs from machine to machine. */
function storesPointers(instructions: readonly Instruction[]): boolean {
  return instructions.some(({ opcode, src }) => opcodeTable[opcode]?.kind === 'store' && !NUMBERS.has(src));
}

interface Result {
  readonly returned: number;
  /** Element 0 of the first map. */
  readonly value: string;
}

function run(verified: VerifiedProgram, engine: EngineName): Result {
  const machine = new Machine({ cpuCount: 1, world, engine });
  const maps = generatorMaps.map((definition) => machine.addMap(definition));
  const context = machine.memory.allocate(CONTEXT_BYTES);
  const returned = Number(BigInt.asUintN(32, machine.loadProgram(verified, maps).run(context)));
  const value = maps[0]?.get(new Uint8Array(4)) ?? new Uint8Array(0);
  return { returned, value: Buffer.from(value).toString('hex') };
}

it('programs of iterators and dynptrs give what they give in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const differing: { seed: number; ours: Result; jit: Result; kernel: Result }[] = [];
  let compared = 0;
  for (let seed = FROM_SEED; seed < FROM_SEED + PROGRAMS; seed += 1) {
    const instructions = repeatable(seed);
    if (storesPointers(instructions)) continue;
    const verdict = verifyProgram(asm.programOf([instructions]), generatorMaps, {
      license: 'GPL',
      instructionsMax: 20_000,
    });
    if (verdict.verdict === 'rejected') continue;
    const ours = run(verdict.verified, 'interpreter');
    const answer = await oracle.ask({
      type: 'socket_filter',
      license: 'GPL',
      instructions,
      maps: generatorMaps,
      isRun: true,
      data: new Uint8Array(PACKET_BYTES),
    });
    if (answer.returned === undefined) continue;
    compared += 1;
    const kernel = { returned: answer.returned, value: Buffer.from(answer.value).toString('hex') };
    const jit = run(verdict.verified, 'jit');
    if ([jit, kernel].some((each) => JSON.stringify(each) !== JSON.stringify(ours)))
      differing.push({ seed, ours, jit, kernel });
  }
  console.log(`${compared} results compared with the kernel's`);
  expect(compared).toBeGreaterThan(100);
  expect(differing).toEqual([]);
}, 60_000);
