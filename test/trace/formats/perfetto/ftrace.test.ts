import { expect, onTestFinished, test } from 'vitest';
import { openBundle } from '../../../../electron/trace/bundle/bundle.ts';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import { openRecording, ourEvents, recording, type OurEvent } from '../../peer.ts';
import { openBytes } from '../pcap/peer.ts';
import { ftracePacket, packet, type ProtoWriter, writeCompact, writeEvent } from './make-perfetto.ts';
import { perfettoOf, recordedEvents, type Recorded } from './transcode.ts';

const SAMPLE = 'traces/runqueue-contention.zip';
const ARM = '../shared/recordings/lisa-rtapp.trace.dat';

/** As text, to be compared: what the recording's event and ours both have. */
function line(
  event: { cpu: number; time: bigint; tid: number; name: string },
  values: [string, unknown][],
): string {
  const told = values.map(([name, value]) => `${name}=${String(value)}`).sort();
  return `${event.time} [${event.cpu}] ${event.tid} ${event.name} ${told.join(' ')}`;
}

function ours({ cpu, timeNs, tid, name, values }: OurEvent): string {
  return line({ cpu, time: timeNs, tid, name }, Object.entries(values));
}

/** Fields that a message has none for are no fields of our event. */
function theirs(event: Recorded, fields: ReadonlySet<string>): string {
  return line(
    event,
    [...event.values].filter(([name]) => fields.has(`${event.name}.${name}`)),
  );
}

