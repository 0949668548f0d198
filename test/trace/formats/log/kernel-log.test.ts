import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { at, COLLECTED, output, readLog } from './read-log.ts';
import type { ReadLog } from './read-log.ts';

const NS_PER_SECOND = 1_000_000_000n;

/** This machine's kernel log in two of dmesg's forms: the last takes nothing that came after the first. */
async function machineLog(
  context: TestContext,
  args: readonly string[],
): Promise<{ raw: ReadLog; other: ReadLog }> {
  const raw = output(context, 'dmesg', ['-r']);
  const other = output(context, 'dmesg', args);
  if (output(context, 'dmesg', ['-r']) !== raw) context.skip('the kernel log grew meanwhile');
  return {
    raw: await readLog(Buffer.from(raw, 'latin1')),
    other: await readLog(Buffer.from(other, 'latin1')),
  };
}

const messages = (log: ReadLog): unknown[] => log.events.map(({ values }) => values['message']);

/** Records of /dev/kmsg; dmesg -r misprints the priority of messages that are not the kernel's own. */
function kernelMessages(context: TestContext): string {
  const { stdout } = spawnSync('dd', ['if=/dev/kmsg', 'bs=8k', 'iflag=nonblock'], { encoding: 'latin1' });
  if (stdout === '') context.skip('/dev/kmsg cannot be read');
  return stdout;
}

test.for(['-x', '-x -T', '-x --time-format=iso', '-x -d'])(
  'reads the same messages and levels from dmesg %s as from /dev/kmsg',
  async (args, context) => {
    const records = kernelMessages(context);
    const { other } = await machineLog(context, args.split(' '));
    if (kernelMessages(context) !== records) context.skip('the kernel log grew meanwhile');
    const raw = await readLog(Buffer.from(records, 'latin1'));
    expect(raw.ledger).toMatchObject({ unparsed: 0, unsupported: 0, read: raw.events.length });
    expect(other.ledger).toMatchObject({ unparsed: 0, unsupported: 0, read: raw.events.length });
    const facts = ({ events }: ReadLog): string[] =>
      events.map(({ values }) => `${values['level']} ${values['tag']} ${values['tid']} ${values['message']}`);
    expect(facts(other).sort()).toEqual(facts(raw).sort());
  },
);

test('counts as many messages as dmesg --json lists, with their times', async (context) => {
  const { raw } = await machineLog(context, ['-r']);
  const { dmesg } = JSON.parse(output(context, 'dmesg', ['--json'])) as {
    dmesg: { pri: number; time: number; msg: string }[];
  };
  expect(raw.events.map(({ timeNs }) => Number(timeNs / 1000n))).toEqual(
    dmesg.map(({ time }) => Math.round(time * 1e6)),
  );
});

test.for([
  ['-T', 1n],
  ['--time-format=iso', 0n],
  ['-e', 60n],
] as const)('keeps the distances between messages of dmesg %s', async ([form, wrongSecondsMax], context) => {
  const { raw, other } = await machineLog(context, [form]);
  expect(messages(other).length).toBe(raw.events.length);
  const shift = (other.events[0]?.timeNs ?? 0n) - (raw.events[0]?.timeNs ?? 0n);
  const wrong = raw.events.map(({ timeNs }, index) => {
    const difference = (other.events[index]?.timeNs ?? 0n) - timeNs - shift;
    return difference < 0n ? -difference : difference;
  });
  const most = wrong.reduce((a, b) => (a > b ? a : b), 0n);
  expect(most).toBeLessThanOrEqual(wrongSecondsMax * NS_PER_SECOND);
});

test('reads /dev/kmsg, its numbers and what they betray', async (context) => {
  const stdout = kernelMessages(context);
  const log = await readLog(Buffer.from(stdout, 'latin1'));
  const heads = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
  expect(log.source.formatDetail).toBe('/dev/kmsg');
  expect(log.events.length).toBe(heads.length);
  const last = Number(/,(\d+),/.exec(heads.at(-1) ?? '')?.[1]);
  const first = Number(/,(\d+),/.exec(heads[0] ?? '')?.[1]);
  expect(log.ledger.dropped).toBe(last - first + 1 - heads.length);
});

