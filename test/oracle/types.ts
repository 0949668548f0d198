/** BTF for programs of the assembler: of their functions, and of what their maps hold. */
import { BtfBuilder } from '../../electron/bpf/object/btf-builder.ts';
import { withSpecialFields } from '../../electron/bpf/object/special-fields.ts';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import type { LinkedProgram, MapDefinition } from '../../electron/bpf/program.ts';
import type { FunctionTypes } from './oracle.ts';

/** A parameter: its type, and the `arg:` tags on it. */
export interface ParameterShape {
  readonly type: number;
  readonly tags?: readonly string[];
}

export interface FunctionShape {
  readonly isGlobal?: boolean;
  readonly parameters?: readonly ParameterShape[];
  /** Type of what it returns, `long` where undefined. */
  readonly returns?: number;
}

/** Types that programs here are written with. */
export class Types {
  readonly builder = new BtfBuilder();
  readonly int = this.builder.addInteger('int', 4, true);
  readonly long = this.builder.addInteger('long', 8, true);
  readonly char = this.builder.addInteger('char', 1, true);
  readonly void = 0;

  pointer(to: number): number {
    return this.builder.addPointer(to);
  }

  /** A struct of these members, one after another without gaps. */
  struct(name: string, members: readonly (readonly [string, number, number])[]): number {
    let offsetBits = 0;
    const placed = members.map(([member, typeId, sizeBytes]) => {
      const at = offsetBits;
      offsetBits += 8 * sizeBytes;
      return { name: member, typeId, offsetBits: at };
    });
    return this.builder.addStruct({ name, sizeBytes: offsetBits / 8, members: placed });
  }

  spinLock(): number {
    return this.struct('bpf_spin_lock', [['val', this.int, 4]]);
  }

  timer(): number {
    return this.opaque('bpf_timer');
  }

  /** Sixteen bytes that only the kernel knows. */
  opaque(name: string): number {
    return this.struct(name, [
      ['a', this.long, 8],
      ['b', this.long, 8],
    ]);
  }
}

/** Says what the functions are, in order of start, and which types the maps' values have, in order of the maps. */
export type Typing = (types: Types) => {
  readonly functions?: readonly FunctionShape[];
  readonly values?: readonly (number | undefined)[];
};

export interface Typed {
  readonly program: LinkedProgram;
  readonly maps: readonly MapDefinition[];
  readonly btf: Btf;
  readonly types: FunctionTypes;
}

/** The program with types of its functions, which take nothing as far as those tell. */
export function withTypes(program: LinkedProgram): Typed {
  return typed(program, [], () => ({}));
}

/** A function with nothing said of it takes nothing and gives a `long`; the first is global, all others static. */
export function typed(program: LinkedProgram, maps: readonly MapDefinition[], typing: Typing): Typed {
  const types = new Types();
  const { builder } = types;
  const { functions = [], values = [] } = typing(types);
  const subprograms = program.subprograms.map((each, index) => {
    const { isGlobal = index === 0, parameters = [], returns = types.long } = functions[index] ?? {};
    const named = parameters.map(({ type }, place) => ({ name: `p${place}`, typeId: type }));
    const typeId = builder.addFunction(each.name, builder.addPrototype(returns, named), isGlobal);
    parameters.forEach(({ tags = [] }, place) => {
      for (const tag of tags) builder.addDeclarationTag(`arg:${tag}`, typeId, place);
    });
    return { ...each, typeId, isGlobal };
  });
  const typedMaps = maps.map((map, index) => {
    const valueTypeId = values[index];
    return valueTypeId === undefined ? map : { ...map, keyTypeId: types.int, valueTypeId };
  });
  const btf = builder.build();
  return {
    program: { ...program, subprograms },
    maps: typedMaps.map((map) => withSpecialFields(map, btf)),
    btf,
    types: {
      btf: btf.bytes,
      functions: subprograms.map(({ start, typeId }) => ({ instruction: start, typeId })),
    },
  };
}
