import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { retroprobe, temporaryFolder } from './cli.ts';

const object = 'test/programs/packet.bpf.o';
/** From 02 to 01, IPv4, two bytes. */
const ipv4 = `${'01'.repeat(6)}${'02'.repeat(6)}0800beef`;
const reflected = `${'02'.repeat(6)}${'01'.repeat(6)}0800beef`;
const arp = `${'ff'.repeat(6)}${'02'.repeat(6)}0806`;

interface ResultJson {
  readonly program: string;
  readonly retval: number;
  readonly data_out: string | null;
  readonly ctx_out: string | null;
  readonly duration_ns: number;
  readonly printk: readonly string[];
  readonly effects: readonly unknown[];
  readonly faults: Readonly<Record<string, number>>;
  readonly maps?: readonly { readonly name: string; readonly entries: readonly unknown[] }[];
}

function results(...args: string[]): ResultJson[] {
  const { code, stdout, stderr } = retroprobe('test-run', object, ...args, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultJson);
}

/** A capture as tcpdump -w writes it. */
function capture(packets: readonly string[]): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const records = packets.map((hex) => {
    const bytes = Buffer.from(hex, 'hex');
    const record = Buffer.alloc(16);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([header, ...records]);
}

test.each(['jit', 'interpreter'])('runs a program on a packet (%s)', (engine) => {
  const [result] = results('reflect', '--packet', ipv4, '--engine', engine, '--maps');
  expect(result).toMatchObject({
    program: 'reflect',
    retval: 3,
    data_out: reflected,
    printk: ['reflected 16 bytes'],
    effects: [],
    faults: {},
  });
  expect(result?.duration_ns).toBeGreaterThan(0);
  expect(result?.maps?.find(({ name }) => name === 'by_type')?.entries).toEqual([{ key: 0x800, value: 1 }]);
});

test('runs every packet of a capture, and keeps maps from one to the next', () => {
  const path = join(temporaryFolder(), 'case.pcap');
  const other = `${'00'.repeat(12)}86dd`;
  writeFileSync(path, capture([ipv4, arp, ipv4, other]));
  const all = results('reflect', '--pcap', path, '--set', 'is_quiet=true', '--maps');
  expect(all.map(({ retval }) => retval)).toEqual([3, 2, 3, 2]);
  expect(all.flatMap(({ printk }) => printk)).toEqual([]);
  const last = all.at(-1);
  expect(last?.maps?.find(({ name }) => name === 'by_type')?.entries).toEqual([
    { key: 0x800, value: 2 },
    { key: 0x806, value: 1 },
  ]);
  // Two entries fit, and there are three types of packets.
  expect(Object.values(last?.faults ?? {})).toEqual([1]);
});

test('repeats, and says what one run takes', () => {
  const [once] = results('reflect', '--packet', ipv4, '--repeat', '100000', '--set', 'is_quiet=1', '--maps');
  expect(once?.data_out).toBe(reflected);
  expect(once?.maps?.find(({ name }) => name === 'by_type')?.entries).toEqual([
    { key: 0x800, value: 100_000 },
  ]);
  expect(once?.duration_ns).toBeLessThan(100_000);
});

test('runs a program on the bytes of its context, and refuses reads behind them', () => {
  const [result] = results('second_word', '--ctx', '0100000000000000 2a00000000000000');
  expect(result).toMatchObject({ retval: 42, data_out: null, ctx_out: '01000000000000002a00000000000000' });
  const { code, stderr } = retroprobe('test-run', object, 'second_word', '--ctx', '0100000000000000');
  expect(code).toBe(1);
  expect(stderr).toContain('beyond the 8 bytes');
});

test('prints for people', () => {
  const { stdout } = retroprobe('test-run', object, 'reflect', '--packet', ipv4, '--maps');
  expect(stdout).toMatch(/returned +3 \(0x3\)/);
  expect(stdout).toContain(reflected);
  expect(stdout).toContain('reflected 16 bytes');
  expect(stdout).toContain('Map by_type (hash, 1 entry)');
});

test('refuses what makes no sense, in a line', () => {
  const refusals = [
    [['nothing'], 1, 'no program nothing; there is reflect, second_word'],
    [['reflect', '--packet', 'abc'], 2, 'pairs of hex digits'],
    [['reflect', '--ctx', '00'], 2, 'sees a packet'],
    [['second_word', '--packet', '00'], 2, 'sees no packet'],
    [['reflect', '--repeat', '0'], 2, '--repeat'],
    [['reflect', '--engine', 'kernel'], 2, '--engine'],
    [['reflect', '--pcap', 'README.md'], 1, 'README.md: byte 0: not a pcap file'],
    [['reflect', '--pcap', 'none.pcap'], 1, 'none.pcap: cannot be read (ENOENT)'],
  ] as const;
  for (const [args, code, text] of refusals) {
    const ran = retroprobe('test-run', object, ...args);
    expect(ran.stderr).toContain(text);
    expect(ran.code, text).toBe(code);
  }
  expect(retroprobe('test-run', 'test/programs/refused.bpf.o', 'null_map_value').code).toBe(1);
});

test('tells what a flow dissector found of a frame, in bytes and in words', () => {
  const frame = `020000000001020000000002080045000020000040004011${'0000'}c0000201c00002020035100000080000`;
  const args = ['test/programs/flow-dissector.bpf.o', 'dissect', '--packet', frame, '--json'];
  const { code, stdout } = retroprobe('test-run', ...args);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    retval: 0,
    flow: '192.0.2.1:53 > 192.0.2.2:4096 udp, headers at 14 and 34',
    data_out: `0e002200000800000011080000351000c0000201c0000202${'00'.repeat(32)}`,
  });
});
