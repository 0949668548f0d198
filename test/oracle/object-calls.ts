/** Calls, from a seed, of helpers that take objects of the kernel: right and wrong in each argument. */
import { helperPrototypes, type HelperPrototype } from '../../electron/bpf/helpers/prototypes.ts';
import type { Instruction, LinkedProgram, MapDefinition } from '../../electron/bpf/program.ts';
import { isObjectArgument } from '../../electron/bpf/verifier/object-arguments.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { tracingProgram } from './attach.ts';
import type { Random } from './generator.ts';
import type { At } from './tracing-vectors.ts';

const OUTPUT = 0;
const TABLE = 1;
export const callMaps: readonly MapDefinition[] = [
  asm.mapOf('perf_event_array', 4, 4, 4),
  asm.mapOf('hash', 4, 16, 4),
];

export const objectHelpers: readonly HelperPrototype[] = helperPrototypes.filter(({ arguments: kinds }) =>
  kinds.some(isObjectArgument),
);

const SECTIONS = [
  'tp_btf/sched_switch',
  'tp_btf/kfree_skb',
  'iter/task',
  'iter/task_file',
  'iter/tcp',
  'iter/unix',
  'iter.s/task',
  'tracepoint/sched/sched_switch',
];
/** Places of arguments that are no second ones. */
const PLACES: Readonly<Record<string, number>> = { seq_file: 0, sk_buff: 0, file: 3, path: 3 };
/** Sections whose programs are given what the helper takes. */
const SECTIONS_OF: Readonly<Record<string, string>> = {
  seq_file: 'iter/task',
  task_struct: 'iter/task',
  file: 'iter/task_file',
  path: 'iter/task_file',
  sk_buff: 'tp_btf/kfree_skb',
  btf_sock_common: 'iter/tcp',
};
/** Of the structs that helpers ask for, and the way there from what programs are given. */
const MEMBERS = [
  ['task_struct', 'real_parent'],
  ['task_struct', 'last_wakee'],
  ['task_struct', 'cgroups'],
  ['task_struct', 'stack'],
  ['sk_buff', 'sk'],
  ['file', 'f_inode'],
  ['bpf_iter_meta', 'seq'],
  ['sock', 'sk_socket'],
] as const;

export function generateCall(random: Random, at: At): LinkedProgram {
  const prototype = random.pick(objectHelpers);
  const taken = prototype.arguments.find(isObjectArgument) ?? '';
  const fit = SECTIONS_OF[taken.slice(taken.indexOf(':') + 1)] ?? random.pick(SECTIONS);
  const section = random.chance(3) ? random.pick(SECTIONS) : fit;
  // r9 = the context; the stack's upper 64 bytes are zero.
  const code: Instruction[] = [asm.mov64(9, r(1))];
  for (let offset = -64; offset < 0; offset += 8) code.push(asm.storeImmediate(8, 10, offset, 0));
  prototype.arguments.forEach((kind, index) => {
    const register = index + 1;
    const given = random.chance(16) ? 'wild' : kind;
    code.push(...argument(random, at, section, given, register));
  });
  code.push(asm.call(prototype.id));
  if (random.chance(2)) {
    if (!random.chance(4)) code.push(asm.jump64('jne', 0, 0, 2), asm.mov64(0, 0), asm.exit);
    code.push(asm.load(4, 1, 0, 4 * random.below(8)));
  }
  return tracingProgram(section, [...code, asm.mov64(0, 0), asm.exit]);
}

function argument(random: Random, at: At, section: string, kind: string, register: number): Instruction[] {
  const stack = (): Instruction[] => [
    asm.mov64(register, r(10)),
    asm.alu64('add', register, -8 * (1 + random.below(9))),
  ];
  switch (kind) {
    case 'const_map_ptr':
      return asm.loadMap(register, random.chance(3) ? TABLE : OUTPUT);
    case 'mem':
    case 'mem_or_null':
      return random.chance(2) ? stack() : object(random, at, section, register);
    case 'uninit_mem':
    case 'map_value_or_null':
      return random.chance(4) ? [asm.mov64(register, 0)] : stack();
    case 'const_size':
    case 'const_size_or_zero':
      return [asm.mov64(register, random.pick([0, 4, 8, 16, 16, 64, -1]))];
    case 'anything':
      return [asm.mov64(register, random.below(4))];
    case 'wild':
      return random.pick([
        stack(),
        [asm.mov64(register, 0)],
        [asm.mov64(register, r(9))],
        asm.loadMap(register, TABLE),
        object(random, at, section, register),
      ]);
    default:
      if (!random.chance(4)) return fitting(at, kind, register);
      return random.chance(10) ? [asm.mov64(register, 0)] : object(random, at, section, register);
  }
}

/** An object of the kind, where the section hands one out; an argument of another kind where not. */
function fitting(at: At, kind: string, register: number): Instruction[] {
  const compared = [asm.jump64('jne', register, 0, 2), asm.mov64(0, 0), asm.exit];
  const place = PLACES[kind.slice(kind.indexOf(':') + 1)] ?? 1;
  const given = [asm.load(8, register, 9, 8 * place), ...compared];
  if (kind === 'btf:seq_file') return [...given, asm.load(8, register, register, at('bpf_iter_meta', 'seq'))];
  return kind === 'btf:path' ? [...given, asm.alu64('add', register, at('file', 'f_path'))] : given;
}

/** Some object: an argument, or what it leads to; compared with null or not, moved or not. */
function object(random: Random, at: At, section: string, register: number): Instruction[] {
  const code: Instruction[] = [asm.load(8, register, 9, 8 * random.below(4))];
  const check = (): void => {
    if (!random.chance(8)) code.push(asm.jump64('jne', register, 0, 2), asm.mov64(0, 0), asm.exit);
  };
  if (!section.startsWith('tp_btf')) check();
  for (let step = random.below(3); step > 0; step -= 1) {
    const [struct, member] = random.pick(MEMBERS);
    code.push(asm.load(8, register, register, at(struct, member)));
    if (random.chance(2)) check();
  }
  if (random.chance(8)) code.push(asm.alu64('add', register, random.pick([8, -8, at('file', 'f_path')])));
  if (random.chance(8)) code.push(asm.alu64('add', register, at('task_struct', 'comm')));
  return code;
}
