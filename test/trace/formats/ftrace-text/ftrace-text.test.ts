import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import type { Surroundings } from '../../../../electron/trace/surroundings.ts';
import { recording } from '../../peer.ts';
import { allEvents, openText } from './compare.ts';
import type { TextEvent } from './compare.ts';

function open(content: string | Uint8Array, surroundings: Surroundings = NO_SURROUNDINGS): Source {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const source = openSources(new MemoryBytes(bytes, 'trace.txt'), surroundings)?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  return source;
}

const HEADER = '# tracer: nop\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n';
const line = (text: string): string => `            bash-5795    [001] d..2.  38031.741370: ${text}\n`;

async function only(content: string): Promise<TextEvent & { readonly source: Source }> {
  const source = open(HEADER + content);
  const events = await allEvents(source);
  expect(source.ledger.places).toEqual([]);
  expect(events).toHaveLength(1);
  const [event] = events;
  if (event === undefined) throw new Error('no event');
  return { ...event, source };
}

const values = ({ values: all }: TextEvent): Record<string, unknown> => Object.fromEntries(all);

test('a line gives the record that the kernel writes', async () => {
  const event = await only(
    line(
      'sched_switch: prev_comm=a b prev_pid=7 prev_prio=120 prev_state=D|t+ ==> next_comm=x:1 next_pid=0 next_prio=-1',
    ),
  );
  expect(event).toMatchObject({ timeNs: 38_031_741_370_000n, cpu: 1, tid: 5795, name: 'sched:sched_switch' });
  expect(values(event)).toEqual({
    prev_comm: 'a b',
    prev_pid: 7,
    prev_prio: 120,
    prev_state: 2n + 8n + 256n,
    next_comm: 'x:1',
    next_pid: 0,
    next_prio: -1,
  });
  for await (const batch of event.source.batches()) {
    expect([...batch.bytes.subarray(0, 8)]).toEqual([0, 0, 0x01, 2, 5795 & 0xff, 5795 >> 8, 0, 0]);
    expect(batch.length[0]).toBe(64);
  }
});

test.each([
  ['  my-task [1]-12     [003] .....     1.000001: ', { cpu: 3, tid: 12, timeNs: 1_000_001_000n }],
  ['           <...>-12    (-----) [003] d..3 1.000001: ', { cpu: 3, tid: 12 }],
  ['a long name, of Android-12    (   77) [003] ...1 1.000001: ', { cpu: 3, tid: 12 }],
  ['          <idle>-0       3dNh2.     1.000001234: ', { cpu: 3, tid: 0, timeNs: 1_000_001_234n }],
  ['          <idle>-0       3-0x25     1.000001: ', { cpu: 3, tid: 0 }],
  ['          <idle>-0       3d.h2    5us!: ', { cpu: 3, timeNs: 5000n }],
  ['            bash-5795  [000]     1.000001: (+826)   ', { cpu: 0, tid: 5795 }],
  ['            bash-5795  [000]1700000000123456789: ', { timeNs: 1_700_000_000_123_456_789n }],
  ['            bash-5795  [000] 1700000000.123456789: ', { timeNs: 1_700_000_000_123_456_789n }],
  ['inst:             bash-5795  [000] 1.000001: ', { cpu: 0, tid: 5795 }],
])('what stands before an event is read: %s', async (head, expected) => {
  const source = open(`${head}cpu_idle: state=1 cpu_id=2\n`);
  const [event] = await allEvents(source);
  expect(event).toMatchObject(expected);
  expect(values(event as TextEvent)).toEqual({ state: 1, cpu_id: 2 });
});

test('names and thread groups of tasks are kept, and what stands for none is not', async () => {
  const source = open(
    [
      ' RenderThread-1143  (  611) [004] ...1 5.000001: cpu_idle: state=1 cpu_id=2',
      '           <...>-12    (-----) [003] d..3 5.000002: cpu_idle: state=1 cpu_id=2',
      '',
    ].join('\n'),
  );
  await allEvents(source);
  expect([...source.context.comms]).toEqual([[1143, 'RenderThread']]);
  expect([...source.context.tgids]).toEqual([[1143, 611]]);
});

