import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import type { Verdict } from '../../electron/bpf/verifier/verify.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { Random } from './generator.ts';
import { assembled, byKey, graphTypes, VALUE_BYTES } from './graph-code.ts';
import { graphVectors, type GraphVector } from './graph-vectors.ts';
import { withMistake } from './near-miss.ts';
import { startOracle, type Oracle, type Question } from './oracle.ts';
import { resilientVectors } from './resilient-vectors.ts';
import { typed, type Types } from './types.ts';

const PROGRAMS = 1500;
const TIMEOUT_MS = 120_000;
const LEAVE_LENGTH = 2;
const SEED = Number(process.env['GRAPH_SEED'] ?? 1);
const map = asm.mapOf('array', 4, VALUE_BYTES, 1);

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const graphs = (types: Types): number => graphTypes(types).value;

/** Our verdict, and what the kernel is asked. */
function asked(
  instructions: readonly Instruction[],
  { type = 'sched_cls', isSleepable = false, value = graphs }: GraphVector,
): { verdict: Verdict; question: Question } {
  const bare = { ...asm.programOf([instructions], type), isSleepable };
  const { program, maps, btf, types } = typed(bare, [map], (given) => ({
    values: [value(given)],
  }));
  const license = 'GPL';
  const verdict = verifyProgram(program, maps, { license, btf, kernelBtf });
  return { verdict, question: { type, license, instructions, maps, types, isSleepable, logLevel: 1 } };
}

function check(vectors: readonly GraphVector[]): void {
  for (const each of vectors) {
    it(`${each.isAccepted ? 'accepts' : 'refuses'} ${each.name}, as the kernel does`, async (context) => {
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const { verdict, question } = asked(assembled(each.main, each.functions ?? functionsOf(each)), each);
      const words = verdict.verdict === 'rejected' ? verdict.reason.text : 'accepted';
      if (verdict.verdict === 'rejected' && !each.isAccepted)
        expect(verdict.reason.code).not.toBe('not-supported');
      expect(verdict.verdict === 'accepted', words).toBe(each.isAccepted);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const kernel = await oracle.ask(question);
      expect(kernel.isAccepted, kernel.log).toBe(each.isAccepted);
    });
  }
}

describe('the verdict on lists and trees of a program’s own objects', () => {
  check(graphVectors);
});

describe('the verdict on resilient locks', () => {
  check(resilientVectors);
});

const families: Readonly<Record<string, readonly GraphVector[]>> = {
  'lists and trees': graphVectors,
  'resilient locks': resilientVectors,
};

/** One that is right, most of the time: what a mistake makes of it is wrong by little. */
function pick(random: Random, vectors: readonly GraphVector[]): GraphVector {
  return random.pick(random.chance(4) ? vectors : vectors.filter(({ isAccepted }) => isAccepted));
}

/** One program, or two behind each other, with a mistake or without. */
function program(random: Random, first: GraphVector, second: GraphVector): readonly Instruction[] {
  const isJoined = random.chance(2);
  const main = isJoined ? [...first.main.flat().slice(0, -LEAVE_LENGTH), ...second.main.flat()] : first.main;
  const whole = { ...first, main };
  const given = first.functions ?? (isJoined ? second.functions : undefined);
  const plain = assembled(main, functionsOf(whole).length === 0 ? [] : (given ?? functionsOf(whole)));
  return random.chance(4) ? plain : withMistake(random, plain);
}

for (const [family, vectors] of Object.entries(families)) {
  it(
    `the verdict on programs with mistakes is never kinder than the kernel’s: ${family}`,
    async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const random = new Random(SEED);
      const unsound: string[] = [];
      const strict = new Map<string, number>();
      let accepted = 0;
      for (let count = 0; count < PROGRAMS; count += 1) {
        const first = pick(random, vectors);
        const instructions = program(random, first, pick(random, vectors));
        const { verdict, question } = asked(instructions, first);
        const kernel = await oracle.ask(question);
        if (kernel.isAccepted) accepted += 1;
        if (verdict.verdict === 'accepted' && !kernel.isAccepted)
          unsound.push(`${first.name}: ${JSON.stringify(instructions)} ${kernel.log}`);
        if (verdict.verdict === 'rejected' && kernel.isAccepted) {
          const reason = `${verdict.reason.code}: ${verdict.reason.text}`.replaceAll(/\d+/g, 'N');
          strict.set(reason, (strict.get(reason) ?? 0) + 1);
        }
      }
      console.log(`${family}: ${PROGRAMS} programs, ${accepted} accepted by the kernel`, strict);
      expect(unsound).toEqual([]);
      expect(accepted).toBeGreaterThan(PROGRAMS / 10);
    },
    TIMEOUT_MS,
  );
}

/** byKey() where the program calls it: a function that nothing calls is out of reach. */
function functionsOf({ main }: GraphVector): readonly (readonly Instruction[])[] {
  return main.flat().some(({ opcode, src }) => opcode === 0x18 && src === 4) ? [byKey()] : [];
}
