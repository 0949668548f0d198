import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { parseLayouts } from '../../../electron/trace/log-probes/layout-file.ts';
import { parseProbeFile } from '../../../electron/trace/log-probes/probe-file.ts';
import { ourEvents } from '../peer.ts';
import { at } from '../formats/log/read-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'layouts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LAYOUT = `
logs:
  - file: app.out
    line: '<{level:word}> {tag:word}({pid:int}) at {time:text}: {message:text}'
    time: '%d.%m.%Y %H.%M.%S%f %z'
probes:
  - { name: boot, source: app.out, pattern: 'boot of {what:word} took {how_long:duration}' }
`;
const LOG = [
  'a banner',
  '<warn> init(12) at 05.03.2024 09.57.12,25 +0100: boot of disk took 1.5ms',
  '  and more',
  '<info> init(13) at 05.03.2024 09.57.13 +0100: ready',
  '',
].join('\n');

test('reads a text that no format knows as its bundle says that it is laid out, with probes on it', async () => {
  writeFileSync(join(folder, 'app.out'), LOG);
  writeFileSync(join(folder, 'other.txt'), LOG);
  writeFileSync(join(folder, 'logs.yaml'), LAYOUT);
  const bundle = await openBundle(folder);
  try {
    const [source] = bundle.sources;
    if (source === undefined) throw new Error('it was not read');
    expect(source).toMatchObject({ name: 'app.out', format: 'text-log', clock: 'realtime' });
    expect(await ourEvents(source)).toMatchObject([
      {
        timeNs: at('2024-03-05T08:57:12.250Z'),
        name: 'line',
        values: { pid: 12, level: 4, tag: 'init', message: 'boot of disk took 1.5ms\n  and more' },
      },
      { name: 'boot', values: { pid: 12, what: 'disk', how_long: 1_500_000n } },
      { timeNs: at('2024-03-05T08:57:13Z'), values: { pid: 13, level: 6, message: 'ready' } },
    ]);
    expect(source.ledger).toMatchObject({ read: 2, unparsed: 1 });
    expect(bundle.unread.map(({ name }) => name)).toEqual(['other.txt']);
  } finally {
    bundle.close();
  }
});

test.each([
  ['logs: 1', "'logs' is no list of at most 64"],
  ['logs:\n  - { file: a, line: x }', "entry 1 of logs: 'time': "],
  ["logs:\n  - { file: a, line: '{message}', time: '%T' }", 'it captures no {time:text}'],
  ["logs:\n  - { file: a, line: '{time} {x}', time: '%T' }", "'x' is no part of a line"],
  ["logs:\n  - { file: a, line: '{time} {pid}', time: '%T' }", "'pid' is an int"],
  ["logs:\n  - { file: a, line: '{time}', time: '%Q' }", 'entry 1 of logs, a: %Q is not known'],
])('refuses %j', (yaml, message) => {
  expect(parseProbeFile(Buffer.from(yaml), 'p.yaml')).toEqual([]);
  expect(() => parseLayouts(Buffer.from(yaml), 'p.yaml')).toThrow(message);
});
