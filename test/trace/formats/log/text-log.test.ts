import { expect, test } from 'vitest';
import { compileTimeFormat } from '../../../../electron/trace/formats/log/time-format.ts';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { at, COLLECTED, readLog } from './read-log.ts';

test.each([
  ['2024-03-05T09:57:12.678Z INFO starting', '2024-03-05T09:57:12.678Z', 'realtime', 6],
  ['2024-03-05 09:57:12,678 +0100 WARNING: starting', '2024-03-05T08:57:12.678Z', 'realtime', 4],
  ['2024-03-05 09:57:12,678 - ERROR - starting', '2024-03-05T07:57:12.678Z', 'realtime', 3],
  ['[2024-03-05 09:57:12] [error] starting', '2024-03-05T07:57:12Z', 'realtime', 3],
  ['2024/03/05 09:57:12 starting', '2024-03-05T07:57:12Z', 'realtime', -1],
  ['Tue Mar  5 09:57:12 2024 starting', '2024-03-05T07:57:12Z', 'realtime', -1],
  ['03-05 09:57:12.5 D: starting', '2024-03-05T07:57:12.500Z', 'realtime', 7],
  ['1709632632.678 debug starting', '2024-03-05T09:57:12.678Z', 'realtime', 7],
])('reads %s', async (line, date, clock, level) => {
  const { source, events, ledger } = await readLog(`${line}\n${line}\n`, COLLECTED);
  expect(source).toMatchObject({ format: 'text-log', clock });
  expect(events.length).toBe(2);
  expect(events[0]).toMatchObject({ timeNs: at(date), values: { level } });
  expect(String(events[0]?.values['message'])).toMatch(/^(?:- )?starting$/);
  expect(ledger).toMatchObject({ read: 2, unparsed: 0 });
});

test("reads a web server's log, and joins a stack trace to the line above it", async () => {
  const web = '10.0.0.1 - bob [05/Mar/2024:09:57:12 +0000] "GET / HTTP/1.0" 200 23\n';
  const served = await readLog(web);
  expect(served.events).toMatchObject([
    { timeNs: at('2024-03-05T09:57:12Z'), values: { tag: '10.0.0.1', message: '"GET / HTTP/1.0" 200 23' } },
  ]);
  const { events, ledger } = await readLog(
    '2024-03-05 09:57:12 ERROR x\n  at a\n  at b\n2024-03-05 09:57:13 y\n',
  );
  expect(events.map(({ values }) => values['message'])).toEqual(['x\n  at a\n  at b', 'y']);
  expect(ledger).toMatchObject({ read: 2, unparsed: 0 });
});

test('says that a zone is not known, and goes on from a time of no calendar as from no time', async () => {
  const { source, events } = await readLog(
    '2024-03-05 09:57:12 a\n2024-13-05 09:57:12 b\n2024-03-05 09:57:13 c\n',
  );
  expect(source).toMatchObject({ clock: 'wall', formatDetail: 'times as %F %T%f, zone not known' });
  expect(events.map(({ values }) => values['message'])).toEqual(['a\n2024-13-05 09:57:12 b', 'c']);
});

test.each(['hello\nworld\n', '12 34 56\n78 90 12\n', '2024\n2025\n', 'a,b\n2024-03-05 09:57:12,3\n', ''])(
  'does not take %j for a log',
  (text) => {
    expect(openSources(new MemoryBytes(Buffer.from(text), 'x.txt'))).toBeUndefined();
  },
);

test.each([
  ['%Y-%m-%d', 'it tells no hour and minute, and no %s'],
  ['%H:%M %Q', '%Q is not known'],
  ['%H:%M %H', '%H is there twice'],
  [`%H:%M${'x'.repeat(100)}`, 'it is too long'],
])('refuses the format %s', (format, reason) => {
  expect(() => compileTimeFormat(format)).toThrow(reason);
});
