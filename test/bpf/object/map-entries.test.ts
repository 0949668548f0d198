import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { Failure } from '../../../electron/failure.ts';
import { bytesOf } from './sample.ts';

function opened(name: string) {
  return linkObject(openObject(bytesOf(`test/programs/${name}.bpf.o`), name));
}

test('reads the programs and the maps that maps are declared with', () => {
  const { maps, initialEntries } = opened('entries');
  const named = initialEntries.map(({ map, index, target }) => {
    const to = target.kind === 'map' ? maps[target.map]?.name : `${target.name}()`;
    return `${maps[map]?.name}[${index}] = ${to}`;
  });
  expect(named).toEqual(['by_parity[0] = evens', 'by_parity[2] = odds', 'steps[1] = second()']);
  expect(maps.find(({ name }) => name === 'by_parity')?.inner).toMatchObject({
    type: 'array',
    maxEntries: 4,
  });
});

test('reads maps as they were declared before BTF', () => {
  const { maps, programs } = opened('legacy');
  expect(maps).toMatchObject([
    { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 64, flags: 1 },
    { name: 'total', type: 'array', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 1, flags: 0 },
  ]);
  const references = programs[0]?.instructions.filter(({ opcode, src }) => opcode === 0x18 && src === 1);
  expect(references?.map(({ imm }) => imm)).toEqual([0, 1]);
});

test('refuses an old definition that is cut or says more than is understood', () => {
  const bytes = bytesOf('test/programs/legacy.bpf.o');
  const view = new DataView(bytes.buffer);
  // Type, key and value sizes of `counts`, as they lie in section maps.
  const needle = Buffer.from(Uint32Array.of(1, 4, 8, 64, 1).buffer);
  const at = Buffer.from(bytes.buffer).indexOf(needle);
  view.setUint32(at, 99, true);
  expect(() => openObject(bytes, 'legacy.bpf.o')).toThrow(Failure);
  expect(() => openObject(bytes, 'legacy.bpf.o')).toThrow(/map counts: unknown map type 99/);
});
