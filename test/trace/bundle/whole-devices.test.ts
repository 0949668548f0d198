/** Bundles as devices hand them over, with everything in them, opened as one. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { performOpen } from '../../../electron/host/jobs/perform.ts';
import type { BundleInfo } from '../../../electron/host/contract.ts';
import { makeZip } from './make-zip.ts';
import { file, folderOf, toolOutput } from './on-disk.ts';

const SYSTRACE = '../shared/recordings/android_systrace.txt';
const REPORT = 'bugreport-board-2024-05-21-10-19-53.txt';
const RULE = '='.repeat(56);

function openInfo(path: string): Promise<BundleInfo> {
  return performOpen({ kind: 'open', bundleId: '', path, cacheFolder: undefined });
}

function section(title: string, command: string, text: string): string {
  return `------ ${title} (${command}) ------\n${text}------ 0.012s was the duration of '${title}' ------\n`;
}

const TEXT = `${RULE}
== dumpstate: 2024-05-21 10:19:53
${RULE}

Kernel: Linux version 5.10.101-android12-9 (build@host) #1 SMP PREEMPT
Uptime: up 0 weeks, 0 days, 0 hours, 14 minutes,  load average: 12.00
${section('SYSTEM PROPERTIES', 'getprop', '[persist.sys.timezone]: [Europe/Berlin]\n[ro.product.model]: [Board]\n')}${section(
  'KERNEL LOG',
  'dmesg',
  '<6>[    0.000000] Booting Linux\n<6>[  840.123456] binder: failed\n<3>[  851.000001] mmc0: timeout\n',
)}${section(
  'SYSTEM LOG',
  'logcat -v threadtime -d *:v',
  '--------- beginning of main\n05-21 10:19:50.001  1000   500   510 I ActivityManager: Start\n05-21 10:19:51.250  1000   500   511 E CameraService: open took 812ms\n',
)}${section('PROCESSES AND THREADS', 'ps -A -T', 'USER PID TID CMD\nroot 1 1 init\nroot 2 2 [kthreadd]\n')}`;

const TOMBSTONE = `${Array<string>(16).fill('***').join(' ')}\npid: 700, tid: 712, name: RenderThread  >>> com.example.app <<<\n`;

test("opens an Android bug report: its sections' logs, crashes and hung threads, the trace inside", async (context: TestContext) => {
  if (!existsSync(SYSTRACE)) context.skip('the shared recordings are not there');
  const zip = makeZip([
    { name: 'main_entry.txt', bytes: Buffer.from(`${REPORT}\n`) },
    { name: REPORT, bytes: Buffer.from(TEXT) },
    { name: 'FS/data/tombstones/tombstone_00', bytes: Buffer.from(TOMBSTONE) },
    {
      name: 'FS/data/anr/anr_2024-05-21-10-18-00-123',
      bytes: Buffer.from('----- pid 700 at 2024-05-21 10:18:00 -----\nCmd line: com.example.app\n'),
    },
    { name: 'systrace.txt', bytes: readFileSync(SYSTRACE) },
  ]);
  const info = await openInfo(file('bugreport.zip', zip));
  expect(info.sources.map(({ name, ledger }) => [name, ledger.read])).toEqual([
    [`${REPORT}/KERNEL LOG`, 3],
    [`${REPORT}/SYSTEM LOG`, 2],
    ['systrace.txt', 91],
  ]);
  // The log has no year and no zone: both come from the report around it.
  const log = info.sources[1];
  expect([log?.clock, log?.spanNs?.[0]]).toEqual([
    'realtime',
    BigInt(Date.UTC(2024, 4, 21, 8, 19, 50, 1)) * 1_000_000n,
  ]);
  expect(info.context.map(({ name, kind }) => `${name.replace(REPORT, 'R')}: ${kind}`).sort()).toEqual([
    'FS/data/anr/anr_2024-05-21-10-18-00-123: threads of a process that hung',
    'FS/data/tombstones/tombstone_00: crash of a process',
    'R/HEADER: header of a bug report',
    'R/PROCESSES AND THREADS: processes',
    'R/SYSTEM PROPERTIES: properties',
  ]);
  expect(info.unread.map(({ name }) => name)).toEqual(['main_entry.txt']);
});

test('opens a folder as sosreport makes one, packed, with the links in it listed', async (context: TestContext) => {
  const run = (tool: string, ...args: string[]): Buffer => toolOutput(context, tool, args);
  const path = folderOf({
    'sos/date': 'Tue May 21 10:19:53 CEST 2024\n',
    'sos/sos_commands/date/date_--utc': 'Tue May 21 08:19:53 UTC 2024\n',
    'sos/proc/uptime': '840.25 3000.50\n',
    'sos/proc/modules': 'loop 40960 0 - Live 0x0000000000000000\n',
    'sos/proc/version': readFileSync('/proc/version'),
    'sos/sos_commands/networking/ip_-d_address': run('ip', '-d', 'address'),
    'sos/sos_commands/networking/ip_route_show_table_all': run('ip', 'route', 'show', 'table', 'all'),
    'sos/sos_commands/process/ps_auxwwwm': run('ps', 'auxwwwm'),
    'sos/sos_commands/kernel/dmesg':
      '[    0.000000] Booting Linux\n[  840.100000] usb 1-1: new high-speed USB device\n',
    'sos/var/log/messages':
      'May 21 10:19:50 host kernel: usb 1-1: reset\nMay 21 10:19:51 host sshd[77]: Accepted\n',
  });
  symlinkSync('sos_commands/kernel/dmesg', join(path, 'sos/dmesg'));
  const packed = execFileSync('tar', ['-cJ', '-C', path, 'sos']);
  const info = await openInfo(file('sosreport-host.tar.xz', packed));
  expect(info.unread).toEqual([{ name: 'sos/dmesg', reason: 'a link, not a file' }]);
  expect(info.context.map(({ name, kind }) => [name.replace(/^.*\//, ''), kind]).sort()).toEqual([
    ['date', 'date'],
    ['date_--utc', 'date'],
    ['ip_-d_address', 'network interfaces'],
    ['ip_route_show_table_all', 'routes'],
    ['modules', 'kernel modules'],
    ['ps_auxwwwm', 'processes'],
    ['uptime', 'uptime'],
    ['version', 'kernel version'],
  ]);
  const messages = info.sources.find(({ name }) => name === 'sos/var/log/messages');
  expect(messages?.spanNs?.[0]).toBe(BigInt(Date.UTC(2024, 4, 21, 8, 19, 50)) * 1_000_000n);
  expect(info.sources.map(({ name }) => name)).toEqual([
    'sos/sos_commands/kernel/dmesg',
    'sos/var/log/messages',
  ]);
});

test('knows the clock of a text trace by the file beside it', async (context: TestContext) => {
  if (!existsSync(SYSTRACE)) context.skip('the shared recordings are not there');
  const path = folderOf({
    'tracing/trace': readFileSync(SYSTRACE),
    'tracing/trace_clock': 'local [boot] mono\n',
  });
  const info = await openInfo(path);
  expect([info.clock, info.sources.map(({ clock }) => clock)]).toEqual(['boot', ['boot']]);
});
