import { expect, it } from 'vitest';

import { toInfoJson, toRunJson } from '../../electron/report/json.ts';
import { bundleFixture, runFixture } from './fixture.ts';

it('writes times as numbers while a double holds them, and as decimal strings beyond', () => {
  const [output] = runFixture(1).outputs;
  if (output === undefined) throw new Error('the fixture has no output');
  const run = runFixture(1, { outputs: [output, { ...output, timeNs: 9_007_199_254_740_993n }] });
  const json = JSON.parse(JSON.stringify(toRunJson(run, 'a.zip', 'b.o')));
  expect(json.outputs.map((each: { timeNs: unknown }) => each.timeNs)).toEqual([
    5_000_000_000,
    '9007199254740993',
  ]);
  expect(json).toMatchObject({ bundle: 'a.zip', object: 'b.o' });
  expect(json.maps[0].rows[0].key).toEqual({ pid: 100 });
});

it('gives a source without events no span', () => {
  const run = runFixture(0, { spanNs: undefined });
  expect(toInfoJson(bundleFixture(run)).sources[0]?.span).toBeNull();
});
