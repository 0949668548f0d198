/**
 * Programs from a seed that walk objects of the kernel: along members that are there, and sometimes next
 * to them; with null checks, and sometimes without.
 */
import type { Btf } from '../../electron/bpf/object/btf.ts';
import type { BtfComposite } from '../../electron/bpf/object/btf-type.ts';
import type { Instruction, LinkedProgram } from '../../electron/bpf/program.ts';
import { isComposite } from '../../electron/bpf/verifier/btf-walk.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { tracingProgram } from './attach.ts';
import { Random } from './generator.ts';

const SIZES: readonly asm.Size[] = [8, 8, 8, 4, 2, 1];
const STEPS_MAX = 5;
const ARGUMENTS = 6;
const OFFSET_MAX = 0x7fff;
const HOOK_PATTERN = /^btf_trace_|^bpf_iter_/;

/** Sections of programs that the kernel's tracepoints and iterators call; what is no iterator is refused. */
export function tracingSections(btf: Btf): readonly string[] {
  return [...btf.namedIds()].flatMap(([name, ids]) => {
    if (!HOOK_PATTERN.test(name)) return [];
    const isTracepoint = name.startsWith('btf_trace_');
    const kind = isTracepoint ? 'typedef' : 'func';
    if (!ids.some((id) => btf.kindOf(id) === kind)) return [];
    return [isTracepoint ? `tp_btf/${name.slice(10)}` : `iter/${name.slice(9)}`];
  });
}

export class ObjectGenerator {
  readonly #btf: Btf;
  readonly #sections: readonly string[];
  readonly #random: Random;

  constructor(btf: Btf, sections: readonly string[], seed: number) {
    this.#btf = btf;
    this.#sections = sections;
    this.#random = new Random(seed);
  }

  generate(): LinkedProgram {
    const section = this.#random.pick(this.#sections);
    const place = this.#random.below(ARGUMENTS);
    const code: Instruction[] = [asm.load(this.#chance(9) ? 8 : 4, 6, 1, 8 * place)];
    let struct = this.#argument(section, place);
    const steps = this.#random.below(STEPS_MAX);
    for (let step = 0; step < steps; step += 1) {
      if (this.#chance(section.startsWith('iter') ? 8 : 4)) code.push(...this.#nullCheck());
      if (!this.#chance(9)) code.push(asm.alu64('add', 6, this.#random.below(64) - 8));
      const member = struct === undefined ? undefined : this.#member(struct);
      const near = this.#chance(9) ? 0 : this.#random.below(16) - 8;
      const size = member?.isPointer === true && this.#chance(9) ? 8 : this.#random.pick(SIZES);
      code.push(
        asm.load(size, 6, 6, Math.min((member?.offset ?? this.#random.below(256)) + near, OFFSET_MAX)),
      );
      struct = member?.struct;
    }
    if (!this.#chance(15)) code.push(asm.storeImmediate(4, 6, 0, 0));
    return tracingProgram(section, [...code, asm.mov64(0, 0), asm.exit]);
  }

  #nullCheck(): Instruction[] {
    return [asm.jump64(this.#chance(9) ? 'jne' : 'jeq', 6, 0, 2), asm.mov64(0, 0), asm.exit];
  }

  /** The struct that the argument points to, where it does. */
  #argument(section: string, place: number): BtfComposite | undefined {
    const isTracepoint = section.startsWith('tp_btf/');
    const name = section.slice(section.indexOf('/') + 1);
    const id = this.#btf.idsByName(isTracepoint ? `btf_trace_${name}` : `bpf_iter_${name}`)[0] ?? 0;
    const type = this.#btf.resolve(id);
    const typeId = type.kind === 'ptr' || type.kind === 'func' ? type.typeId : 0;
    const prototype = this.#btf.resolve(typeId);
    if (prototype.kind !== 'func_proto') return undefined;
    const parameter = prototype.parameters[place + (isTracepoint ? 1 : 0)];
    return parameter === undefined ? undefined : this.#pointee(parameter.typeId);
  }

  #pointee(typeId: number): BtfComposite | undefined {
    const type = this.#btf.resolve(typeId);
    const pointee = type.kind === 'ptr' ? this.#btf.resolve(type.typeId) : undefined;
    return pointee !== undefined && isComposite(pointee) ? pointee : undefined;
  }

  /** A member, of a struct within as often as not; one that points on is preferred. */
  #member(struct: BtfComposite): { offset: number; isPointer: boolean; struct: BtfComposite | undefined } {
    let offset = 0;
    let current = struct;
    for (;;) {
      const isPointing = (typeId: number): boolean => this.#pointee(typeId) !== undefined;
      const pointing = current.members.filter(({ typeId }) => isPointing(typeId));
      const among = pointing.length > 0 && this.#chance(2) ? pointing : current.members;
      if (among.length === 0) return { offset, isPointer: false, struct: undefined };
      const member = this.#random.pick(among);
      offset += Math.floor(member.offsetBits / 8);
      const type = this.#btf.resolve(member.typeId);
      if (isComposite(type) && this.#chance(4)) current = type;
      else return { offset, isPointer: type.kind === 'ptr', struct: this.#pointee(member.typeId) };
    }
  }

  /** True in all but one of `among`. */
  #chance(among: number): boolean {
    return this.#random.below(among) !== 0;
  }
}