test('an event that nothing describes has the fields that its first line has', async () => {
  const source = open(
    HEADER +
      line('gpu_job: ring=gfx id=12 fence=0xffff0000ffff0000 (slot=3)') +
      line('gpu_job: ring=sdma0 id=-1 fence=0x1 (slot=4)') +
      line('gpu_idle: nothing to do'),
  );
  const events = await allEvents(source);
  expect(source.ledger).toMatchObject({ read: 3, unparsed: 0 });
  expect(events.map(({ name }) => name)).toEqual(['unknown:gpu_job', 'unknown:gpu_job', 'unknown:gpu_idle']);
  expect(events.map(values)).toEqual([
    { ring: 'gfx', id: 12n, fence: 0xffff0000ffff0000n, slot: 3n },
    { ring: 'sdma0', id: -1n, fence: 1n, slot: 4n },
    { text: 'nothing to do' },
  ]);
});

test('a field that an older kernel printed is there beside those of the table', async () => {
  const event = await only(line('sched_wakeup: comm=mmcqd/0 pid=95 prio=120 success=1 target_cpu=002'));
  expect(values(event)).toEqual({ comm: 'mmcqd/0', pid: 95, prio: 120, success: 1n, target_cpu: 2 });
});

test("a bundle's format file lays out and reads its events", async () => {
  const format =
    'name: gpu_job\nID: 515\nformat:\n\tfield:u32 id;\toffset:8;\tsize:4;\tsigned:0;\n' +
    '\tfield:__data_loc char[] ring;\toffset:12;\tsize:4;\tsigned:0;\n\nprint fmt: "%s/%u", __get_str(ring), REC->id\n';
  const source = open(HEADER + line('gpu_job: gfx/12'), {
    ...NO_SURROUNDINGS,
    eventFormat: (system, name) => (system === 'gpu' && name === 'gpu_job' ? format : undefined),
    systemsOf: (name) => (name === 'gpu_job' ? ['gpu'] : []),
  });
  const [event] = await allEvents(source);
  expect(event?.name).toBe('gpu:gpu_job');
  expect(values(event as TextEvent)).toEqual({ id: 12, ring: 'gfx' });
  expect(source.schema.types[0]).toMatchObject({ recordId: 515, sizeBytes: 16 });
});

test('system calls are read as the tracer prints them', async () => {
  const source = open(
    HEADER + line('sys_read(fd: 3, buf: 0x7fff10, count: 0x400)') + line('sys_read -> 0xfffffffffffffff5'),
  );
  const events = await allEvents(source);
  expect(events.map(({ name }) => name)).toEqual(['syscalls:sys_enter_read', 'syscalls:sys_exit_read']);
  expect(events.map(values)).toEqual([{ fd: 3n, buf: 0x7fff10n, count: 0x400n }, { ret: -11n }]);
});

test('a symbol that is printed for an address is a text of its own', async () => {
  const event = await only(
    line('workqueue_execute_start: work struct 00000000c9df598b: function io_ring_exit_work'),
  );
  expect(values(event)).toEqual({ work: 0xc9df598bn, function_symbol: 'io_ring_exit_work' });
  const [type] = event.source.schema.types;
  expect(type?.fields.map(({ name, offsetBytes }) => `${name}@${offsetBytes}`).slice(4)).toEqual([
    'work@8',
    'function_symbol@24',
  ]);
});

test('what a program wrote to trace_marker is a print, ended as the kernel ends it', async () => {
  const event = await only(line('tracing_mark_write: C|123|queue|4'));
  expect(event.name).toBe('ftrace:print');
  expect(values(event)).toEqual({ buf: 'C|123|queue|4\n' });
});

test('what the recorder lost is counted, once', async () => {
  const lost = (header: string, lines: string): Source =>
    open(`${header}${line('cpu_idle: state=1 cpu_id=2')}${lines}`);
  const header = '# tracer: nop\n# entries-in-buffer/entries-written: 100/350   #P:4\n';
  const counted = lost(header, 'CPU:1 [LOST 12 EVENTS]\nCPU:2 [LOST 30 EVENTS]\n');
  await allEvents(counted);
  expect(counted.ledger).toMatchObject({ read: 1, dropped: 250, unparsed: 0 });
  expect(counted.context.cpuCount).toBe(4);
  const report = lost('cpus=2\n', 'CPU:1 [7 EVENTS DROPPED]\nCPU:0 [EVENTS DROPPED]\n');
  await allEvents(report);
  expect(report.ledger).toMatchObject({ read: 1, dropped: 7, droppedUncounted: 1, unparsed: 0 });
});

