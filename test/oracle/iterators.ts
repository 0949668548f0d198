/**
 * Programs from a seed about iterators, dynptrs and regions: loops over numbers in loops, views of map
 * values and of ring buffer records, mostly as they should be, now and then with one thing forgotten.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { ARRAY, bodyOf, Random, RING } from './generator.ts';
import * as code from './kernel-function-code.ts';

/** Below what other gadgets write. */
const ITERATORS = [-144, -152, -160] as const;
const DYNPTRS = [-96, -112, -128] as const;
const FLAGS = [-168, -176] as const;
const KEY = -184;
const NUMBERS = [6, 7, 8, 9];
const VALUE_BYTES = 64;
const SLOTS = 24;

const number = (random: Random): number => random.pick(NUMBERS);

/** Numbers of which something is known, and stack that is all written. */
function prologue(random: Random): Instruction[] {
  const start = [
    asm.call(7),
    asm.mov64(6, r(0)),
    asm.mov64(7, random.below(40)),
    asm.mov64(8, random.below(100)),
    asm.mov64(9, r(random.pick([6, 7, 8]))),
  ];
  for (let slot = 1; slot <= SLOTS; slot += 1)
    start.push(asm.storeImmediate(8, 10, -8 * slot, random.chance(2) ? 0 : random.below(9)));
  return start;
}

/** One of the code's steps left out, now and then. */
function forgetful(random: Random, steps: readonly (readonly Instruction[])[]): Instruction[] {
  const left = random.chance(14) ? random.below(steps.length) : -1;
  return steps.flatMap((step, index) => (index === left ? [] : step));
}

/** Does something with a number that may not be larger than its memory. */
function useIndex(random: Random, index: number): Instruction[] {
  const limit = random.pick([56, 60, 63, 64, 65]);
  const store = [
    ...lookUp(random),
    asm.alu64('add', 0, r(index)),
    random.chance(2) ? asm.storeImmediate(1, 0, 0, 7) : asm.load(1, number(random), 0, 0),
  ];
  if (random.chance(3)) return [asm.alu64('and', index, random.pick([7, 31, 63])), ...store];
  return [asm.jump64('jge', index, limit, store.length), ...store];
}

/** r0 = an element of the array that is surely there. */
function lookUp(random: Random): Instruction[] {
  return [
    asm.storeImmediate(4, 10, KEY, random.below(4)),
    ...asm.loadMap(1, ARRAY),
    ...code.frame(2, KEY),
    asm.call(1),
  ];
}

function inLoop(random: Random, depth: number): Instruction[] {
  const into = number(random);
  const read = asm.load(random.chance(20) ? 8 : 4, into, 0, 0);
  switch (random.below(9)) {
    case 0:
      return [read, ...useIndex(random, into)];
    case 1:
      return [read, asm.alu64('and', into, 15)];
    case 2:
      return [asm.alu64('add', into, 1)];
    case 3:
      return [asm.mov64(into, random.below(50))];
    case 4:
      return depth < 2 ? loop(random, depth + 1) : [read];
    case 5:
      return view(random);
    case 6:
      return [asm.store(8, 10, -8 * (1 + random.below(8)), into)];
    case 7:
      return region(random, depth + 1);
    default:
      return bodyOf(random, 1);
  }
}

/** A loop over numbers, left early now and then. */
function loop(random: Random, depth: number): Instruction[] {
  const at = ITERATORS[depth] ?? -160;
  const body = Array.from({ length: 1 + random.below(2) }, () => inLoop(random, depth)).flat();
  const from = random.below(5) - 2;
  const exit = random.chance(3) ? [asm.jump64('jgt', number(random), random.below(60), 0)] : [];
  const whole = [...exit, ...body];
  if (exit[0] !== undefined) whole[0] = { ...exit[0], offset: whole.length };
  const rounds = random.chance(12)
    ? [...code.next(at), ...(random.chance(2) ? [asm.load(4, 6, 0, 0)] : [])]
    : code.each(whole, at);
  return forgetful(random, [
    code.begin(at, from, from + random.below(9) - 1),
    rounds,
    code.destroy(random.chance(30) ? random.pick(ITERATORS) : at),
  ]);
}

