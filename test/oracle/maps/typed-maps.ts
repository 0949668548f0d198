/** Maps whose values hold what the kernel keeps for itself, with the BTF that says so. */
import { withSpecialFields } from '../../../electron/bpf/object/special-fields.ts';
import type { MapDefinition } from '../../../electron/bpf/program.ts';
import { mapDefinition } from '../../bpf/vm/machine-fixture.ts';
import { Types } from '../types.ts';

export interface TypedMap {
  readonly name: string;
  readonly definition: MapDefinition;
  readonly btf: Uint8Array;
}

type Given = Partial<MapDefinition> & Pick<MapDefinition, 'type'>;

function typedMap(what: string, given: Given, valueOf: (types: Types) => number): TypedMap {
  const types = new Types();
  const valueTypeId = valueOf(types);
  const btf = types.builder.build();
  const bare = mapDefinition({ ...given, valueSizeBytes: 24, keyTypeId: types.int, valueTypeId });
  const definition = withSpecialFields(bare, btf);
  if (definition.specialFields === undefined) throw new Error(`the value holds no ${what}`);
  const flags = definition.flags === 0 ? '' : ` with flags ${definition.flags}`;
  return { name: `${given.type}${flags} of values with ${what}`, definition, btf: btf.bytes };
}

/** struct { int count; struct bpf_spin_lock lock; long a, b; } */
export function locked(given: Given): TypedMap {
  return typedMap('a lock', given, (types) =>
    types.struct('locked', [
      ['count', types.int, 4],
      ['lock', types.spinLock(), 4],
      ['a', types.long, 8],
      ['b', types.long, 8],
    ]),
  );
}

/** struct { long count; struct bpf_timer timer; } */
export function timed(given: Given): TypedMap {
  return typedMap('a timer', given, (types) =>
    types.struct('timed', [
      ['count', types.long, 8],
      ['timer', types.timer(), 16],
    ]),
  );
}

/** struct { long count; struct task_struct __kptr *task; long last; } */
export function pointing(given: Given): TypedMap {
  return typedMap('a kernel pointer', given, (types) => {
    const task = types.builder.addStruct({ name: 'task_struct', sizeBytes: 0, members: [] });
    return types.struct('pointing', [
      ['count', types.long, 8],
      ['task', types.pointer(types.builder.addTypeTag('kptr', task)), 8],
      ['last', types.long, 8],
    ]);
  });
}

/** Of any type: two numbers and a third. */
export function plain(given: Given): Omit<TypedMap, 'name'> {
  const types = new Types();
  const valueTypeId = types.struct('plain', [
    ['a', types.long, 8],
    ['b', types.long, 8],
  ]);
  const definition = mapDefinition({ ...given, valueSizeBytes: 16, keyTypeId: types.int, valueTypeId });
  return { definition, btf: types.builder.build().bytes };
}
