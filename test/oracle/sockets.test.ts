import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { compareVerdicts, renderComparison } from './compare.ts';
import { kinds } from './kinds.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { socketMaps, socketTypes } from './socket-code.ts';
import { socketVectors } from './socket-vectors.ts';

const PROGRAMS = 600;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe('of sockets', () => {
  for (const { name, code, section, license = 'GPL', isAccepted } of socketVectors) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name} (${section}), as the kernel does`, async (context) => {
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const type = socketTypes.find((each) => each.section === section);
      if (type === undefined) throw new Error(`no type is loaded as ${section}`);
      const instructions = code.flat();
      const program = { ...asm.programOf([instructions], type.type), section };
      const ours = verifyProgram(program, socketMaps, { license, kernelBtf });
      const said = ours.verdict === 'accepted' ? 'accepted' : ours.reason.text;
      expect(ours.verdict === 'accepted', said).toBe(isAccepted);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const kernel = await oracle.ask({
        type: type.type,
        license,
        instructions,
        maps: socketMaps,
        attach: { expectedType: type.attachType, btfId: 0 },
        logLevel: 1,
      });
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
    });
  }
});

it('programs on sockets are accepted where the kernel accepts them', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
  const kind = kinds.find(({ name }) => name === 'sockets');
  const comparison = await compareVerdicts(oracle, 1, PROGRAMS, kind);
  console.log(renderComparison(comparison));
  expect(comparison.unsound).toEqual([]);
  expect(comparison.tooStrict.length).toBeLessThanOrEqual(PROGRAMS / 500);
  expect(comparison.acceptedByKernel).toBeGreaterThan(PROGRAMS / 5);
}, 120_000);
