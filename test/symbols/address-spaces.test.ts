import { expect, test } from 'vitest';
import { AddressSpaces } from '../../electron/symbols/address-spaces.ts';
import type { SourceMapping } from '../../electron/trace/event.ts';

const mapped = (pid: number, start: bigint, file: string, timeNs?: bigint): SourceMapping => ({
  pid,
  start,
  sizeBytes: 0x1000n,
  fileOffset: 0n,
  file,
  timeNs,
});

test('a fork begins with what its parent had mapped until then', () => {
  const spaces = new AddressSpaces({
    mappings: [mapped(1, 0x1000n, '/a'), mapped(1, 0x5000n, '/later', 30n)],
    spaceChanges: [{ pid: 2, copyOf: 1, timeNs: 20n }],
  });
  expect(spaces.find(2, 0x1fffn)?.file).toBe('/a');
  expect(spaces.find(2, 0x2000n)).toBeUndefined();
  expect(spaces.find(2, 0x5000n)).toBeUndefined();
  expect(spaces.find(1, 0x5000n)?.file).toBe('/later');
  expect(spaces.find(2, 0x1000n, 10n)).toBeUndefined();
});

test('exec ends what was mapped, and a time before it still finds that', () => {
  const spaces = new AddressSpaces({
    mappings: [mapped(1, 0x1000n, '/shell'), mapped(1, 0x1000n, '/program', 20n)],
    spaceChanges: [{ pid: 1, copyOf: undefined, timeNs: 20n }],
  });
  expect(spaces.find(1, 0x1000n)?.file).toBe('/program');
  expect(spaces.find(1, 0x1000n, 19n)?.file).toBe('/shell');
  expect(spaces.find(1, 0x1000n, 20n)?.file).toBe('/program');
});

test('without a time, what a process had before exec is found where nothing else was mapped there later', () => {
  const spaces = new AddressSpaces({
    mappings: [mapped(1, 0x9000n, '/shell')],
    spaceChanges: [{ pid: 1, copyOf: undefined, timeNs: 20n }],
  });
  expect(spaces.find(1, 0x9000n)?.file).toBe('/shell');
  expect(spaces.find(1, 0x9000n, 25n)).toBeUndefined();
});

test('what is mapped over another file hides it', () => {
  const spaces = new AddressSpaces({
    mappings: [mapped(1, 0x1000n, '/a', 1n), mapped(1, 0x1000n, '/b', 2n)],
  });
  expect(spaces.find(1, 0x1800n)?.file).toBe('/b');
  expect(spaces.find(1, 0x1800n, 1n)?.file).toBe('/a');
});

test('a process id that is used again has nothing of the process before', () => {
  const spaces = new AddressSpaces({
    mappings: [mapped(7, 0x1000n, '/old'), mapped(1, 0x2000n, '/parent')],
    spaceChanges: [{ pid: 7, copyOf: 1, timeNs: 50n }],
  });
  expect(spaces.find(7, 0x1000n, 60n)).toBeUndefined();
  expect(spaces.find(7, 0x2000n, 60n)?.file).toBe('/parent');
});
