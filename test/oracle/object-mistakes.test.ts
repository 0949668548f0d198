/**
 * Programs on pointers in map values and on objects of their own, one after another and with mistakes in them, are
 * never accepted where the kernel refuses them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { placesIn, runningKernelTypes } from './attach.ts';
import { Random } from './generator.ts';
import { keeping, keepingMap, pointerVectors, type PointerVector } from './kptr-vectors.ts';
import { withMistake } from './near-miss.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { ownObjectVectors } from './own-object-vectors.ts';
import { perCpuVectors } from './percpu-object-vectors.ts';
import { typed } from './types.ts';

const PROGRAMS = 1500;
const TIMEOUT_MS = 120_000;
const LEAVE_LENGTH = 2;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const families: Readonly<Record<string, readonly PointerVector[]>> = {
  'pointers to kernel objects': pointerVectors.filter(({ value }) => value === undefined),
  'objects of a program’s own': ownObjectVectors,
  'objects of every CPU': perCpuVectors,
};

describe('the verdict on programs with mistakes', () => {
  for (const [family, vectors] of Object.entries(families)) {
    it(
      `is never kinder than the kernel’s: ${family}`,
      async (context) => {
        if ('unavailable' in oracle) return context.skip(oracle.unavailable);
        if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
        const random = new Random(vectors.length);
        const codeOf = ({ code }: PointerVector): Instruction[] => code(...placesIn(kernelBtf)).flat();
        const unsound: string[] = [];
        const strict = new Map<string, number>();
        let accepted = 0;
        for (let count = 0; count < PROGRAMS; count += 1) {
          const first = random.pick(vectors);
          const second = random.pick(vectors);
          const { type = 'sched_cls', isSleepable = false, map = keepingMap, value = keeping } = first;
          const joined = [...codeOf(first).slice(0, -LEAVE_LENGTH), ...codeOf(second)];
          const plain = random.chance(2) ? joined : codeOf(first);
          const instructions = random.chance(4) ? plain : withMistake(random, plain);
          const bare = { ...asm.programOf([instructions], type), isSleepable };
          const whole = typed(bare, [map], (types) => ({ values: [value(types)] }));
          const ours = verifyProgram(whole.program, whole.maps, {
            license: 'GPL',
            btf: whole.btf,
            kernelBtf,
          });
          const { maps, types } = whole;
          const question = {
            type,
            license: 'GPL',
            instructions,
            maps,
            types,
            isSleepable,
            logLevel: 1,
          } as const;
          const kernel = await oracle.ask(question);
          if (kernel.isAccepted) accepted += 1;
          if (ours.verdict === 'accepted' && !kernel.isAccepted)
            unsound.push(`${first.name}, ${second.name}: ${JSON.stringify(instructions)} ${kernel.log}`);
          if (ours.verdict === 'rejected' && kernel.isAccepted) {
            const reason = `${ours.reason.code}: ${ours.reason.text}`.replaceAll(/\d+/g, 'N');
            strict.set(reason, (strict.get(reason) ?? 0) + 1);
          }
        }
        console.log(`${family}: ${PROGRAMS} programs, ${accepted} accepted by the kernel`, strict);
        expect(unsound).toEqual([]);
        expect(accepted).toBeGreaterThan(PROGRAMS / 15);
      },
      TIMEOUT_MS,
    );
  }
});
