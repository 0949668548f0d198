import { describe, expect, it } from 'vitest';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { renderType } from '../../../electron/bpf/object/render-type.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { bytesOf } from './sample.ts';

describe('rendering types as C', () => {
  it('prints a struct as its source declares it', () => {
    const { btf } = openObject(bytesOf('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o');
    const id = btf?.findStruct('hist')?.id ?? 0;
    expect(btf && renderType(btf, id)).toBe('struct hist {\n\t__u32 slots[26];\n\tchar comm[16];\n}');
  });

  it('prints pointers, qualifiers, arrays, functions, bitfields and anonymous members', () => {
    const builder = new BtfBuilder();
    const int = builder.addInteger('int', 4, true);
    const text = builder.addPointer(builder.addConst(builder.addInteger('char', 1, true)));
    const rows = builder.addPointer(builder.addArray(int, int, 4));
    const call = builder.addPointer(
      builder.addPrototype(int, [
        { name: 'name', typeId: text },
        { name: '', typeId: 0 },
      ]),
    );
    const inner = builder.addUnion({
      name: '',
      sizeBytes: 4,
      members: [{ name: 'x', typeId: int, offsetBits: 0 }],
    });
    const struct = builder.addStruct({
      name: 's',
      sizeBytes: 48,
      members: [
        { name: 'text', typeId: text, offsetBits: 0 },
        { name: 'fixed', typeId: builder.addConst(text), offsetBits: 64 },
        { name: 'rows', typeId: rows, offsetBits: 128 },
        { name: 'call', typeId: call, offsetBits: 192 },
        { name: '', typeId: inner, offsetBits: 256 },
        { name: 'bits', typeId: int, offsetBits: 288, bitSize: 3 },
        { name: 'grid', typeId: builder.addArray(builder.addArray(int, int, 3), int, 2), offsetBits: 320 },
      ],
    });
    expect(renderType(builder.build(), struct).split('\n')).toEqual([
      'struct s {',
      '\tconst char *text;',
      '\tconst char * const fixed;',
      '\tint (*rows)[4];',
      '\tint (*call)(const char *name, ...);',
      '\tunion {',
      '\t\tint x;',
      '\t};',
      '\tint bits:3;',
      '\tint grid[2][3];',
      '}',
    ]);
  });

  it('ends for types that contain themselves', () => {
    const builder = new BtfBuilder();
    builder.addPointer(1);
    expect(renderType(builder.build(), 1)).toContain('...');
  });
});