test('lines that are no events are counted with their number', async () => {
  const source = open(
    `${HEADER}${line('cpu_idle: state=1 cpu_id=2')}what is this\n${line('sched_switch: something else')} 0)   0.123 us    |  fput();\n`,
  );
  await allEvents(source);
  expect(source.ledger).toMatchObject({ read: 1, unparsed: 2, unsupported: 1 });
  expect(source.ledger.places.map(({ at }) => at)).toEqual([5, 6, 7]);
});

test('events a little out of order are put in order; one that comes too late is counted', async () => {
  const at = (time: number): string => `     a-1 [000] ${time}.000000: cpu_idle: state=1 cpu_id=2\n`;
  const near = open(at(2) + at(1) + at(3));
  expect((await allEvents(near)).map(({ timeNs }) => timeNs / 1_000_000_000n)).toEqual([1n, 2n, 3n]);
  expect(near.ledger.outOfOrder).toBe(0);
  const far = open(Array.from({ length: 100_000 }, (_, index) => at(index + 10)).join('') + at(1));
  let events = 0;
  for await (const batch of far.batches()) events += batch.count;
  expect(events).toBe(100_001);
  expect(far.ledger).toMatchObject({ read: 100_001, outOfOrder: 1 });
});

test('two passes give the same types, and an ended signal ends a pass', async () => {
  const source = open(HEADER + line('cpu_idle: state=1 cpu_id=2') + line('gpu_idle: x'));
  const first = await allEvents(source);
  expect(await allEvents(source)).toEqual(first);
  expect(source.schema.types).toHaveLength(2);
  await expect(async () => {
    for await (const batch of source.batches({ signal: AbortSignal.abort(new Error('enough')) })) void batch;
  }).rejects.toThrow('enough');
});

test('an atrace that is compressed gives the same events, up to where it is damaged', async () => {
  const text =
    HEADER +
    Array.from({ length: 5000 }, (_, index) => line(`cpu_idle: state=${index % 7} cpu_id=2`)).join('');
  const plain = await allEvents(open(text));
  const packed = Buffer.concat([Buffer.from('capturing trace... done\nTRACE:\n'), deflateSync(text)]);
  const whole = open(packed);
  expect(whole.formatDetail).toBe('atrace, compressed, times to a microsecond');
  expect(await allEvents(whole)).toEqual(plain);
  const cut = open(packed.subarray(0, packed.length - 200));
  const some = await allEvents(cut);
  expect(some.length).toBeLessThan(plain.length);
  expect(some).toEqual(plain.slice(0, some.length));
  expect(cut.ledger.unparsed).toBeGreaterThan(0);
  expect(cut.ledger.places.some(({ reason }) => reason.includes('breaks off'))).toBe(true);
});

test('a page without a trace is refused, and so is no text of something else', () => {
  expect(() => open('<!DOCTYPE html>\n<html><title>Android System Trace</title></html>')).toThrow(
    'holds no trace',
  );
  for (const other of [
    'hello\nworld\n',
    '[   12.345678] usb 1-1: new device',
    '{"a": 1}',
    '\u0000\u0001\u0002',
  ]) {
    expect(openSources(new MemoryBytes(Buffer.from(other), 'other'))?.[0]?.format).not.toBe('ftrace-text');
  }
});

for (const [name, count, detail] of [
  ['android_systrace.txt', 91, 'trace, times to a microsecond'],
  ['decompressed_atrace_data.txt', 1042, 'trace, times to a microsecond'],
  ['trappy-systrace.html', 10, 'systrace page, times to a microsecond'],
] as const) {
  test(`every line of ${name} is accounted for`, async (context) => {
    const source = openText(recording(context, `../shared/recordings/${name}`));
    await allEvents(source);
    expect(source.ledger).toMatchObject({
      read: count,
      unparsed: 0,
      unsupported: 0,
      outOfOrder: 0,
      dropped: 0,
    });
    expect(source.formatDetail).toBe(detail);
  });
}

test('atrace says what time it is on other clocks', async (context) => {
  const source = openText(recording(context, '../shared/recordings/decompressed_atrace_data.txt'));
  await allEvents(source);
  expect(
    source.clockPairs?.map(({ otherClock, otherTimeNs, timeNs }) => [otherClock, otherTimeNs, timeNs]),
  ).toEqual([
    ['mono', 683_201_375_000_000n, 683_201_354_908_000n],
    ['realtime', 3_720_325_137_000_000n, 683_201_354_926_000n],
  ]);
});