test('takes the facts below a record of /dev/kmsg for no message, and its caller for its thread or CPU', async () => {
  const log = await readLog(
    '6,1,1500,-,caller=T42;one\\x0atwo\n SUBSYSTEM=net\n DEVICE=n2\n30,4,2000123,-,caller=C3;three\n',
  );
  expect(log.events).toMatchObject([
    { timeNs: 1_500_000n, tid: 42, cpu: 0, values: { level: 6, tag: 'kern', message: 'one\ntwo' } },
    { timeNs: 2_000_123_000n, tid: -1, cpu: 3, values: { level: 6, tag: 'daemon', message: 'three' } },
  ]);
  expect(log.ledger).toMatchObject({ read: 2, dropped: 2, unparsed: 0 });
});

test('joins the lines of a message, and counts a line that belongs to none', async () => {
  const log = await readLog('[    1.000002][   T77] a\n               b\n[    2.000000] [  C1] c\nwhat\n');
  expect(log.events).toMatchObject([
    { timeNs: 1_000_002_000n, tid: 77, values: { message: 'a\nb' } },
    { timeNs: 2_000_000_000n, tid: -1, cpu: 1, values: { message: 'c' } },
  ]);
  expect(log.source.clock).toBe('local');
  expect(log.ledger).toMatchObject({ read: 2, unparsed: 1 });
  expect(log.ledger.places[0]).toMatchObject({ at: 4 });
});

test('places its clock beside the real one where a message says what time it is', async () => {
  const { source } = await readLog(
    [
      '[    1.250000] rtc_cmos 00:03: setting system clock to 2024-03-05T09:57:12 UTC (1709632632)',
      '[    2.000000] audit: type=2000 audit(1709632633.828:1): state=initialized audit_enabled=0 res=1',
      '[    9.500000] PM: suspend entry 2024-03-05 10:00:00.123456789 UTC',
      '[   10.000000] audit: no time',
    ].join('\n'),
  );
  const pair = { clock: 'local', otherClock: 'realtime' };
  expect(source.clockPairs).toEqual([
    { ...pair, timeNs: 1_250_000_000n, otherTimeNs: at('2024-03-05T09:57:12Z'), origin: 'line 1' },
    { ...pair, timeNs: 2_000_000_000n, otherTimeNs: at('2024-03-05T09:57:13.828Z'), origin: 'line 2' },
    {
      ...pair,
      timeNs: 9_500_000_000n,
      otherTimeNs: at('2024-03-05T10:00:00.123Z') + 456_789n,
      origin: 'line 3',
    },
  ]);
});

test('dates a log whose dates have no year or zone by when and where it was collected, and says so', async () => {
  const text = '[Dec31 23:59] a\n[  +1.500000] b\n[Jan 1 00:01] c\n[  +0.250000] d\n';
  const known = await readLog(text, COLLECTED);
  expect(known.source.clock).toBe('realtime');
  expect(known.source.formatDetail).toContain('year from when it was collected');
  const unknown = await readLog('[Sun Nov 22 16:19:22 2026] a\n[Sun Nov 22 16:19:23 2026] b\n');
  expect(unknown.source.clock).toBe('wall');
  expect(unknown.source.formatDetail).toContain('zone not known');
  expect(unknown.events[0]?.timeNs).toBe(at('2026-11-22T16:19:22Z'));
  // Collected at noon of the year's last day: what lies less than a day after that may be a clock that is ahead.
  expect(known.events.map(({ timeNs }) => timeNs)).toEqual([
    at('2024-12-31T23:59:00+02:00'),
    at('2024-12-31T23:59:01.500+02:00'),
    at('2025-01-01T00:01:00+02:00'),
    at('2025-01-01T00:01:00.250+02:00'),
  ]);
});
