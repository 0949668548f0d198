/** Recordings and bundles: trace.dat, archives, the case file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { parseCaseFile } from '../../../electron/trace/bundle/case-file.ts';
import { openSources } from '../../../electron/trace/formats/registry.ts';
import { pathOf } from '../../bpf/object/sample.ts';
import { makeZip } from '../../trace/bundle/make-zip.ts';
import { makeTraceDat } from '../../trace/formats/trace-dat/make-trace-dat.ts';
import type { Target } from '../target.ts';

const TICKS = Array.from({ length: 40 }, (_, value) => ({ kind: 'tick' as const, delta: 10, value }));
const PAGES = [0n, 1_000_000n].map((time) => ({ time, entries: TICKS }));

function smallTraces(): Uint8Array[] {
  return [true, false].flatMap((isLittleEndian) =>
    ([4, 8] as const).map(
      (longSizeBytes) => makeTraceDat({ isLittleEndian, longSizeBytes }, [PAGES, PAGES]).file,
    ),
  );
}

const traceDat: Target = {
  name: 'trace-dat',
  layers: new Set(['trace']),
  samples: smallTraces,
  async run(bytes) {
    for (const source of openSources(new MemoryBytes(bytes, 'damaged.dat')) ?? []) {
      let events = 0;
      for await (const batch of source.batches()) events += batch.count;
      if (events !== source.ledger.read)
        throw new Error(`${events} events, and ${source.ledger.read} in the ledger`);
    }
  },
};

const bundle: Target = {
  name: 'bundle',
  layers: new Set(['trace', 'bundle']),
  samples: () => [
    makeZip([
      { name: 'trace.dat', bytes: smallTraces()[0] ?? new Uint8Array(0) },
      { name: 'case.yaml', bytes: readFileSync(pathOf('traces/runqueue-contention/case.yaml')) },
      { name: 'notes/a.txt', bytes: Buffer.from('notes'), isStored: true },
    ]),
  ],
  async run(bytes) {
    const folder = mkdtempSync(join(tmpdir(), 'fuzz-bundle-'));
    try {
      const path = join(folder, 'damaged.zip');
      writeFileSync(path, bytes);
      (await openBundle(path, { cacheFolder: folder })).close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const caseFile: Target = {
  name: 'case-file',
  layers: new Set(['bundle']),
  samples: () => [readFileSync(pathOf('traces/runqueue-contention/case.yaml'))],
  run: (bytes) => void parseCaseFile(bytes, 'case.yaml'),
};

export const recordingTargets: readonly Target[] = [traceDat, bundle, caseFile];
