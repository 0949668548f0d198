import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { worldVectors } from './world-vectors.ts';

/** As the section says: what the kernel keeps of a context. */
const CONTEXT_BYTES = 64;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe('the verdict on programs that ask for what the moment holds', () => {
  for (const { name, type, section, code, maps = [], isAccepted } of worldVectors) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const program = { ...asm.programOf([code.flat()], type), section };
      const ours = verifyProgram(program, maps, { license: 'GPL', contextSizeBytes: CONTEXT_BYTES });
      const { instructions } = program;
      const kernel = await oracle.ask({ type, license: 'GPL', instructions, maps, logLevel: 1 });
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
      expect(ours.verdict === 'accepted', ours.verdict === 'rejected' ? ours.reason.text : '').toBe(
        isAccepted,
      );
    });
  }
});
