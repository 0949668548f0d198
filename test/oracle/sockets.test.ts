import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Btf } from '../../electron/bpf/object/btf.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { socketMaps, socketTypes } from './socket-code.ts';
import { socketVectors } from './socket-vectors.ts';

const VMLINUX = '/sys/kernel/btf/vmlinux';

let oracle: Oracle | { unavailable: string };
let kernelBtf: Btf | undefined;
beforeAll(async () => {
  oracle = await startOracle();
  if (existsSync(VMLINUX)) kernelBtf = Btf.parse(readFileSync(VMLINUX), 'vmlinux');
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe('of sockets', () => {
  for (const { name, code, section, license = 'GPL', isAccepted } of socketVectors) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name} (${section}), as the kernel does`, async (context) => {
      if (kernelBtf === undefined) return context.skip(`there is no ${VMLINUX}`);
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
