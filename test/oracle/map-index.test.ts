/** A ldimm64 that names a map by its place in fd_array is as one that names it by its file descriptor. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  OPCODE_LDIMM64,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_IDX,
  PSEUDO_MAP_IDX_VALUE,
  PSEUDO_MAP_VALUE,
} from '../../electron/bpf/isa/opcodes.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { compareResult } from './run.ts';
import { vectors } from './vectors.ts';

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const places: Readonly<Record<number, number>> = {
  [PSEUDO_MAP_FD]: PSEUDO_MAP_IDX,
  [PSEUDO_MAP_VALUE]: PSEUDO_MAP_IDX_VALUE,
};

function byPlace(each: Instruction): Instruction {
  return each.opcode === OPCODE_LDIMM64 ? { ...each, src: places[each.src] ?? each.src } : each;
}

it('programs that name maps by their place have the verdict and result of others, as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  let compared = 0;
  for (const [seed, each] of vectors.entries()) {
    const { name, code, maps = [], type = 'socket_filter', license = 'GPL', isAccepted } = each;
    if (maps.length === 0) continue;
    const instructions = code.flat().map(byPlace);
    const verdict = verifyProgram(asm.programOf([instructions], type), maps, { license });
    const question = { type, license, instructions, maps, logLevel: 1 } as const;
    expect(verdict.verdict === 'accepted', name).toBe(isAccepted);
    const kernel = await oracle.ask(question);
    expect(kernel.isAccepted, `${name}: ${kernel.log}`).toBe(isAccepted);
    const isConstant = maps.some(({ isFrozen }) => isFrozen);
    if (verdict.verdict === 'rejected' || type !== 'socket_filter' || isConstant) continue;
    expect(await compareResult(oracle, question, verdict.verified, seed), name).toBe(undefined);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(4);
});

it('a map named by its place with something in the upper half is refused, as by the kernel', async (context) => {
  const [first, second] = asm.loadMap(1, 0).map(byPlace) as [Instruction, Instruction];
  const instructions = [first, { ...second, imm: 1 }, asm.mov64(0, 0), asm.exit];
  const maps = [asm.mapOf('array', 4, 8, 1)];
  const verdict = verifyProgram(asm.programOf([instructions]), maps, { license: 'GPL' });
  expect(verdict.verdict).toBe('rejected');
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const kernel = await oracle.ask({ type: 'socket_filter', license: 'GPL', instructions, maps });
  expect(kernel.isAccepted).toBe(false);
});

it('a map at a place that there is not is refused, as by the kernel', async (context) => {
  const instructions = [...asm.loadMap(1, 1_000_000).map(byPlace), asm.mov64(0, 0), asm.exit];
  const maps = [asm.mapOf('array', 4, 8, 1)];
  const verdict = verifyProgram(asm.programOf([instructions]), maps, { license: 'GPL' });
  expect(verdict.verdict).toBe('rejected');
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const kernel = await oracle.ask({ type: 'socket_filter', license: 'GPL', instructions, maps });
  expect(kernel.isAccepted).toBe(false);
});
