import { expect, test } from 'vitest';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import { at, COLLECTED, NOTHING_LOST, readLog } from './read-log.ts';

const ENTRY = {
  tid: 1235,
  values: { pid: 1234, tid: 1235, level: 3, tag: 'Camera', message: 'open: took 12ms' },
};
const ALONE = { tid: -1, values: { ...ENTRY.values, tid: -1 } };
const THREADTIME = '1234  1235 E Camera  : open: took 12ms';

test.each([
  ['threadtime', '12-30 03:04:05.678  ' + THREADTIME, '2024-12-30T01:04:05.678Z', 'realtime', ENTRY],
  [
    'threadtime with uid',
    '12-30 03:04:05.678 u0_a12  ' + THREADTIME,
    '2024-12-30T01:04:05.678Z',
    'realtime',
    ENTRY,
  ],
  [
    'year and zone',
    '2023-05-06 03:04:05.678 +0530  ' + THREADTIME,
    '2023-05-05T21:34:05.678Z',
    'realtime',
    ENTRY,
  ],
  ['UTC', '12-30 03:04:05.678 +0000  ' + THREADTIME, '2024-12-30T03:04:05.678Z', 'realtime', ENTRY],
  ['epoch', '         1735527845.678  ' + THREADTIME, '2024-12-30T03:04:05.678Z', 'realtime', ENTRY],
  ['monotonic', '       86.250  ' + THREADTIME, '1970-01-01T00:01:26.250Z', 'mono', ENTRY],
  [
    'time',
    '12-30 03:04:05.678 E/Camera  ( 1234): open: took 12ms',
    '2024-12-30T01:04:05.678Z',
    'realtime',
    ALONE,
  ],
  [
    'long',
    '[ 12-30 03:04:05.678  1234: 1235 E/Camera ]\nopen: took 12ms\n',
    '2024-12-30T01:04:05.678Z',
    'realtime',
    ENTRY,
  ],
])('reads logcat in the form %s', async (_, line, date, clock, entry) => {
  const log = await readLog(`--------- beginning of main\n${line}\n`, COLLECTED);
  expect(log.source).toMatchObject({ format: 'logcat', clock });
  expect(log.events).toEqual([{ cpu: 0, timeNs: at(date), name: 'line', ...entry }]);
  expect(log.ledger).toMatchObject({ ...NOTHING_LOST, read: 1 });
});

test('reads logcat of microseconds, and tags of blanks and colons', async () => {
  const log = await readLog(
    '01-02 03:04:05.678901  1  2 V a b: c: d : e\n01-02 03:04:06.000  1  2 W empty   :\n',
    COLLECTED,
  );
  expect(log.events).toMatchObject([
    {
      timeNs: at('2024-01-02T01:04:05.678Z') + 901_000n,
      values: { level: 8, tag: 'a b', message: 'c: d : e' },
    },
    { values: { level: 4, tag: 'empty', message: '' } },
  ]);
});

test('yields lines of logcat without a time at the time before, and counts them', async () => {
  const log = await readLog('E/Camera( 1234): one\nD/Tag(    1): two\n');
  expect(log.source).toMatchObject({ clock: 'unknown', formatDetail: 'brief' });
  expect(log.events.length).toBe(2);
  expect(log.ledger).toMatchObject({ read: 2, withoutClock: 2 });
});

test('joins the lines of a long message, and counts what chatty left out', async () => {
  const text = '[ 01-02 03:04:05.678  1: 2 I/A ]\none\ntwo\n\n[ 01-02 03:04:06.678  1: 2 I/B ]\nthree\n';
  const long = await readLog(text, COLLECTED);
  expect(long.events.map(({ values }) => values['message'])).toEqual(['one\ntwo', 'three']);
  const line = '01-02 03:04:05.678  1  2 I chatty  : uid=1000(system) Binder identical 5 lines\n';
  expect((await readLog(line, COLLECTED)).ledger.dropped).toBe(5);
});

