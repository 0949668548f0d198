/** Tools of Debian's libbpf-tools that attach to functions alone, over recordings of those functions' probes. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test, type TestContext } from 'vitest';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { EventField } from '../../../electron/trace/event.ts';
import { eventType, fakeSource, integerField, record } from '../fake-source.ts';
import { replayOn, traceText, type Replayed } from './on-bundle.ts';

function tool(context: TestContext, name: string): string {
  const path = `/usr/sbin/${name}`;
  if (!existsSync(path)) context.skip(`${path} is not installed (Debian: libbpf-tools)`);
  return path;
}

function outputs({ outputs: all }: Replayed) {
  return all.map(({ bytes }) => ({
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    textAt: (at: number, length: number) =>
      Buffer.from(bytes.subarray(at, at + length))
        .toString('latin1')
        .replace(/\0.*$/s, ''),
  }));
}

test('vfsstat counts calls of functions, by their probes and by the graph of functions', async (context) => {
  const path = tool(context, 'vfsstat');
  const text = traceText([
    [7, 'vfs_read: (vfs_read+0x0/0x140)'],
    [7, 'vfs_write: (vfs_write+0x4/0x140)'],
    [7, 'vfs_read: (vfs_read+0x0/0x140)'],
    [7, 'vfs_open: (vfs_open+0x0/0x40)'],
    [7, 'vfs_create: (vfs_create+0x0/0x90)'],
    [7, 'vfs_fsync: (vfs_fsync+0x0/0x20)'],
  ]);
  for (const prefix of ['kprobe', 'fentry']) {
    const programs = ['read', 'write', 'fsync', 'open', 'create'].map((name) => `${prefix}_vfs_${name}`);
    const { attached, faults } = await replayOn(path, { 'trace.txt': text }, { programs });
    expect(faults).toEqual([]);
    const [, stats] = [
      ...(attached.maps.find(({ definition }) => definition.name === '.bss')?.entries() ?? []),
    ].flatMap(({ value }) => [
      value,
      new BigUint64Array(value.buffer.slice(value.byteOffset, value.byteOffset + 40)),
    ]);
    expect(stats).toEqual(BigUint64Array.of(2n, 1n, 1n, 1n, 1n));
  }
});

test('bashreadline prints the lines that readline() returned', async (context) => {
  const path = tool(context, 'bashreadline');
  const lines = [
    [70, 'readline__return: (0x55d5e0f0a2b0 <- 0x55d5e0fb5c40) line="ls -l /tmp"'],
    [70, 'readline__return: (0x55d5e0f0a2b0 <- 0x55d5e0fb5c40) line=(fault)'],
    [71, 'readline__return: (0x55d5e0f0a2b0 <- 0x55d5e0fb5c40) line="exit"'],
  ] as const;
  const text = traceText(lines, 'bash');
  const list = 'r:probe_bash/readline__return /bin/bash:0x00000000000b5c40 line=+0($retval):string\n';
  const replayed = await replayOn(path, { 'trace.txt': text, uprobe_events: list });
  const printed = outputs(replayed).map(({ view, textAt }) => [view.getUint32(0, true), textAt(4, 80)]);
  expect(printed).toEqual([
    [0xffff_ffff, 'ls -l /tmp'],
    // The tool does not look whether the text could be read.
    [0xffff_ffff, ''],
    [0xffff_ffff, 'exit'],
  ]);
});

test('tcpconnect tells of connections whose sockets a probe looked into', async (context) => {
  const path = tool(context, 'tcpconnect');
  const text = traceText([
    [70, 'start: (tcp_v4_connect+0x0/0x4f0) sk=0xffff888100001000'],
    [71, 'start: (tcp_v4_connect+0x0/0x4f0) sk=0xffff888100002000'],
    [
      71,
      'looked: (__inet_stream_connect+0x1d9/0x300 <- tcp_v4_connect) sk=0xffff888100002000 skc_daddr=0x10200c0 skc_rcv_saddr=0x20200c0 skc_dport=0x5000 skc_num=40000',
    ],
    [71, 'done: (__inet_stream_connect+0x1d9/0x300 <- tcp_v4_connect) ret=0x0'],
    [
      70,
      'looked: (__inet_stream_connect+0x1d9/0x300 <- tcp_v4_connect) sk=0xffff888100001000 skc_daddr=0x30200c0 skc_rcv_saddr=0x20200c0 skc_dport=0xbb01 skc_num=40001',
    ],
    [70, 'done: (__inet_stream_connect+0x1d9/0x300 <- tcp_v4_connect) ret=0xffffff8d'],
  ]);
  const list = [
    'p:kprobes/start tcp_v4_connect sk=$arg1',
    'f:fprobes/looked tcp_v4_connect%return sk=$arg1 skc_daddr=+0($arg1):x32 skc_rcv_saddr=+4($arg1):x32 skc_dport=+12($arg1):x16 skc_num=+14($arg1):u16',
    'r:kprobes/done tcp_v4_connect ret=$retval:x32',
    '',
  ].join('\n');
  const programs = ['tcp_v4_connect', 'tcp_v4_connect_ret'];
  const files = { 'trace.txt': text, kprobe_events: list };
  const replayed = await replayOn(path, files, { programs, settings: { source_port: 1 } });
  const connections = outputs(replayed).map(({ view }) => ({
    from: view.getUint32(0, false).toString(16),
    to: view.getUint32(16, false).toString(16),
    ports: [view.getUint16(68, true), view.getUint16(70, false)],
  }));
  // Only a call that did not fail is told of.
  expect(connections).toEqual([{ from: 'c0000202', to: 'c0000201', ports: [40_000, 80] }]);
});

test('tcpconnect tells of connections by IPv6, whose addresses probes fetched as arrays', async (context) => {
  const path = tool(context, 'tcpconnect');
  const ret = integerField('__probe_ret_ip', 16, 8, false);
  const called = [integerField('__probe_func', 8, 8, false), ret];
  const address = (name: string, offsetBytes: number): EventField => ({
    ...integerField(name, offsetBytes, 16, false),
    kind: 'array',
    elementCount: 16,
    elementSizeBytes: 1,
  });
  const start = eventType(0, 'kprobes', 'start', [
    integerField('__probe_ip', 8, 8, false),
    integerField('sk', 16, 8, false),
  ]);
  const looked = eventType(1, 'fprobes', 'looked', [
    ...called,
    integerField('sk', 24, 8, false),
    address('skc_v6_daddr', 32),
    address('skc_v6_rcv_saddr', 48),
    integerField('skc_dport', 64, 4, false),
    integerField('skc_num', 68, 4, false),
  ]);
  const done = eventType(2, 'kprobes', 'done', [...called, integerField('ret', 24, 4)]);
  const sk = 0x1000;
  const seen = record(looked, { sk, skc_dport: 0x5000, skc_num: 40_000 });
  seen.set([0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 1], 32);
  seen.set([0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 2], 48);
  const source = fakeSource(
    [start, looked, done],
    [
      { timeNs: 1n, tid: 7, type: 0, bytes: record(start, { sk }) },
      { timeNs: 2n, tid: 7, type: 1, bytes: seen },
      { timeNs: 3n, tid: 7, type: 2, bytes: record(done, { ret: 0 }) },
    ],
  );
  const dynamicEvents = [
    'p:kprobes/start tcp_v6_connect sk=$arg1',
    'f:fprobes/looked tcp_v6_connect%return sk=$arg1 skc_v6_daddr=+56($arg1):x8[16] skc_v6_rcv_saddr=+72($arg1):x8[16] skc_dport=+12($arg1):x16 skc_num=+14($arg1):u16',
    'r:kprobes/done tcp_v6_connect ret=$retval:s32',
  ];
  const attached = await attachObject(
    openObject(readFileSync(path), path),
    [{ ...source, context: { ...source.context, dynamicEvents } }],
    { programs: ['tcp_v6_connect', 'tcp_v6_connect_ret'], settings: { source_port: 1 } },
  );
  const [connection, ...others] = (await replay(attached)).outputs;
  expect(others).toEqual([]);
  const hex = Buffer.from(connection?.bytes ?? []).toString('hex');
  expect(hex.slice(0, 32)).toBe('20010db8000000000000000000000002');
  expect(hex.slice(32, 64)).toBe('20010db8000000000000000000000001');
});

test('gethostlatency tells names and times of calls of two functions of the C library', async (context) => {
  const path = tool(context, 'gethostlatency');
  const text = traceText([
    [70, 'getaddrinfo: (0x7f1200101000) name="one.example"'],
    [71, 'gethostbyname: (0x7f1200102000) name="two.example"'],
    [70, 'getaddrinfo__return: (0x55d5e0f0a2b0 <- 0x7f1200101000)'],
    [70, 'getaddrinfo__return: (0x55d5e0f0a2b0 <- 0x7f1200101000)'],
    [71, 'gethostbyname__return: (0x55d5e0f0a2b0 <- 0x7f1200102000)'],
  ]);
  const libc = '/usr/lib/x86_64-linux-gnu/libc.so.6';
  const list = [
    `p:probe_libc/getaddrinfo ${libc}:0x00000000000f1000 name=+0(%di):string`,
    `p:probe_libc/gethostbyname ${libc}:0x00000000000f2000 name=+0(%di):string`,
    `r:probe_libc/getaddrinfo__return ${libc}:0x00000000000f1000`,
    `r:probe_libc/gethostbyname__return ${libc}:0x00000000000f2000`,
    '',
  ].join('\n');
  const replayed = await replayOn(
    path,
    { 'trace.txt': text, uprobe_events: list },
    {
      attachTargets: {
        handle_entry: 'uprobe/libc:getaddrinfo,libc:gethostbyname',
        handle_return: 'uretprobe/libc:getaddrinfo,libc:gethostbyname',
      },
    },
  );
  const calls = outputs(replayed).map(({ view, textAt }) => [view.getBigUint64(0, true), textAt(28, 80)]);
  expect(calls).toEqual([
    [2_000_000n, 'one.example'],
    [3_000_000n, 'two.example'],
  ]);
});

test('javagc tells how long collections took, by markers of the virtual machine', async (context) => {
  const path = tool(context, 'javagc');
  const text = traceText([
    [70, 'gc__begin: (0x7f1200101000) arg1=0x1'],
    [71, 'gc__begin: (0x7f1200101000) arg1=0x0'],
    [70, 'gc__end: (0x7f1200102000)'],
    [71, 'gc__end: (0x7f1200102000)'],
  ]);
  const replayed = await replayOn(
    path,
    { 'trace.txt': text, saved_tgids: '70 70\n71 71\n' },
    {
      programs: ['handle_gc_start', 'handle_gc_end'],
      attachTargets: { handle_gc_start: 'libjvm:hotspot:gc__begin', handle_gc_end: 'libjvm:hotspot:gc__end' },
    },
  );
  expect(replayed.faults).toEqual([]);
  const took = outputs(replayed).map(({ view }) => [view.getUint32(4, true), view.getBigUint64(8, true)]);
  expect(took).toEqual([
    [70, 2_000_000n],
    [71, 2_000_000n],
  ]);
});
