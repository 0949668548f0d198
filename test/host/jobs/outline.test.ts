import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { BundleInfo } from '../../../electron/host/contract.ts';
import { performOpen } from '../../../electron/host/jobs/perform.ts';
import { outlineLine } from '../../../electron/report/outline.ts';
import { file, folder, RECORDING } from '../../trace/bundle/on-disk.ts';
import { writeRecording } from '../../bench/import/recordings.ts';

/** What a job tells, in order. */
async function told(
  path: string,
  summaryFolder: string,
): Promise<{ order: string[]; outlines: BundleInfo[]; info: BundleInfo }> {
  const order: string[] = [];
  const outlines: BundleInfo[] = [];
  const info = await performOpen(
    { kind: 'open', bundleId: 'b', path, cacheFolder: undefined, summaryFolder },
    {
      onProgress: (phase) => order.push(phase),
      onOutline: (outline) => {
        order.push('outline');
        outlines.push(outline);
      },
    },
  );
  return { order, outlines, info };
}

test('a large recording is outlined once, before it is hashed and counted, as it will be counted', async () => {
  const path = join(folder(), 'trace.dat');
  await writeRecording('trace.dat', path, 40e6);
  const { order, outlines, info } = await told(path, folder());
  expect(order[0]).toBe('outline');
  expect(order).toContain('read');
  expect(outlines).toHaveLength(1);
  const [outline] = outlines[0]?.sources ?? [];
  const [counted] = info.sources;
  expect(outline?.spanNs).toEqual(counted?.spanNs);
  expect(outline?.types.map(({ name }) => name).sort()).toEqual(
    counted?.types.map(({ name }) => name).sort(),
  );
  const line = outlineLine(outlines[0] ?? info);
  expect(line).toMatch(/^trace\.dat {2}38 MiB, trace\.dat v6, 4 CPUs, 0\.\d+ s, about \d{3},\d00 events$/);
});

test('a small recording is counted and not outlined', async () => {
  const { outlines, info } = await told(file('trace.dat', RECORDING), folder());
  expect(outlines).toEqual([]);
  expect(info.sources[0]?.ledger.read).toBe(1);
});

test('what a recording is refused for is said where it is opened, not where it is looked at', async () => {
  await expect(told(join(folder(), 'missing.dat'), folder())).rejects.toThrow('missing.dat');
});
