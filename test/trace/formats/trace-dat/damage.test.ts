import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Ledger } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { Failure } from '../../../../electron/failure.ts';
import { unzip } from '../../../e2e/unzip.ts';
import { makeTraceDat } from './make-trace-dat.ts';
import type { Page } from './make-trace-dat.ts';

const TRAPPY = '../shared/recordings/trappy-arm.trace.dat';

/** Opens and reads to the end: the ledger, the Failure that refused it, or undefined for another format. */
async function readAll(file: Uint8Array): Promise<Ledger | Failure | undefined> {
  try {
    const sources = openSources(new MemoryBytes(file, 'damaged.dat'));
    const [source] = sources ?? [];
    if (source === undefined) return undefined;
    for await (const batch of source.batches()) expect(batch.count).toBeGreaterThan(0);
    return source.ledger;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** A small pseudo-random sequence, the same in every run. */
function* numbers(seed: number): Generator<number, never, void> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

const PAGES: readonly Page[] = Array.from({ length: 6 }, (_, page) => ({
  time: BigInt(page) * 1_000_000n,
  entries: Array.from({ length: 50 }, (_, value) => ({ kind: 'tick' as const, delta: 10, value })),
}));

test('a file cut anywhere is refused, or read up to the cut with the rest counted', async () => {
  const { file, dataAt } = makeTraceDat({ isLittleEndian: true, longSizeBytes: 8 }, [PAGES, PAGES]);
  for (let size = 0; size < file.length; size += size < dataAt ? 13 : 509) {
    const outcome = await readAll(file.subarray(0, size));
    if (size < 10) expect(outcome).toBeUndefined();
    else if (outcome instanceof Failure) {
      expect(outcome.code).toBe('truncated');
      expect(outcome.place.at).toBe(`byte ${size}`);
      expect(size).toBeLessThan(dataAt);
    } else {
      const wholePages = Math.max(0, Math.floor((size - dataAt) / 4096));
      expect(outcome).toMatchObject({ read: wholePages * 50, unparsed: 12 - wholePages });
    }
  }
});

test('a version 6 recording cut within its data gives what is there', async (context) => {
  if (!existsSync(TRAPPY)) context.skip(`${TRAPPY} is not here`);
  const file = readFileSync(TRAPPY);
  const whole = await readAll(file);
  const cut = await readAll(file.subarray(0, 2_500_000));
  if (whole === undefined || cut === undefined || whole instanceof Failure || cut instanceof Failure) {
    throw new Error('it was refused');
  }
  expect(cut.read).toBeGreaterThan(0);
  expect(cut.read).toBeLessThan(whole.read);
  expect(cut.unparsed).toBe(6);
  expect(cut.places[0]?.reason).toContain('CPU 3 is cut short');
});

test('a version 7 recording cut anywhere is refused, naming where it ends', async () => {
  const file = await unzip('traces/runqueue-contention.zip', 'trace.dat');
  for (let size = 40; size < file.length; size += 9973) {
    const outcome = await readAll(file.subarray(0, size));
    expect(outcome).toMatchObject({ code: 'truncated', place: { file: 'damaged.dat', at: `byte ${size}` } });
  }
});

test('flipped bytes in the data never crash the reader: what is not read is counted', async () => {
  const { file, dataAt } = makeTraceDat({ isLittleEndian: true, longSizeBytes: 8 }, [PAGES, PAGES]);
  const random = numbers(1);
  for (let round = 0; round < 500; round++) {
    const damaged = Buffer.from(file);
    for (let flips = 0; flips < 8; flips++) {
      const at = dataAt + (random.next().value % (damaged.length - dataAt));
      damaged[at] = (damaged[at] ?? 0) ^ (random.next().value >>> 24);
    }
    const outcome = await readAll(damaged);
    if (outcome === undefined || outcome instanceof Failure) throw new Error('its header is whole');
    // A damaged length may join or split events, never make many of few.
    expect(outcome.read + outcome.unsupported).toBeLessThanOrEqual(12 * 500);
  }
});

test(
  'flipped bytes anywhere in the sample end in events or a Failure, nothing else',
  { timeout: 120_000 },
  async () => {
    const file = await unzip('traces/runqueue-contention.zip', 'trace.dat');
    const random = numbers(2);
    let refused = 0;
    for (let round = 0; round < 60; round++) {
      const damaged = Buffer.from(file);
      const at = random.next().value % damaged.length;
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (random.next().value % 8));
      const outcome = await readAll(damaged);
      if (outcome instanceof Failure) refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  },
);

test('flipped bytes in the header of a small recording end in events or a Failure', async () => {
  const { file, dataAt } = makeTraceDat({ isLittleEndian: true, longSizeBytes: 8 }, [PAGES]);
  const headerEnd = Math.min(dataAt, file.indexOf('flyrecord') + 26);
  for (let at = 10; at < headerEnd; at++) {
    for (const bit of [0, 6, 7]) {
      const damaged = Buffer.from(file);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      await readAll(damaged);
    }
  }
});
