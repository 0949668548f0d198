import { describe, expect, it } from 'vitest';
import { Btf } from '../../../electron/bpf/object/btf.ts';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import type { BtfType } from '../../../electron/bpf/object/btf-type.ts';
import { Failure } from '../../../electron/failure.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { bytesOf, COMMITTED_OBJECTS, isInstalled, kernelTypes, pathOf, textOf } from './sample.ts';

/** bpftool's raw JSON, the parts that are compared. */
interface TheirType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly ret_type_id?: number;
  readonly nr_elems?: number;
  readonly members?: readonly {
    readonly name: string;
    readonly type_id: number;
    readonly bits_offset: number;
    readonly bitfield_size?: number;
  }[];
  readonly values?: readonly { readonly name: string; readonly val: number }[];
  readonly params?: readonly { readonly name: string; readonly type_id: number }[];
}

function dump(parameters: readonly string[]): readonly TheirType[] {
  const parsed = JSON.parse(textOf('bpftool', ['-j', 'btf', 'dump', ...parameters, 'format', 'raw'])) as {
    readonly types: readonly TheirType[];
  };
  return parsed.types;
}

/**
 * bpftool 7.1 prints unsigned 32-bit enumerators from 2^31 on extended to 64 bits, and JSON.parse rounds
 * what is beyond 2^53: of such values only that they are large is compared.
 */
const comparable = (value: number, isExtended: boolean): number | string =>
  Number.isSafeInteger(value) && !(isExtended && value >= 2 ** 31) ? value : 'large';

const anonymous = (name: string): string => (name === '(anon)' ? '' : name);

/** The facts of a type that both sides have. */
function factsOfTheirs(type: TheirType): unknown {
  return {
    kind: type.kind.toLowerCase(),
    name: anonymous(type.name),
    size: type.size,
    refersTo: type.ret_type_id ?? type.type_id,
    count: type.nr_elems,
    members: type.members?.map((each) => [
      anonymous(each.name),
      each.type_id,
      each.bits_offset,
      each.bitfield_size ?? 0,
    ]),
    values: type.values?.map((each) => [each.name, comparable(each.val, false)]),
    parameters: type.params?.map((each) => [anonymous(each.name), each.type_id]),
  };
}

function factsOfOurs(type: BtfType): unknown {
  const hasSize = 'sizeBytes' in type;
  return {
    kind: type.kind,
    name: type.name,
    size: hasSize ? type.sizeBytes : undefined,
    refersTo:
      type.kind === 'array'
        ? type.elementTypeId
        : type.kind === 'func_proto'
          ? type.returnTypeId
          : 'typeId' in type
            ? type.typeId
            : undefined,
    count: type.kind === 'array' ? type.count : undefined,
    members:
      'members' in type
        ? type.members.map((each) => [each.name, each.typeId, each.offsetBits, each.bitSize])
        : undefined,
    values:
      'values' in type
        ? type.values.map((each) => [each.name, comparable(Number(each.value), type.kind === 'enum')])
        : undefined,
    parameters: 'parameters' in type ? type.parameters.map((each) => [each.name, each.typeId]) : undefined,
  };
}

