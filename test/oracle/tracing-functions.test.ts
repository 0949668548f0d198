/** Calls of kernel functions on tasks, control groups, files, user memory and sets of CPUs: our verdict is the kernel's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Layout } from '../../electron/replay/kernel/objects/layout.ts';
import { attachToOf, runningKernelTypes, tracingProgram } from './attach.ts';
import { cpuMaskVectors } from './cpu-mask-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { tracingFunctionVectors } from './tracing-function-vectors.ts';

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe('the verdict on calls of kernel functions that tracing programs use', () => {
  for (const { name, section, code, maps = [], license = 'GPL', isAccepted } of [
    ...tracingFunctionVectors,
    ...cpuMaskVectors,
  ]) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const layout = new Layout(kernelBtf);
      const at = (struct: string, member: string): number => {
        const place = layout.place(struct, member);
        if (place === undefined) throw new Error(`the kernel has no ${struct}.${member}`);
        return place.offsetBytes;
      };
      const program = tracingProgram(section, code(at).flat());
      const ours = verifyProgram(program, maps, { license, kernelBtf });
      const attach = attachToOf(program, kernelBtf);
      const { type, instructions, isSleepable } = program;
      const kernel = await oracle.ask({
        type,
        license,
        instructions,
        maps,
        logLevel: 1,
        isSleepable,
        ...(attach === undefined ? {} : { attach }),
      });
      const words = ours.verdict === 'rejected' ? ours.reason.text : 'accepted';
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
      expect(ours.verdict === 'accepted', words).toBe(isAccepted);
    });
  }
});
