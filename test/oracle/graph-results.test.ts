/**
 * Sequences from a seed of objects put into lists and trees, found there, taken out and dropped give the same on the
 * interpreter, the JIT and the kernel, down to the shape of the trees.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { Random } from './generator.ts';
import {
  add,
  ask,
  askNode,
  assembled,
  BOTH_LIST,
  BOTH_LIST_NODE,
  BOTH_TREE,
  BOTH_TREE_NODE,
  byKey,
  drop,
  giveLock,
  graphTypes,
  holdOnceMore,
  ids,
  KEY,
  LIST,
  make,
  NODE,
  push,
  takeLock,
  TREE,
  unless,
  VALUE_BYTES,
} from './graph-code.ts';
import { element } from './kptr-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { runOn } from './run.ts';
import { typed } from './types.ts';

const PACKET_BYTES = 64;
const TIMEOUT_MS = 120_000;
const KEYS = 30;
const map = asm.mapOf('array', 4, VALUE_BYTES, 1);

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** What r8 holds is folded into r9. */
const fold = [asm.alu64('mul', 9, 31), asm.alu64('add', 9, r(8))];
const lock = takeLock();
const unlock = giveLock();
const nothing = [asm.mov64(7, 0), asm.mov64(8, 0)];
/** r7 an object with the key, or null. */
const withKey = (type: number, key: number, rest: readonly Instruction[]): Instruction[] => [
  ...make(type),
  ...unless(7, [asm.storeImmediate(8, 7, KEY, key), ...rest]),
];
/** The key of the object whose node, at `node`, r7 points to, is told, and the object dropped. */
const dropped = (node = NODE): Instruction[] =>
  unless(7, [asm.alu64('add', 7, -node), asm.load(8, 8, 7, KEY), ...fold, ...drop(7)]);
/** The key of the object whose node r0 points to. */
const told = (node = NODE): Instruction[] => unless(0, [asm.load(8, 8, 0, KEY - node)]);

function inList(random: Random): Instruction[] {
  const end = random.pick(['front', 'back'] as const);
  switch (random.below(4)) {
    case 0:
      return [
        ...nothing,
        ...lock,
        ...ask(`list_pop_${end}`, LIST),
        asm.mov64(7, r(0)),
        ...unlock,
        ...dropped(),
      ];
    case 1:
      return [...nothing, ...lock, ...ask(`list_${end}`, LIST), ...told(), ...unlock, ...fold];
    default:
      return withKey(ids.listed, random.below(KEYS), [
        ...lock,
        ...push(7, LIST, NODE, end),
        asm.mov64(8, r(0)),
        ...unlock,
        ...fold,
      ]);
  }
}

const addedToTree = (key: number): Instruction[] =>
  withKey(ids.placed, key, [...lock, ...add(7), asm.mov64(8, r(0)), ...unlock, ...fold]);

/** What `then` does with the node in r0 that the way down from the top leads to. */
function alongTree(ways: readonly ('left' | 'right')[], then: readonly Instruction[]): Instruction[] {
  const down = ways.reduceRight<readonly Instruction[]>(
    (rest, way) => unless(0, [asm.mov64(7, r(0)), ...askNode(way, 7, TREE, 0), ...rest]),
    then,
  );
  return [...nothing, ...lock, ...ask('rbtree_root', TREE), ...down];
}

const waysOf = (random: Random): ('left' | 'right')[] =>
  Array.from({ length: random.below(4) }, () => random.pick(['left', 'right'] as const));

const taken = [asm.mov64(7, r(0)), ...askNode('remove', 7, TREE, 0), asm.mov64(8, r(0))];

function inTree(random: Random): Instruction[] {
  const takenOut = [asm.mov64(7, r(8)), ...dropped()];
  switch (random.below(6)) {
    case 0: {
      const first = [...nothing, ...lock, ...ask('rbtree_first', TREE), ...unless(0, taken), ...unlock];
      return [...first, ...takenOut];
    }
    case 1:
      return [...alongTree(waysOf(random), unless(0, taken)), ...unlock, ...takenOut];
    case 2:
    case 3:
      return [...alongTree(waysOf(random), told()), ...unlock, ...fold];
    default:
      return addedToTree(random.below(KEYS));
  }
}

