import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareVerdicts, renderComparison } from './compare.ts';
import { kinds, type Kind } from './kinds.ts';
import { startOracle, type Oracle } from './oracle.ts';

const PROGRAMS = 100;
const FROM_SEED = 50_000;
const TIMEOUT_MS = 120_000;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function kindNamed(name: string): Kind {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`there is no kind ${name}`);
  return kind;
}

it(
  'accepted programs compute the same on interpreter, JIT and kernel',
  async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const comparison = await compareVerdicts(oracle, FROM_SEED, PROGRAMS, kindNamed('runnable'));
    console.log(renderComparison(comparison));
    expect(comparison.runs).toBeGreaterThan(PROGRAMS / 2);
    expect(comparison.different).toEqual([]);
    expect(comparison.unsound).toEqual([]);
    expect(comparison.tooStrict).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'never accepts what the kernel refuses of programs with one mistake',
  async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const comparison = await compareVerdicts(oracle, FROM_SEED, PROGRAMS, kindNamed('near-miss'));
    console.log(renderComparison(comparison));
    expect(comparison.acceptedByKernel).toBeGreaterThan(PROGRAMS / 10);
    expect(comparison.acceptedByKernel).toBeLessThan(PROGRAMS);
    expect(comparison.unsound).toEqual([]);
    expect(comparison.tooStrict).toEqual([]);
  },
  TIMEOUT_MS,
);
