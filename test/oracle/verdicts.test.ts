import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { withTypes } from './types.ts';
import { generateKernelFunctionProgram } from './iterators.ts';
import { kernelFunctionVectors } from './kernel-function-vectors.ts';
import { generateLoopProgram, loopVectors } from './loops.ts';
import { compareVerdicts, renderComparison } from './compare.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { precisionVectors } from './precision-vectors.ts';
import { userRingVectors } from './user-ring-vectors.ts';
import { vectors } from './vectors.ts';

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe('the verdict on hand-written programs', () => {
  for (const { name, code, maps = [], type = 'socket_filter', license = 'GPL', isAccepted } of [
    ...vectors,
    ...loopVectors,
    ...kernelFunctionVectors,
    ...precisionVectors,
    ...userRingVectors,
  ]) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      const instructions = code.flat();
      const program = asm.programOf([instructions], type);
      const whole = name.includes('callback') || name.includes('rounds') ? withTypes(program) : undefined;
      const verdict = verifyProgram(whole?.program ?? program, maps, { license, btf: whole?.btf });
      expect(verdict.verdict === 'accepted').toBe(isAccepted);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const kernel = await oracle.ask({
        type,
        license,
        instructions,
        maps,
        logLevel: 1,
        ...(whole === undefined ? {} : { types: whole.types }),
      });
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
    });
  }
});

describe('the verdict on generated programs', () => {
  it('never accepts what the kernel refuses', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const comparison = await compareVerdicts(oracle, 1, 2000);
    console.log(renderComparison(comparison));
    expect(comparison.acceptedByKernel).toBeGreaterThan(400);
    expect(comparison.unsound).toEqual([]);
    expect(comparison.tooStrict.length).toBeLessThan(5);
  }, 240_000);

  it('never accepts what the kernel refuses of callbacks and may_goto', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const comparison = await compareVerdicts(oracle, 1, 150, generateLoopProgram);
    console.log(renderComparison(comparison));
    expect(comparison.acceptedByKernel).toBeGreaterThan(40);
    expect(comparison.unsound).toEqual([]);
    expect(comparison.tooStrict.length).toBeLessThan(2);
  }, 240_000);

  it('never accepts what the kernel refuses of iterators, dynptrs and regions', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const comparison = await compareVerdicts(oracle, 1, 400, generateKernelFunctionProgram);
    console.log(renderComparison(comparison));
    expect(comparison.acceptedByKernel).toBeGreaterThan(100);
    expect(comparison.unsound).toEqual([]);
    expect(comparison.tooStrict.length).toBeLessThan(2);
  }, 240_000);
});