function inBoth(random: Random): Instruction[] {
  const { both } = ids;
  const addBoth = (register: number): Instruction[] => add(register, BOTH_TREE, BOTH_TREE_NODE, 1);
  const pushBoth = (register: number): Instruction[] => push(register, BOTH_LIST, BOTH_LIST_NODE);
  switch (random.below(4)) {
    case 0:
      return [
        ...nothing,
        ...lock,
        ...ask('list_pop_back', BOTH_LIST),
        asm.mov64(7, r(0)),
        ...unlock,
        ...dropped(BOTH_LIST_NODE),
      ];
    case 1: {
      const inTreeToo = [
        asm.mov64(7, r(0)),
        ...askNode('remove', 7, BOTH_TREE, BOTH_TREE_NODE - BOTH_LIST_NODE),
      ];
      return [
        ...nothing,
        ...lock,
        ...ask('list_front', BOTH_LIST),
        ...unless(0, [...inTreeToo, asm.mov64(8, r(0))]),
        ...unlock,
        asm.mov64(7, r(8)),
        ...dropped(BOTH_TREE_NODE),
      ];
    }
    case 2: {
      // The second node is in the list already: it is let go of.
      const twice = [...pushBoth(7), asm.mov64(7, r(0)), ...pushBoth(8), asm.mov64(8, r(0)), ...unlock];
      const told = [...fold, asm.mov64(8, r(7)), ...fold];
      return withKey(both, random.below(KEYS), [
        ...holdOnceMore(7),
        asm.mov64(8, r(0)),
        ...lock,
        ...twice,
        ...told,
      ]);
    }
    default:
      return withKey(both, random.below(KEYS), [
        ...holdOnceMore(7),
        asm.mov64(8, r(0)),
        ...lock,
        ...pushBoth(7),
        ...addBoth(8),
        asm.mov64(8, r(0)),
        ...unlock,
        ...fold,
      ]);
  }
}

/** All that is left, in order. */
const emptied = (count: number): Instruction[] =>
  Array.from({ length: count }, () => [
    ...nothing,
    ...lock,
    ...ask('rbtree_first', TREE),
    ...unless(0, taken),
    ...unlock,
    asm.mov64(7, r(8)),
    ...dropped(),
  ]).flat();

interface Sequence {
  readonly programs: number;
  readonly code: (random: Random) => readonly Instruction[];
}

const repeat = (count: number, step: (random: Random) => Instruction[], random: Random): Instruction[] =>
  Array.from({ length: count }, () => step(random)).flat();

const sequences: Readonly<Record<string, Sequence>> = {
  lists: { programs: 60, code: (random) => repeat(24, inList, random) },
  trees: { programs: 60, code: (random) => repeat(24, inTree, random) },
  'large trees': {
    programs: 40,
    code: (random) => [
      ...repeat(25, (each) => addedToTree(each.below(KEYS)), random),
      ...repeat(20, inTree, random),
      ...emptied(12),
    ],
  },
  'lists and trees of the same objects': { programs: 60, code: (random) => repeat(16, inBoth, random) },
  'all of them': {
    programs: 60,
    code: (random) => repeat(20, (each) => each.pick([inList, inTree, inBoth])(each), random),
  },
};

for (const [name, { programs, code }] of Object.entries(sequences)) {
  it(
    `${name} hold what was put there, as in the kernel`,
    async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const different: unknown[] = [];
      const results = new Set<number>();
      for (let seed = 1; seed <= programs; seed += 1) {
        const random = new Random(seed);
        const main = [...element, asm.mov64(9, 1), ...code(random), asm.mov64(0, r(9)), asm.exit];
        const functions = [byKey(), byKey(BOTH_TREE_NODE)];
        const used = functions.filter((_, index) =>
          main.some(({ opcode, src, imm }) => opcode === 0x18 && src === 4 && imm === index),
        );
        const only = used.length === 1 && used[0] === functions[1];
        const placed = only
          ? main.map((each) => (each.opcode === 0x18 && each.src === 4 ? { ...each, imm: 0 } : each))
          : main;
        const instructions = assembled(placed, used);
        const bare = asm.programOf([instructions], 'sched_cls');
        const { program, maps, btf, types } = typed(bare, [map], (given) => ({
          values: [graphTypes(given).value],
        }));
        const verdict = verifyProgram(program, maps, { license: 'GPL', btf, kernelBtf });
        if (verdict.verdict === 'rejected') throw new Error(`seed ${seed}: ${verdict.reason.text}`);
        const question = { type: 'sched_cls', license: 'GPL', instructions, maps, types } as const;
        const asked = { ...question, isRun: true, logLevel: 1, data: new Uint8Array(PACKET_BYTES) } as const;
        const kernel = await oracle.ask(asked);
        const [interpreter, jit] = (['interpreter', 'jit'] as const).map(
          (engine) => runOn(engine, verdict.verified, asked).returned,
        );
        if (kernel.returned !== undefined) results.add(kernel.returned);
        if (kernel.returned !== interpreter || kernel.returned !== jit)
          different.push({ seed, kernel: kernel.returned ?? kernel.log, interpreter, jit });
      }
      expect(different).toEqual([]);
      expect(results.size).toBeGreaterThan(programs / 2);
    },
    TIMEOUT_MS,
  );
}
