import { expect, test } from 'vitest';
import { utcOffsetOf } from '../../../electron/trace/context/moment.ts';
import { folderOf, open, RECORDING } from '../bundle/on-disk.ts';

async function deviceOf(files: Readonly<Record<string, string>>) {
  return (await open(folderOf({ 'trace.dat': RECORDING, ...files }))).device;
}

test('places the wall clock by date and uptime', async () => {
  const device = await deviceOf({
    date: 'Tue May 21 08:19:53 UTC 2024\n',
    'proc/uptime': '1000.25 3000.50\n',
  });
  expect(device.clockPairs).toEqual([
    {
      clock: 'boot',
      timeNs: 1_000_250_000_000n,
      otherClock: 'realtime',
      otherTimeNs: BigInt(Date.UTC(2024, 4, 21, 8, 19, 53)) * 1_000_000n,
      origin: 'uptime and date of the device',
    },
  ]);
});

test('finds the time zone from two dates, from timedatectl, or from the properties of a phone', async () => {
  const local = 'Tue May 21 10:19:53 CEST 2024\n';
  expect(await deviceOf({ date: local, 'date_--utc': 'Tue May 21 08:19:54 UTC 2024\n' })).toMatchObject({
    utcOffsetMinutes: 120,
    takenAtMs: Date.UTC(2024, 4, 21, 8, 19, 54),
  });
  const timedatectl = `               Local time: Tue 2024-05-21 13:49:53 IST
           Universal time: Tue 2024-05-21 08:19:53 UTC
                 RTC time: Tue 2024-05-21 08:19:53
                Time zone: Asia/Kolkata (IST, +0530)
System clock synchronized: yes
`;
  expect(await deviceOf({ timedatectl })).toMatchObject({
    utcOffsetMinutes: 330,
    takenAtMs: Date.UTC(2024, 4, 21, 8, 19, 53),
  });
});

test('reads the header of a bug report, whose uptime is rounded to the minute', async () => {
  const rule = '='.repeat(56);
  const report = `${rule}
== dumpstate: 2024-12-21 10:19:53
${rule}

Kernel: Linux version 5.10.101-android12 (x@y) #1
Uptime: up 0 weeks, 1 day, 2 hours, 14 minutes,  load average: 1.0
------ SYSTEM PROPERTIES (getprop) ------
[persist.sys.timezone]: [America/New_York]
[ro.product.model]: [Board]
------ 0.1s was the duration of 'SYSTEM PROPERTIES' ------
`;
  const bundle = await open(folderOf({ 'trace.dat': RECORDING, 'bugreport.txt': report }));
  expect(bundle.context.map(({ name, kind, detail }) => [name, kind, detail])).toEqual([
    ['bugreport.txt/HEADER', 'header of a bug report', 'taken at 2024-12-21 10:19:53'],
    ['bugreport.txt/SYSTEM PROPERTIES', 'properties', '2 values of a Board'],
  ]);
  expect(bundle.device).toMatchObject({ utcOffsetMinutes: -300, kernelRelease: '5.10.101-android12' });
  expect(bundle.device.clockPairs).toMatchObject([
    {
      timeNs: BigInt((26 * 60 + 14) * 60 + 30) * 1_000_000_000n,
      origin: expect.stringContaining('within 30 s'),
    },
  ]);
});

test('says where the time zone is not known', async () => {
  const { clockPairs, utcOffsetMinutes } = await deviceOf({
    date: 'Tue May 21 08:19:53 XYZ 2024\n',
    uptime: '5.00 5.00\n',
  });
  expect(utcOffsetMinutes).toBe(undefined);
  expect(clockPairs[0]?.origin).toBe('uptime and date of the device, its time zone unknown');
});

test('knows zones across the hours in which they change', () => {
  expect(utcOffsetOf('Europe/Berlin', Date.UTC(2024, 2, 31, 1, 30))).toBe(60);
  expect(utcOffsetOf('Europe/Berlin', Date.UTC(2024, 2, 31, 3, 30))).toBe(120);
  expect(utcOffsetOf('America/St_Johns', Date.UTC(2024, 0, 1))).toBe(-210);
  expect(utcOffsetOf('UTC', 0)).toBe(0);
  expect(utcOffsetOf('Nowhere/At_All', 0)).toBe(undefined);
});