test('takes the year before for a day that lies after the collection, and a new year as it passes', async () => {
  const text = '12-31 23:59:59.000  1  2 I A: a\n01-01 00:00:01.000  1  2 I A: b\n';
  const january = { ...NO_SURROUNDINGS, madeAtMs: Date.UTC(2025, 0, 3), utcOffsetMinutes: 0 };
  const dated = await readLog(text, january);
  expect(dated.events.map(({ timeNs }) => timeNs)).toEqual([
    at('2024-12-31T23:59:59Z'),
    at('2025-01-01T00:00:01Z'),
  ]);
  const undated = await readLog(text);
  expect(undated.source.clock).toBe('unknown');
  expect(undated.source.formatDetail).toBe('threadtime, year not known, zone not known');
  expect(undated.events.map(({ timeNs }) => timeNs)).toEqual([
    at('1970-12-31T23:59:59Z'),
    at('1971-01-01T00:00:01Z'),
  ]);
});

test.each([
  [
    'RFC 3164',
    '<34>Oct 11 22:14:15 mymachine su[230]: failed',
    '2024-10-11T20:14:15Z',
    2,
    230,
    'su',
    'failed',
  ],
  [
    'a file of RFC 3164',
    'Oct  1 22:14:15 host CRON[7]: (root) CMD (x)',
    '2024-10-01T20:14:15Z',
    -1,
    7,
    'CRON',
    '(root) CMD (x)',
  ],
  [
    'rsyslog',
    '2024-03-05T09:57:12.000001+01:00 host kernel: [1.0] x',
    '2024-03-05T08:57:12.000Z',
    -1,
    -1,
    'kernel',
    '[1.0] x',
  ],
  [
    'RFC 5424',
    '<165>1 2003-10-11T22:14:15.003Z host evntslog 11 ID47 [e@1 a="\\"]x"][f@2] \u00ef\u00bb\u00bfAn event',
    '2003-10-11T22:14:15.003Z',
    5,
    11,
    'evntslog',
    'An event',
  ],
  [
    'RFC 5424 without data',
    "<34>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.",
    '2003-08-24T12:14:15.000Z',
    2,
    8710,
    'myproc',
    "%% It's time.",
  ],
  [
    'RFC 5424 of data only',
    '<165>1 2003-10-11T22:14:15.003Z host app - ID47 [e@1 a="b"]',
    '2003-10-11T22:14:15.003Z',
    5,
    -1,
    'app',
    '[e@1 a="b"]',
  ],
])('reads syslog: %s', async (_, line, date, level, pid, tag, message) => {
  const log = await readLog(Buffer.from(`${line}\n`, 'latin1'), COLLECTED);
  expect(log.source).toMatchObject({ format: 'syslog', clock: 'realtime' });
  const [event] = log.events;
  expect((event?.timeNs ?? 0n) / 1_000_000n).toBe(at(date) / 1_000_000n);
  expect(event?.values).toEqual({ pid, tid: -1, level, tag, message });
});

test('counts lines that syslog says it did not repeat, lines without a time and lines that are none', async () => {
  const text = [
    'Oct 11 22:14:15 host app: a',
    'Oct 11 22:14:16 host last message repeated 3 times',
    'Oct 41 22:14:16 host app: no such day',
    '<34>1 - host app - - - b',
    'neither',
    '',
  ];
  const log = await readLog(text.join('\n'), COLLECTED);
  expect(log.events.length).toBe(3);
  expect(log.ledger).toMatchObject({ read: 3, dropped: 3, unparsed: 2, withoutClock: 1 });
  expect(log.ledger.places.map((place) => place.at)).toEqual([3, 5]);
});

test('takes no time of a line that blanks fill', { timeout: 2_000 }, async () => {
  const head = '01-02 03:04:05.678  1  2 I A: a\n'.repeat(9);
  const log = await readLog(`${head}01-02 03:04:05.678  1  2 I ${' '.repeat(250_000)}\n`, COLLECTED);
  expect(log.ledger).toMatchObject({ read: 9, unparsed: 1 });
});
