/** Tools of Debian's libbpf-tools that attach to functions alone, over recordings of those functions' probes. */
import { existsSync } from 'node:fs';
import { expect, test, type TestContext } from 'vitest';
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
