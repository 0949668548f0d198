import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { at, NOTHING_LOST, readLog } from './read-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** journald in a mount namespace of its own, given four messages, and what journalctl prints of its journal. */
const SCRIPT = `
mount -t tmpfs none /run && mount -t tmpfs none /var/log && mkdir -p /run/systemd/journal || exit 1
/usr/lib/systemd/systemd-journald & daemon=$!
wait_for() { tries=0; until eval "$1"; do sleep 0.05; tries=$((tries + 1)); [ $tries -gt 200 ] && exit 1; done; }
wait_for '[ -S /run/systemd/journal/socket ]'
wait_for 'echo MESSAGE=ready | logger --journald; journalctl -q -D /run/log/journal -o cat 2> /dev/null | grep -q ready'
printf 'MESSAGE=from logger \\303\\251\\nPRIORITY=3\\nSYSLOG_IDENTIFIER=camera\\n' | logger --journald
echo 'a line' | systemd-cat -t plain -p warning
printf 'MESSAGE=first\\nMESSAGE=again\\nPRIORITY=6\\n' | logger --journald
printf 'MESSAGE=\\001bytes\\377\\nPRIORITY=2\\n' | logger --journald
echo MESSAGE=the-last-one | logger --journald
wait_for 'journalctl -q -D /run/log/journal -o cat | grep -q the-last-one'
journalctl -D /run/log/journal -o export > "$1/export"
journalctl -D /run/log/journal -o json > "$1/json"
kill -KILL $daemon
`;

function recordJournal(context: TestContext): { json: Buffer; export: Buffer } {
  if (!existsSync('/usr/lib/systemd/systemd-journald')) context.skip('systemd-journald is not installed');
  const run = spawnSync('unshare', ['-m', 'sh', '-c', SCRIPT, 'sh', folder], { timeout: 60_000 });
  if (run.status === null || !existsSync(join(folder, 'json'))) context.skip('no journal could be made');
  const json = readFileSync(join(folder, 'json'));
  if (json.length === 0) context.skip('journald took no messages');
  return { json, export: readFileSync(join(folder, 'export')) };
}

test('reads of a journal as JSON and as export what journalctl prints', async (context) => {
  const recorded = recordJournal(context);
  const json = await readLog(recorded.json);
  const exported = await readLog(recorded.export);
  const lines = recorded.json.toString().trim().split('\n');
  const printed = lines.map((line) => JSON.parse(line) as Record<string, string>);
  expect(json.events.map(({ timeNs }) => timeNs).sort()).toEqual(
    printed.map((entry) => BigInt(entry['__REALTIME_TIMESTAMP'] ?? 0) * 1000n).sort(),
  );
  expect(json.ledger).toMatchObject({ read: printed.length, unparsed: 0, unsupported: 0, withoutClock: 0 });
  expect(exported.events).toEqual(json.events);
  expect(exported.ledger).toMatchObject({ read: printed.length, unparsed: 0, unsupported: 0 });
  expect(exported.source.clockPairs).toMatchObject([
    { otherTimeNs: BigInt(printed[0]?.['__MONOTONIC_TIMESTAMP'] ?? 0) * 1000n },
  ]);
  const ours = json.events.flatMap(({ values }) =>
    ['camera', 'plain'].includes(String(values['tag'])) || String(values['message']).startsWith('first')
      ? [values]
      : [],
  );
  // Streams and datagrams come by sockets of their own, in either order.
  expect(ours.sort((a, b) => (String(a['tag']) < String(b['tag']) ? -1 : 1))).toMatchObject([
    { level: 3, tag: 'camera', message: 'from logger é' },
    { level: 6, tag: 'logger', message: 'first\nagain' },
    { level: 4, tag: 'plain', message: 'a line' },
  ]);
}, 90_000);