/** Uses of the dynptr at the offset. */
function use(random: Random, at: number): Instruction[] {
  const bytes = random.pick([1, 4, 8, 16, 60]);
  const size = random.pick([1, 4, 8] as const);
  const access = random.chance(2)
    ? asm.storeImmediate(size, 0, random.chance(10) ? bytes : 0, 5)
    : asm.load(size, number(random), 0, random.chance(10) ? bytes : 0);
  const guarded = random.chance(15) ? [access] : code.ifThere(access);
  const offset = random.chance(2) ? r(number(random)) : random.below(20);
  switch (random.below(10)) {
    case 0:
    case 1:
      return [...code.data(bytes, at), ...guarded];
    case 2:
      return [...code.slice(bytes, at), ...guarded];
    case 3:
      return [
        ...code.frame(1, -8 * (1 + random.below(8))),
        asm.mov64(2, random.pick([1, 4, 8])),
        ...code.frame(3, at),
        asm.mov64(4, offset),
        asm.mov64(5, 0),
        asm.call(201),
      ];
    case 4:
      return [
        ...code.frame(1, at),
        asm.mov64(2, offset),
        ...code.frame(3, -64),
        asm.mov64(4, random.pick([1, 4, 8, 64])),
        asm.mov64(5, 0),
        asm.call(202),
      ];
    case 5:
      return [
        ...code.frame(1, at),
        asm.mov64(2, random.below(8)),
        asm.mov64(3, random.chance(3) ? r(number(random)) : random.below(70)),
        asm.callKernel('bpf_dynptr_adjust'),
        asm.mov64(number(random), r(0)),
      ];
    case 6:
      return [
        ...code.frame(1, at),
        asm.callKernel(random.pick(['bpf_dynptr_size', 'bpf_dynptr_is_null', 'bpf_dynptr_is_rdonly'])),
        // A bool is the lowest byte: the kernel leaves the rest as it happens to be.
        asm.alu64('and', 0, 255),
        asm.mov64(number(random), r(0)),
      ];
    case 7:
      return [
        ...code.frame(1, at),
        asm.mov64(2, offset),
        asm.mov64(3, random.below(20)),
        asm.mov64(4, random.below(256)),
        asm.callKernel('bpf_dynptr_memset'),
      ];
    case 8:
      return [
        ...code.frame(1, at),
        asm.mov64(2, random.below(9)),
        ...code.frame(3, random.chance(2) ? at : random.pick(DYNPTRS)),
        asm.mov64(4, offset),
        asm.mov64(5, random.below(9)),
        asm.callKernel('bpf_dynptr_copy'),
      ];
    default: {
      const to = random.pick(DYNPTRS);
      return [...code.clone(to, at), ...code.data(bytes, to), ...guarded];
    }
  }
}

/** A view of an element of the array, or of a record. */
function view(random: Random): Instruction[] {
  const at = random.pick(DYNPTRS);
  const uses = Array.from({ length: 1 + random.below(3) }, () =>
    use(random, random.chance(12) ? random.pick(DYNPTRS) : at),
  );
  if (random.chance(2)) {
    const bytes = random.chance(10) ? VALUE_BYTES + 1 : random.below(VALUE_BYTES + 1);
    const make = [
      ...lookUp(random),
      asm.mov64(1, r(0)),
      asm.mov64(2, bytes),
      asm.mov64(3, random.chance(20) ? 1 : 0),
      ...code.frame(4, at),
      asm.call(197),
    ];
    const overwritten = random.chance(4) ? [asm.storeImmediate(8, 10, at + 8 * random.below(2), 0)] : [];
    return forgetful(random, [make, ...uses, overwritten]);
  }
  const size = random.chance(3) ? r(number(random)) : random.pick([8, 16, 64]);
  const make = [
    ...asm.loadMap(1, RING),
    asm.mov64(2, size),
    asm.mov64(3, 0),
    ...code.frame(4, at),
    asm.call(198),
  ];
  return forgetful(random, [make, ...uses, random.chance(2) ? code.submit(at) : code.discard(at)]);
}

/** A region around other things. */
function region(random: Random, depth: number): Instruction[] {
  const body = depth < 2 && random.chance(2) ? loop(random, depth + 1) : bodyOf(random, 1);
  const flags = random.pick(FLAGS);
  const ways = [
    [[code.lock], body, [code.unlock]],
    [[code.disable], body, [code.enable]],
    [code.save(flags), body, code.restore(random.chance(15) ? random.pick(FLAGS) : flags)],
  ];
  return forgetful(random, random.pick(ways));
}

/** The program of a seed. */
export function generateKernelFunctionProgram(seed: number): Instruction[] {
  const random = new Random(seed ^ 0x27d4eb2f);
  const body = Array.from({ length: 1 + random.below(3) }, () => {
    switch (random.below(6)) {
      case 0:
      case 1:
        return loop(random, 0);
      case 2:
      case 3:
        return view(random);
      case 4:
        return region(random, 0);
      default:
        return bodyOf(random, 1 + random.below(2));
    }
  }).flat();
  const end = random.chance(4) ? useIndex(random, number(random)) : [];
  return [...prologue(random), ...body, ...end, asm.mov64(0, r(number(random))), asm.exit];
}
