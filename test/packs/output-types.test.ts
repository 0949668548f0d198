import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { OutputTypes } from '../../electron/packs/output-types.ts';

const { btf } = openObject(readFileSync('test/programs/timed.bpf.o'), 'timed.bpf.o');
/** struct event of timed.bpf.c. */
const EVENT_BYTES = 32;

test('a record is of the only struct that has just as many bytes', () => {
  const types = new OutputTypes(btf);
  expect(types.guessed('happened', EVENT_BYTES)).toBe('event');
  expect(types.typeId('happened', EVENT_BYTES)).toBe(btf?.findStruct('event')?.id);
  expect([types.guessed('happened', EVENT_BYTES + 1), types.typeId('happened', 0)]).toEqual([undefined, 0]);
});

test('where it is said which struct a stream’s records are of, nothing is guessed', () => {
  const types = new OutputTypes(btf, { happened: 'event', other: 'none' });
  expect(types.typeId('happened', EVENT_BYTES)).toBe(btf?.findStruct('event')?.id);
  expect(types.guessed('happened', EVENT_BYTES)).toBeUndefined();
  expect(types.typeId('other', EVENT_BYTES)).toBe(0);
});

test('of several structs of the size the one is meant that a variable is of', () => {
  const several = openObject(readFileSync('test/programs/objects.bpf.o'), 'objects.bpf.o').btf;
  const sizes = new Map<number, string[]>();
  for (let id = 1; several !== undefined && id < several.typeCount; id += 1) {
    const type = several.typeById(id);
    if (type.kind === 'struct' && type.name !== '')
      sizes.set(type.sizeBytes, [...(sizes.get(type.sizeBytes) ?? []), type.name]);
  }
  const types = new OutputTypes(several);
  for (const [sizeBytes, names] of sizes) {
    const guessed = types.guessed('any', sizeBytes);
    if (names.length === 1) expect(guessed).toBe(names[0]);
    else expect([undefined, ...names]).toContain(guessed);
  }
});

test('an object without types has bytes', () => {
  expect(new OutputTypes(undefined).typeId('any', EVENT_BYTES)).toBe(0);
});
