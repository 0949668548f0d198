/** A tool whose live run no test may cause: drsnoop, over events of direct reclaim. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { runPack } from '../../electron/packs/run.ts';
import { readToolOptions } from '../../electron/packs/tool-options.ts';
import { readTool } from '../../electron/packs/tool-table.ts';
import { eventType, fakeSource, integerField, record } from '../replay/fake-source.ts';

const begin = eventType(0, 'vmscan', 'mm_vmscan_direct_reclaim_begin', [
  integerField('order', 8, 4),
  integerField('gfp_flags', 16, 8, false),
]);
const end = eventType(1, 'vmscan', 'mm_vmscan_direct_reclaim_end', [
  integerField('nr_reclaimed', 8, 8, false),
]);
const renamed = eventType(2, 'task', 'task_rename', [integerField('pid', 8, 4)]);

test('drsnoop prints a line for each reclaim, with its time and pages', async (ctx) => {
  const path = '/usr/sbin/drsnoop';
  if (!existsSync(path)) ctx.skip(`${path} is not installed`);
  const source = fakeSource(
    [begin, end, renamed],
    [
      { timeNs: 1_000_000_000n, tid: 7, type: 0, bytes: record(begin, { order: 0, gfp_flags: 3 }) },
      { timeNs: 1_002_500_000n, tid: 7, type: 1, bytes: record(end, { nr_reclaimed: 32 }) },
      { timeNs: 1_003_000_000n, tid: 8, type: 1, bytes: record(end, { nr_reclaimed: 5 }) },
    ],
    {
      tgids: new Map([
        [7, 7],
        [8, 8],
      ]),
    },
  );
  const table = readTool(join(import.meta.dirname, '../../programs/tools/drsnoop.json'));
  const { tool } = await runPack({
    objectBytes: readFileSync(path),
    objectName: 'drsnoop',
    manifest: undefined,
    tool: { table, options: readToolOptions(table, []) },
    sources: [source],
    spans: new Map(),
  });
  expect(tool?.lines).toEqual([
    'TIME     COMM             TID     LAT(ms) PAGES',
    `1.002500 ${''.padEnd(16)} 7         2.500    32`,
  ]);
});