function refusal(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('BTF', () => {
  it.for(COMMITTED_OBJECTS)('says of %s what bpftool says', (object, ctx) => {
    if (!isInstalled('bpftool')) return ctx.skip('needs bpftool');
    const { btf } = openObject(bytesOf(object), object);
    const theirs = dump(['file', pathOf(object)]).filter(({ kind }) => kind !== 'DATASEC');
    expect(theirs.length).toBeGreaterThan(10);
    for (const type of theirs) expect(btf && factsOfOurs(btf.typeById(type.id))).toEqual(factsOfTheirs(type));
  });

  it('says of every type of the kernel what bpftool says', (ctx) => {
    const btf = kernelTypes();
    if (btf === undefined || !isInstalled('bpftool')) return ctx.skip('needs bpftool and a kernel with BTF');
    const theirs = dump(['file', '/sys/kernel/btf/vmlinux']);
    expect(btf.typeCount).toBe(theirs.length + 1);
    const differing = theirs
      .filter(({ kind }) => kind !== 'DATASEC')
      .filter(
        (type) => JSON.stringify(factsOfOurs(btf.typeById(type.id))) !== JSON.stringify(factsOfTheirs(type)),
      );
    expect(differing.slice(0, 3)).toEqual([]);
  });

  it('resolves through typedefs and qualifiers and gives sizes', () => {
    const builder = new BtfBuilder();
    const int = builder.addInteger('int', 4, true);
    const pid = builder.addTypedef('pid_t', builder.addConst(builder.addVolatile(int)));
    const array = builder.addArray(builder.addArray(pid, int, 3), int, 5);
    const pointer = builder.addPointer(0);
    const btf = builder.build();
    expect(btf.resolve(pid)).toMatchObject({ kind: 'int', name: 'int', isSigned: true });
    expect(btf.sizeOf(array)).toBe(60);
    expect(btf.sizeOf(pointer)).toBe(8);
    expect(btf.sizeOf(0)).toBeUndefined();
  });

  it('builds structs, bitfields, enums and functions that parse to the same', () => {
    const builder = new BtfBuilder();
    const int = builder.addInteger('unsigned int', 4, false);
    const struct = builder.addStruct({
      name: 'flags',
      sizeBytes: 8,
      members: [
        { name: 'low', typeId: int, offsetBits: 0, bitSize: 3 },
        { name: 'high', typeId: int, offsetBits: 3, bitSize: 29 },
        { name: 'rest', typeId: int, offsetBits: 32 },
      ],
    });
    const values = [
      { name: 'SMALL', value: -1 },
      { name: 'LARGE', value: 7 },
    ];
    const small = builder.addEnum({ name: 'small', sizeBytes: 4, isSigned: true, values });
    const large = builder.addEnum({
      name: 'large',
      sizeBytes: 8,
      isSigned: false,
      values: [{ name: 'HUGE', value: 2n ** 63n }],
    });
    const prototype = builder.addPrototype(int, [{ name: 'flags', typeId: builder.addPointer(struct) }]);
    const fn = builder.addFunction('read_flags', prototype);
    const btf = Btf.parse(builder.build().bytes, 'again');
    expect(btf.typeById(struct)).toMatchObject({
      members: [
        { name: 'low', bitSize: 3 },
        { name: 'high', offsetBits: 3, bitSize: 29 },
        { name: 'rest', offsetBits: 32, bitSize: 0 },
      ],
    });
    expect(btf.typeById(small)).toMatchObject({ kind: 'enum', values: [{ value: -1n }, { value: 7n }] });
    expect(btf.typeById(large)).toMatchObject({
      kind: 'enum64',
      values: [{ name: 'HUGE', value: 2n ** 63n }],
    });
    expect(btf.typeById(fn)).toMatchObject({ kind: 'func', name: 'read_flags', linkage: 'global' });
    expect(btf.findStruct('flags')?.id).toBe(struct);
    expect(btf.findStruct('small')).toBeUndefined();
  });

  it('refuses typedefs that run in a circle, and arrays of themselves', () => {
    const circle = new BtfBuilder();
    circle.addTypedef('a', 2);
    circle.addTypedef('b', 1);
    expect(refusal(() => circle.build().resolve(1)).code).toBe('bad-btf');
    const nested = new BtfBuilder();
    nested.addArray(1, 1, 2);
    expect(refusal(() => nested.build().sizeOf(1)).code).toBe('bad-btf');
  });

  it('refuses a type that does not exist, naming it', () => {
    const btf = new BtfBuilder().build('a.o');
    expect(refusal(() => btf.typeById(9)).message).toBe('a.o: BTF types: there is no type 9');
  });

  it('refuses every truncation of an object’s types', () => {
    const { btf } = openObject(bytesOf('test/programs/counter.bpf.o'), 'counter.bpf.o');
    const bytes = btf?.bytes ?? new Uint8Array(0);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(refusal(() => Btf.parse(bytes.subarray(0, length), 'cut')).layer).toBe('object');
    }
  });
});
