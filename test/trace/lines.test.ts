import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryBytes } from '../../electron/trace/bundle/byte-source.ts';
import type { ByteSource } from '../../electron/trace/event.ts';
import { LINE_BYTES_MAX, linesOf } from '../../electron/trace/lines.ts';

interface Seen {
  readonly text: string;
  readonly number: number;
  readonly fileOffset: number;
  readonly isCut: boolean;
}

function read(text: string | Uint8Array): Seen[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const file: ByteSource = new MemoryBytes(bytes, 'a.txt');
  const seen: Seen[] = [];
  for (const { bytes: held, start, end, number, fileOffset, isCut } of linesOf(file))
    seen.push({ text: Buffer.from(held.subarray(start, end)).toString(), number, fileOffset, isCut });
  return seen;
}

it('gives lines with their number and place, and takes either line end', () => {
  expect(read('a\nbc\r\n\nd')).toEqual([
    { text: 'a', number: 1, fileOffset: 0, isCut: false },
    { text: 'bc', number: 2, fileOffset: 2, isCut: false },
    { text: '', number: 3, fileOffset: 6, isCut: false },
    { text: 'd', number: 4, fileOffset: 7, isCut: false },
  ]);
  expect(read('')).toEqual([]);
});

it('gives the lines that a whole reading gives, across the pieces of a large file', () => {
  const lengths = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(lengths, (all) => {
      const lines = all.map((length, index) => String.fromCharCode(97 + (index % 26)).repeat(length));
      expect(read(lines.join('\n')).map(({ text }) => text)).toEqual(
        lines.at(-1) === '' ? lines.slice(0, -1) : lines,
      );
    }),
    { numRuns: 20 },
  );
});

it('hands a line on in stretches where it has no end in sight', () => {
  const text = `${'x'.repeat(2 * LINE_BYTES_MAX + 10)}\nnext`;
  const seen = read(text);
  expect(seen.map(({ text: each, number, isCut }) => [each.length, number, isCut])).toEqual([
    [LINE_BYTES_MAX, 1, true],
    [LINE_BYTES_MAX, 1, true],
    [10, 1, false],
    [4, 2, false],
  ]);
});
