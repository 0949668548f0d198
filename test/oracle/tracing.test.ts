import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import { isComposite } from '../../electron/bpf/verifier/btf-walk.ts';
import { linkObject } from '../../electron/bpf/object/link.ts';
import { openObject } from '../../electron/bpf/object/open.ts';
import type { LinkedObject, LinkedProgram, MapDefinition } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { attachToOf, runningKernelTypes, tracingProgram } from './attach.ts';
import { startOracle, type Answer, type Oracle } from './oracle.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { callMaps, generateCall } from './object-calls.ts';
import { Random } from './generator.ts';
import { ObjectGenerator, tracingSections } from './object-generator.ts';
import { tracingVectors, type At } from './tracing-vectors.ts';

const COMPILED = 'test/programs/objects.bpf.o';
/** -EPERM. */
const NOT_PERMITTED = -1;
const NOT_LISTED = 'failed to find the address for kernel symbol';
const PROGRAMS = 6000;
const CALLS = 6000;
const TIMEOUT_MS = 120_000;
/** Arguments looked at, more than most have. */
const PLACES = 6;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** The oracle and the kernel's types, or why there are none. */
function both(): { oracle: Oracle; btf: Btf } | { unavailable: string } {
  if ('unavailable' in oracle) return oracle;
  return kernelBtf === undefined ? { unavailable: 'the kernel shows no BTF' } : { oracle, btf: kernelBtf };
}

function ask(
  { oracle, btf }: { oracle: Oracle; btf: Btf },
  program: LinkedProgram,
  maps: readonly MapDefinition[],
  license: string,
): Promise<Answer> {
  const attach = attachToOf(program, btf);
  return oracle.ask({
    type: program.type,
    license,
    instructions: program.instructions,
    maps,
    logLevel: 1,
    isSleepable: program.isSleepable,
    ...(attach === undefined ? {} : { attach }),
  });
}

function placeIn(btf: Btf): At {
  const find = (structId: number, name: string): number | undefined => {
    const type = btf.resolve(structId);
    if (!isComposite(type)) return undefined;
    for (const member of type.members) {
      if (member.name === name) return member.offsetBits / 8;
      const inner = member.name === '' ? find(member.typeId, name) : undefined;
      if (inner !== undefined) return member.offsetBits / 8 + inner;
    }
    return undefined;
  };
  return (struct, member) => {
    const offset = find(btf.findStruct(struct)?.id ?? 0, member);
    if (offset === undefined) throw new Error(`the kernel has no ${struct}.${member}`);
    return offset;
  };
}

describe('the verdict on hand-written programs that read objects of the kernel', () => {
  for (const { name, section, code, maps = [], license = 'GPL', isAccepted } of tracingVectors) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      const peer = both();
      if ('unavailable' in peer) return context.skip(peer.unavailable);
      const program = tracingProgram(section, code(placeIn(peer.btf)).flat());
      const ours = verifyProgram(program, maps, { license, kernelBtf: peer.btf });
      const kernel = await ask(peer, program, maps, license);
      expect(ours.verdict === 'accepted', ours.verdict === 'rejected' ? ours.reason.text : 'accepted').toBe(
        isAccepted,
      );
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
    });
  }
});