test('reads fields of bytes, and knows the threads and names that a journal tells', async () => {
  const field = (name: string, value: string): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(value.length));
    return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`)]);
  };
  const { source, events, ledger } = await readLog(
    Buffer.concat([
      Buffer.from(
        '__REALTIME_TIMESTAMP=1709632632000001\n__MONOTONIC_TIMESTAMP=77\n_BOOT_ID=a\n_PID=5\nTID=6\n_COMM=sh\n',
      ),
      field('MESSAGE', 'two\nlines = here'),
      field('COREDUMP', 'x\n\ny'),
      Buffer.from('\n\n__REALTIME_TIMESTAMP=1709632633000000\nMESSAGE=Suppressed 12 messages from x\n'),
    ]),
  );
  expect(source).toMatchObject({ format: 'journald-export', clock: 'realtime' });
  expect(events).toMatchObject([
    {
      timeNs: at('2024-03-05T09:57:12Z') + 1000n,
      tid: 6,
      values: { pid: 5, tag: 'sh', message: 'two\nlines = here' },
    },
    { timeNs: at('2024-03-05T09:57:13Z'), values: { pid: -1, level: -1 } },
  ]);
  expect([...source.context.comms]).toEqual([[5, 'sh']]);
  expect(ledger).toMatchObject({ ...NOTHING_LOST, read: 2, dropped: 12 });
  expect(source.clockPairs).toMatchObject([{ clock: 'realtime', otherClock: 'mono', otherTimeNs: 77_000n }]);
});

test('counts damaged entries of a journal, with their places, and reads on', async () => {
  const good = '__REALTIME_TIMESTAMP=1709632632000000\nMESSAGE=good\n\n';
  const exported = await readLog(`${good}MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\n\n${good}lower=1\n\n${good}`);
  expect(exported.ledger).toMatchObject({ read: 3, unparsed: 2 });
  expect(exported.ledger.places[0]?.at).toBe(good.length);
  const line = '{"__REALTIME_TIMESTAMP":"1709632632000000","MESSAGE":"\\u00e9\\u20ac"}\n';
  const json = await readLog(`${line}{"MESSAGE":\n[]\n{}\n${line}`);
  expect(json.ledger).toMatchObject({ read: 2, unparsed: 3 });
});

/** An entry of version 4. */
function entry(buffer: number, seconds: number, payload: string): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt16LE(payload.length, 0);
  header.writeUInt16LE(28, 2);
  header.writeInt32LE(1234, 4);
  header.writeUInt32LE(1235, 8);
  header.writeUInt32LE(seconds, 12);
  header.writeUInt32LE(678_000_000, 16);
  header.writeUInt32LE(buffer, 20);
  return Buffer.concat([header, Buffer.from(payload, 'latin1')]);
}

test('reads entries of logcat -B, counts those of events as unsupported, and says where it ends', async () => {
  const bytes = [
    entry(0, 100, '\x06Camera\0open\0'),
    entry(2, 101, '\0\0\0\0\x07'),
    entry(3, 102, '\x04A\0b\n\0'),
  ];
  const whole = await readLog(Buffer.concat(bytes));
  expect(whole.source).toMatchObject({ format: 'logcat-binary', clock: 'realtime' });
  expect(whole.events).toMatchObject([
    { timeNs: 100_678_000_000n, tid: 1235, values: { pid: 1234, level: 3, tag: 'Camera', message: 'open' } },
    { timeNs: 102_678_000_000n, values: { level: 6, tag: 'A', message: 'b' } },
  ]);
  expect(whole.ledger).toMatchObject({ read: 2, unsupported: 1, unparsed: 0 });
  const cut = await readLog(Buffer.concat([...bytes, entry(0, 103, '\x06Camera\0open\0')]).subarray(0, -3));
  expect(cut.ledger).toMatchObject({ read: 2, unsupported: 1, unparsed: 1 });
  expect(cut.ledger.places[0]?.at).toBe(Buffer.concat(bytes).length);
});
