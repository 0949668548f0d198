import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { placesIn, runningKernelTypes } from './attach.ts';
import { keeping, keepingMap, pointerVectors, type PointerVector } from './kptr-vectors.ts';
import { ownObjectVectors } from './own-object-vectors.ts';
import { perCpuVectors } from './percpu-object-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { typed } from './types.ts';

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function check(vectors: readonly PointerVector[]): void {
  for (const each of vectors) {
    const { name, code, value = keeping, map = keepingMap, license = 'GPL', isAccepted } = each;
    const { type = 'sched_cls', isSleepable = false } = each;
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const instructions = code(...placesIn(kernelBtf)).flat();
      const bare = { ...asm.programOf([instructions], type), isSleepable };
      const whole = typed(bare, [map], (types) => ({ values: [value(types)] }));
      const verdict = verifyProgram(whole.program, whole.maps, { license, btf: whole.btf, kernelBtf });
      const words = verdict.verdict === 'rejected' ? verdict.reason.text : 'accepted';
      expect(verdict.verdict === 'accepted', words).toBe(isAccepted);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const kernel = await oracle.ask({
        type,
        license,
        instructions,
        maps: whole.maps,
        types: whole.types,
        isSleepable,
        logLevel: 1,
      });
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
    });
  }
}

describe('the verdict on pointers to kernel objects in map values', () => {
  check(pointerVectors);
});

describe('the verdict on objects of a program’s own', () => {
  check(ownObjectVectors);
});

describe('the verdict on objects that every CPU has its own of', () => {
  check(perCpuVectors);
});