describe('the verdict on generated programs that read objects of the kernel', () => {
  it(
    'is the kernel’s, over all tracepoints and iterators',
    async (context) => {
      const peer = both();
      if ('unavailable' in peer) return context.skip(peer.unavailable);
      const generator = new ObjectGenerator(peer.btf, tracingSections(peer.btf), 1);
      const differences: string[] = [];
      let accepted = 0;
      for (let count = 0; count < PROGRAMS; count += 1) {
        const program = generator.generate();
        const kernel = await ask(peer, program, [], 'GPL');
        const ours = verifyProgram(program, [], { license: 'GPL', kernelBtf: peer.btf });
        if (kernel.isAccepted) accepted += 1;
        if (kernel.isAccepted !== (ours.verdict === 'accepted'))
          differences.push(`${program.section}: ${JSON.stringify(program.instructions)} ${kernel.log}`);
      }
      expect(differences).toEqual([]);
      expect(accepted).toBeGreaterThan(PROGRAMS / 20);
      console.log(`${PROGRAMS} programs, ${accepted} accepted by the kernel, the same verdict on each`);
    },
    TIMEOUT_MS,
  );

  it(
    'is the kernel’s on every argument of every tracepoint and iterator',
    async (context) => {
      const peer = both();
      if ('unavailable' in peer) return context.skip(peer.unavailable);
      const differences: string[] = [];
      for (const section of tracingSections(peer.btf)) {
        for (let place = 0; place < PLACES; place += 1) {
          // Reads through a pointer that may be null are refused, through a number, too.
          const code = [asm.load(8, 6, 1, 8 * place), asm.load(1, 0, 6, 0), asm.mov64(0, 0), asm.exit];
          const program = tracingProgram(section, code);
          const kernel = await ask(peer, program, [], 'GPL');
          const ours = verifyProgram(program, [], { license: 'GPL', kernelBtf: peer.btf });
          if (kernel.isAccepted !== (ours.verdict === 'accepted'))
            differences.push(`${section} ${place}: ${kernel.log}`);
        }
      }
      expect(differences).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('the verdict on generated calls of helpers that take objects of the kernel', () => {
  it(
    'is the kernel’s',
    async (context) => {
      const peer = both();
      if ('unavailable' in peer) return context.skip(peer.unavailable);
      const random = new Random(1);
      const at = placeIn(peer.btf);
      const unsound: string[] = [];
      const tooStrict: string[] = [];
      let accepted = 0;
      for (let count = 0; count < CALLS; count += 1) {
        const program = generateCall(random, at);
        const kernel = await ask(peer, program, callMaps, 'GPL');
        const ours = verifyProgram(program, callMaps, { license: 'GPL', kernelBtf: peer.btf });
        if (kernel.isAccepted) accepted += 1;
        if (ours.verdict === 'accepted' && !kernel.isAccepted)
          unsound.push(`${program.section}: ${kernel.log}`);
        if (ours.verdict === 'rejected' && kernel.isAccepted)
          tooStrict.push(`${program.section}: ${ours.reason.text}: ${kernel.log}`);
      }
      expect(unsound).toEqual([]);
      expect(tooStrict).toEqual([]);
      expect(accepted).toBeGreaterThan(CALLS / 50);
      console.log(`${CALLS} calls, ${accepted} accepted by the kernel, the same verdict on each`);
    },
    TIMEOUT_MS,
  );
});

describe('the verdict on compiled programs that read objects of the kernel', () => {
  const linked = (btf: Btf): LinkedObject =>
    linkObject(openObject(new Uint8Array(readFileSync(COMPILED)), 'objects.bpf.o'), { target: btf });

  it('is what each one’s name says, and the kernel’s where it takes such programs', async (context) => {
    const peer = both();
    if ('unavailable' in peer) return context.skip(peer.unavailable);
    const { programs, maps, license } = linked(peer.btf);
    const verdicts: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    let asked = 0;
    for (const program of programs) {
      const ours = verifyProgram(program, maps, { license, kernelBtf: peer.btf });
      const kernel = await ask(peer, program, maps, license);
      const isAccepted = program.name.startsWith('accepted_');
      // Where functions may not be attached to, or variables are not listed (CONFIG_KALLSYMS_ALL), the
      // kernel does not say what it thinks of the program.
      const isSilent = kernel.loadResult === NOT_PERMITTED || kernel.log.includes(NOT_LISTED);
      if (!isSilent) asked += 1;
      expected[program.name] = { ours: isAccepted, kernel: isSilent ? 'silent' : isAccepted };
      verdicts[program.name] = {
        ours: ours.verdict === 'accepted',
        kernel: isSilent ? 'silent' : kernel.isAccepted,
      };
    }
    expect(verdicts).toEqual(expected);
    expect(asked).toBeGreaterThanOrEqual(10);
  });
});
