import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { ledgerLeftOut, readBundle, runnableSources } from '../../../electron/host/jobs/read-bundle.ts';
import { folder, open } from '../../trace/bundle/on-disk.ts';

const SHARED = '../shared/recordings';
const [TRACE, PROFILE, TEXT] = ['trappy-arm.trace.dat', 'sleep.data', 'perf-script.txt'];

/** Of clocks local, mono and perf. */
function threeRecordings(context: TestContext, caseFile?: string): string {
  const path = folder();
  for (const name of [TRACE, PROFILE, TEXT]) {
    if (!existsSync(join(SHARED, name))) context.skip('the shared recordings are not there');
    cpSync(join(SHARED, name), join(path, 'part', name), { recursive: true });
  }
  if (caseFile !== undefined) writeFileSync(join(path, 'case.yaml'), caseFile);
  return path;
}

test('runs what shares a clock, and counts what does not as without one', async (context) => {
  const bundle = await open(threeRecordings(context));
  const { sources, spans, leftOut } = await runnableSources(bundle, { spanNs: undefined }, {});
  expect(sources.map(({ name, clock }) => [name, clock])).toEqual([
    [`part/${TEXT}`, 'local'],
    [`part/${TRACE}`, 'local'],
  ]);
  expect(leftOut.map(({ source, events }) => [source.name, events])).toEqual([[`part/${PROFILE}`, 13]]);
  expect(leftOut.map(ledgerLeftOut)).toMatchObject([{ read: 0, withoutClock: 14 }]);
  const starts = sources.map((source) => (spans.get(source)?.[0] ?? 0n) / 1_000_000_000n);
  expect(starts).toEqual([198_789n, 7615n]);
});

test('puts sources where the case file and the user say, who has the last word', async (context) => {
  const caseFile = `clocks:\n  ${PROFILE}: +1s\n  ${TEXT}: -198000s\n`;
  const bundle = await open(threeRecordings(context, caseFile));
  const { alignment } = await readBundle(bundle, { [`part/${PROFILE}`]: '2s' }, {});
  expect(alignment.placements.map(({ source, offsetNs }) => [source.name, offsetNs])).toEqual([
    [`part/${TEXT}`, -198_000_000_000_000n],
    [`part/${PROFILE}`, 2_000_000_000n],
    [`part/${TRACE}`, 0n],
  ]);
  const { sources, leftOut } = await runnableSources(bundle, { spanNs: undefined }, {});
  expect([sources.length, leftOut.length]).toEqual([3, 0]);
});

test('what is known of threads before a program is attached does not hang on whether the span is known', async (context) => {
  if (!existsSync(join(SHARED, PROFILE))) context.skip('the shared recordings are not there');
  const tgidsKnown = async (spanNs: readonly [bigint, bigint] | undefined): Promise<number> => {
    const bundle = await open(join(SHARED, PROFILE));
    const { sources } = await runnableSources(bundle, { spanNs }, {});
    return sources[0]?.context.tgids.size ?? 0;
  };
  expect(await tgidsKnown(undefined)).toBeGreaterThan(0);
  expect(await tgidsKnown([0n, 1n])).toBe(await tgidsKnown(undefined));
});

test('refuses a clock for a source that is not there, and what is no clock, saying where it stands', async (context) => {
  const bundle = await open(threeRecordings(context, `clocks: { ${TRACE}: +1h }\n`));
  await expect(readBundle(bundle, undefined, {})).rejects.toMatchObject({
    code: 'bad-clock',
    place: { at: `the case file: ${TRACE}` },
  });
  const other = await open(threeRecordings(context));
  await expect(readBundle(other, { nothing: '+1s' }, {})).rejects.toMatchObject({
    code: 'unknown-source',
    reason: expect.stringContaining(`there is part/${TEXT}`),
  });
});
