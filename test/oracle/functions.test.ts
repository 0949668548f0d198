import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { exceptionVectors } from './exception-vectors.ts';
import { functionVectors, linked, type TypedVector } from './function-vectors.ts';
import { fieldVectors } from './field-vectors.ts';
import { lookupVectors } from './lookup-vectors.ts';
import { seamVectors } from './seam-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { typed } from './types.ts';
import { workQueueVectors } from './work-queue-vectors.ts';

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function check(vectors: readonly TypedVector[], kernelBtf?: Btf): void {
  for (const each of vectors) {
    const {
      name,
      functions,
      typing,
      maps = [],
      type = 'socket_filter',
      isSleepable = false,
      isAccepted,
    } = each;
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      const whole = typed({ ...asm.programOf([linked(functions)], type), isSleepable }, maps, typing);
      const verdict = verifyProgram(whole.program, whole.maps, { license: 'GPL', btf: whole.btf, kernelBtf });
      const words = verdict.verdict === 'rejected' ? verdict.reason.text : '';
      expect(verdict.verdict === 'accepted', words).toBe(isAccepted);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const kernel = await oracle.ask({
        type,
        license: 'GPL',
        instructions: whole.program.instructions,
        maps: whole.maps,
        types: whole.types,
        isSleepable,
        logLevel: 1,
      });
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
    });
  }
}

describe('the verdict on programs of several functions', () => {
  check(functionVectors);
});

describe('the verdict on what one part of a program leaves to another', () => {
  check(seamVectors);
});

describe('the verdict on what map values hold beside bytes', () => {
  check(fieldVectors);
});

describe('the verdict on work queues in map values', () => {
  check(workQueueVectors, runningKernelTypes());
});

describe('the verdict on programs that throw', () => {
  check(exceptionVectors);
});

describe('the verdict on programs that look things up in the kernel', () => {
  check(lookupVectors, runningKernelTypes());
});