function fieldsOf(source: Source): Set<string> {
  return new Set(
    source.schema.types.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field.name}`)),
  );
}

async function sampleEvents(): Promise<Recorded[]> {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('the sample has no source');
  return recordedEvents(source);
}

test('gives the events of a recording that was encoded as Perfetto does it, field by field', async () => {
  const events = await sampleEvents();
  const source = openBytes(perfettoOf(events, 4000, false));
  const read = await ourEvents(source);
  const fields = fieldsOf(source);
  expect(source).toMatchObject({ format: 'perfetto', clock: 'boot' });
  expect(fields).toContain('sched_switch.prev_prio');
  expect(read.map(ours).sort()).toEqual(events.map((event) => theirs(event, fields)).sort());
  expect(source.ledger).toMatchObject({ read: events.length, unparsed: 0, unsupported: 0, outOfOrder: 0 });
});

test('gives the events of a recording of several CPUs, in time order although each CPU is written in turn', async (context) => {
  const events = await recordedEvents(openRecording(recording(context, ARM)));
  const source = openBytes(perfettoOf(events, 20_000, false));
  const read = await ourEvents(source);
  expect(new Set(events.map(({ cpu }) => cpu)).size).toBeGreaterThan(2);
  expect(read.length).toBe(events.length);
  expect(read.every(({ timeNs }, index) => index === 0 || (read[index - 1]?.timeNs ?? 0n) <= timeNs)).toBe(
    true,
  );
  // A recording of an Arm kernel has a layout of its own: its values are compared, not where they lie.
  const values = (name: string, pid: unknown, time: bigint): string => `${name} ${String(pid)} ${time}`;
  expect(read.map((event) => values(event.name, event.values['next_pid'], event.timeNs)).sort()).toEqual(
    events.map((event) => values(event.name, event.values.get('next_pid'), event.time)).sort(),
  );
}, 60_000);

test('takes switches and wakings out of columns, and says who ran before', async () => {
  const events = await sampleEvents();
  const source = openBytes(perfettoOf(events, 4000, true));
  const read = await ourEvents(source);
  const fields = fieldsOf(source);
  // A name and a priority may change while a task runs: nothing tells them.
  expect(fields).not.toContain('sched_switch.prev_prio');
  expect(fields).not.toContain('sched_switch.prev_comm');
  expect(source.ledger).toMatchObject({
    read: events.length - 1,
    unparsed: 1,
    unsupported: 0,
    outOfOrder: 0,
  });
  expect(source.ledger.places[0]?.reason).toBe('a first switch of a CPU, which does not tell who ran before');
  const [, ...switches] = events.filter(({ name }) => name === 'sched_switch');
  const found = read.filter(({ name }) => name === 'sched_switch');
  const next = (event: { time?: bigint; timeNs?: bigint }, value: (name: string) => unknown): string =>
    `${event.time ?? event.timeNs} ${['prev_state', 'next_comm', 'next_pid', 'next_prio'].map((name) => String(value(name))).join(' ')}`;
  expect(found.map((event) => next(event, (name) => event.values[name]))).toEqual(
    switches.map((event) => next(event, (name) => event.values.get(name))),
  );
  // The recording lacks a few switches of other tasks; who ran before is who was switched to.
  const previous = events.filter(({ name }) => name === 'sched_switch').slice(0, -1);
  expect(found.map(({ values }) => values['prev_pid'])).toEqual(
    previous.map(({ values }) => values.get('next_pid')),
  );
  expect(found.every(({ tid, values }) => tid === values['prev_pid'])).toBe(true);
});

test('tells in whose time a task was woken, and forgets it where events were lost', async () => {
  const switches = [100n, 200n].map((time, index) => ({
    time,
    prevState: 1n,
    nextPid: 40 + index,
    nextPrio: 120,
    nextComm: `task-${index}`,
  }));
  const waking = { pid: 7, targetCpu: 3, prio: 100, comm: 'woken' };
  const first = ftracePacket(1, [], (bundle) =>
    writeCompact(bundle, switches, [
      { ...waking, time: 50n },
      { ...waking, time: 150n },
      { ...waking, time: 200n },
    ]),
  );
  const afterLoss = ftracePacket(1, [], (bundle) => {
    bundle.number(3, 1);
    writeCompact(bundle, [{ ...switches[0], time: 300n } as never], [{ ...waking, time: 250n }]);
  });
  const source = openBytes(Buffer.concat([first, afterLoss]));
  const read = await ourEvents(source);
  expect(read.map(({ timeNs, name, tid }) => `${timeNs} ${name} ${tid}`)).toEqual([
    '50 sched_waking -1',
    '150 sched_waking 40',
    '200 sched_switch 40',
    '200 sched_waking 41',
    '250 sched_waking -1',
  ]);
  expect(source.ledger).toMatchObject({ read: 5, unparsed: 2, droppedUncounted: 1 });
});

test('lays a text behind where the kernel has an address, and a field that only the message has', async () => {
  const source = openBytes(
    ftracePacket(0, [
      {
        time: 1n,
        pid: 5,
        field: 113,
        write: (m) => m.bytes(1, 'machine_suspend').number(2, -3).number(3, 1),
      },
      {
        time: 2n,
        pid: 5,
        field: 17,
        write: (m) => m.bytes(1, 'a').number(2, 9).number(3, 120).number(4, 1).number(5, 2),
      },
      {
        time: 3n,
        pid: 5,
        field: 3,
        write: (m) => m.number(1, 0xffff_ffff_8100_0000n).bytes(2, 'B|5|draw\n'),
      },
      {
        time: 4n,
        pid: 5,
        field: 18,
        write: (m) => m.number(1, 9).number(2, 0xffff_ffff_8100_0000n).number(3, 1),
      },
    ]),
  );
  const read = await ourEvents(source);
  expect(read.map(({ name, values }) => ({ name, ...values }))).toEqual([
    { name: 'suspend_resume', action: 'machine_suspend', val: -3, start: 1 },
    { name: 'sched_wakeup', comm: 'a', pid: 9, prio: 120, success: 1n, target_cpu: 2 },
    { name: 'print', ip: 0xffff_ffff_8100_0000n, buf: 'B|5|draw\n' },
    { name: 'sched_blocked_reason', pid: 9n, caller: 0xffff_ffff_8100_0000n, io_wait: 1n },
  ]);
});

test('tells block devices as the kernel does', async () => {
  const minor = 0x1_2345;
  const user = ((minor & 0xfff00) << 12) | (259 << 8) | (minor & 0xff);
  const source = openBytes(
    ftracePacket(0, [
      {
        time: 1n,
        pid: 5,
        field: 121,
        write: (m) =>
          m
            .number(1, user >>> 0)
            .number(2, 8)
            .number(3, 4096),
      },
    ]),
  );
  expect((await ourEvents(source))[0]?.values).toEqual({ dev: (259 << 20) | minor, sector: 8n, size: 4096n });
});

test('reads events that tell their own names, and those that the trace describes', async () => {
  const field = (name: string, number: number, type: number) => (message: ProtoWriter) =>
    message.message(2, (each) => each.bytes(1, name).number(3, number).number(5, type));
  const describe = (bundle: ProtoWriter): void => {
    bundle.message(11, (entry) =>
      entry.number(1, 65_600).message(2, (message) => {
        message.bytes(1, 'camera_frame');
        field('frame', 1, 5)(message);
        field('address', 2, 4)(message);
        field('label', 3, 9)(message);
      }),
    );
  };
  const events = [
    {
      time: 1n,
      pid: 5,
      field: 327,
      write: (message: ProtoWriter) =>
        message
          .bytes(1, 'vendor_event')
          .message(2, (each) => each.bytes(1, 'count').number(4, -2))
          .message(2, (each) => each.bytes(1, 'label').bytes(3, 'x')),
    },
    {
      time: 2n,
      pid: 5,
      field: 65_600,
      write: (message: ProtoWriter) =>
        message
          .number(1, -7)
          .number(2, 2n ** 63n)
          .bytes(3, 'back'),
    },
    // One that the kernel has: its fields lie where the kernel lays them out.
    {
      time: 3n,
      pid: 5,
      field: 327,
      write: (message: ProtoWriter) =>
        message
          .bytes(1, 'sched_migrate_task')
          .message(2, (each) => each.bytes(1, 'comm').bytes(3, 'mover'))
          .message(2, (each) => each.bytes(1, 'dest_cpu').number(4, 3)),
    },
    { time: 4n, pid: 5, field: 65_601, write: (message: ProtoWriter) => message.number(1, 1) },
  ];
  const source = openBytes(ftracePacket(0, events, describe));
  const read = await ourEvents(source);
  expect(read.map(({ name, values }) => ({ name, ...values }))).toEqual([
    { name: 'vendor_event', count: -2n, label: 'x' },
    { name: 'camera_frame', frame: -7n, address: 2n ** 63n, label: 'back' },
    { name: 'sched_migrate_task', comm: 'mover', dest_cpu: 3 },
  ]);
  expect(source.schema.types.map(({ system }) => system)).toEqual(['generic', 'generic', 'sched']);
  expect(source.ledger).toMatchObject({ read: 3, unsupported: 1 });
  expect(source.ledger.places[0]?.reason).toBe('ftrace events of field 65601 are not read');
});

test("lays events out as the bundle's format files say", async () => {
  const format = [
    'name: cpu_idle',
    'ID: 77',
    'format:',
    '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
    '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
    '\tfield:u64 cpu_id;\toffset:8;\tsize:8;\tsigned:0;',
    '\tfield:u16 state;\toffset:16;\tsize:2;\tsigned:0;',
    '\nprint fmt: "x"',
  ].join('\n');
  const surroundings = {
    ...NO_SURROUNDINGS,
    eventFormat: (_: string, name: string) => (name === 'cpu_idle' ? format : undefined),
  };
  const bytes = ftracePacket(0, [
    { time: 1n, pid: 0, field: 13, write: (m) => m.number(1, 4_294_967_295).number(2, 3) },
  ]);
  const source = openSources(new MemoryBytes(bytes, 'made'), surroundings)?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  expect((await ourEvents(source))[0]?.values).toEqual({ cpu_id: 3n, state: 65_535 });
  expect(source.schema.types[0]).toMatchObject({ recordId: 77, sizeBytes: 18 });
});

test('moves times of another trace clock by what the bundle says of both', async () => {
  const onOther = ftracePacket(0, [], (bundle) => {
    bundle.number(5, 2).number(6, 1_000n).number(7, 5_000n);
    writeEvent(bundle, { time: 1_500n, pid: 1, field: 24, write: (m) => m.number(1, 3) });
  });
  const [event] = await ourEvents(openBytes(onOther));
  expect(event).toMatchObject({ timeNs: 5_500n, name: 'softirq_entry', values: { vec: 3 } });
});

test('notices a CPU that leaves another task than the one it switched to', async () => {
  const turn = (time: bigint, from: number, to: number) => ({
    time,
    pid: from,
    field: 4,
    write: (m: ProtoWriter) =>
      m.bytes(1, 'a').number(2, from).number(3, 1).number(4, 0).bytes(5, 'b').number(6, to).number(7, 1),
  });
  const source = openBytes(ftracePacket(0, [turn(1n, 0, 5), turn(2n, 5, 6), turn(3n, 9, 0)]));
  expect((await ourEvents(source)).length).toBe(3);
  expect(source.ledger.suspectedLosses).toBe(1);
});

test("counts what the kernel's own statistics say was lost, with what bundles say of it", async () => {
  const stats = (phase: number, overruns: readonly number[]): Buffer =>
    packet((trace) =>
      trace.number(10, 1).message(34, (ftrace) => {
        ftrace.number(1, phase);
        overruns.forEach((count, cpu) => ftrace.message(2, (each) => each.number(1, cpu).number(3, count)));
      }),
    );
  const lost = (cpu: number): Buffer =>
    ftracePacket(cpu, [{ time: 5n, pid: 1, field: 24, write: (m) => m.number(1, 3) }], (bundle) =>
      bundle.number(3, 1),
    );
  const source = openBytes(Buffer.concat([stats(1, [10, 0]), lost(0), lost(0), lost(1), stats(2, [250, 0])]));
  await ourEvents(source);
  // CPU 0 lost 240, which its two marks tell of; CPU 1's mark has no number.
  expect(source.ledger).toMatchObject({ read: 3, dropped: 240, droppedUncounted: 1 });
});
