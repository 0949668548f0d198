/** Objects that programs on raw tracepoints are handed, as the events before told of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { EventType } from '../../../electron/trace/event.ts';
import { eventType, fakeSource, integerField, record, textField, type FakeEvent } from '../fake-source.ts';

const FILE = 'test/programs/followed.bpf.o';

interface Seen {
  readonly object: bigint;
  readonly values: readonly bigint[];
  readonly name: string;
}

async function seen(
  programs: readonly string[],
  types: readonly EventType[],
  events: readonly FakeEvent[],
): Promise<{ seen: Seen[]; missing: ReadonlyMap<string, number>; calls: readonly number[] }> {
  const source = fakeSource(types, events, { machine: 'x86_64' });
  const object = await attachObject(openObject(readFileSync(FILE), 'followed.bpf.o'), [source], { programs });
  const { outputs, faults } = await replay(object);
  expect(faults).toEqual([]);
  const records = outputs.map(({ bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = [1, 2, 3, 4, 5, 6].map((index) => view.getBigUint64(8 * index, true));
    const name = Buffer.from(bytes.subarray(56, 72)).toString();
    return { object: view.getBigUint64(0, true), values, name: name.slice(0, name.indexOf('\0')) };
  });
  return {
    seen: records,
    missing: object.moment.missingCounts,
    calls: object.programs.map((each) => each.events),
  };
}

describe('requests', () => {
  const fields = [
    integerField('dev', 8, 4, false),
    integerField('sector', 16, 8, false),
    integerField('nr_sector', 24, 4, false),
  ];
  const own = [...fields, integerField('bytes', 28, 4, false), textField('rwbs', 32, 10)];
  const inserted = eventType(0, 'block', 'block_rq_insert', own);
  const issued = eventType(1, 'block', 'block_rq_issue', own);
  const completed = eventType(2, 'block', 'block_rq_complete', [
    ...fields,
    integerField('error', 28, 4),
    textField('rwbs', 32, 10),
  ]);
  const frontMerged = eventType(3, 'block', 'block_bio_frontmerge', [...fields, textField('rwbs', 28, 10)]);
  const types = [inserted, issued, completed, frontMerged];
  const DEVICE = (254 << 20) | 16;
  const event = (type: number, sector: number, sectors: number, more = {}): FakeEvent => {
    const at = types[type];
    if (at === undefined) throw new Error(`no type ${type}`);
    const length: Record<string, number> = type < 2 ? { bytes: 512 * sectors } : {};
    const values = { dev: DEVICE, sector, nr_sector: sectors, rwbs: 'WS', ...length, ...more };
    return { timeNs: 1n, type, bytes: record(at, values) };
  };
  const all = ['inserted', 'issued', 'completed'];

  it('are one object from their beginning to their end, with disk, place, length and flags', async () => {
    const { seen: records, missing } = await seen(all, types, [
      event(0, 800, 8),
      event(1, 800, 8),
      event(2, 800, 8),
    ]);
    const [first, second, third] = records;
    expect(new Set(records.map(({ object }) => object)).size).toBe(1);
    const disk = (254n << 32n) | 16n;
    const [WRITE, SYNC] = [1n, 1n << 11n];
    expect(first?.values).toEqual([800n, 4096n, WRITE | SYNC, disk, 0n, 0n]);
    expect(second?.values).toEqual(first?.values);
    expect(third?.values).toEqual([800n, 4096n, WRITE | SYNC, disk, 0n, 4096n]);
    expect(missing.size).toBe(0);
  });

  it('are told apart at the same place, the first that was issued completing first', async () => {
    const { seen: records } = await seen(all, types, [
      event(1, 800, 8),
      event(1, 800, 8),
      event(2, 800, 8),
      event(2, 800, 8),
    ]);
    const [one, two, three, four] = records.map(({ object }) => object);
    expect([three, four]).toEqual([one, two]);
    expect(one).not.toBe(two);
  });

  it('complete in parts, the rest behind what is done', async () => {
    const { seen: records } = await seen(['completed'], types, [
      event(1, 800, 8),
      event(2, 800, 2, { error: -5 }),
      event(2, 802, 6),
    ]);
    expect(records.map(({ values }) => [values[0], values[1], values[4], values[5]])).toEqual([
      [800n, 4096n, 10n, 1024n],
      [802n, 3072n, 0n, 3072n],
    ]);
    expect(records[0]?.object).toBe(records[1]?.object);
  });

  it('begin earlier once something was merged in front', async () => {
    const { seen: records } = await seen(all, types, [event(0, 800, 8), event(3, 792, 8), event(1, 792, 16)]);
    expect(records.map(({ values }) => values[0])).toEqual([800n, 792n]);
    expect(records[0]?.object).toBe(records[1]?.object);
  });

  it('have a length that is not known where their beginning was not recorded', async () => {
    const { seen: records, missing } = await seen(['completed'], types, [event(2, 800, 8, { rwbs: 'N' })]);
    expect(records[0]?.values.slice(0, 3)).toEqual([800n, 0xffff_ffffn, 0xffff_ffffn]);
    expect(Object.fromEntries(missing)).toMatchObject({ 'request.__data_len': 1, 'request.cmd_flags': 1 });
  });

  it('are followed through events that no program is called for', async () => {
    const { calls } = await seen(['completed'], types, [event(0, 8, 8), event(1, 8, 8), event(2, 8, 8)]);
    expect(calls).toEqual([1]);
  });
});

describe('what handles an interrupt', () => {
  const NAME_AT = 16;
  const entry = eventType(0, 'irq', 'irq_handler_entry', [
    integerField('irq', 8, 4),
    { ...integerField('name', 12, 4, false), kind: 'dataLoc', type: 'char', elementSizeBytes: 1 },
  ]);
  const exit = eventType(1, 'irq', 'irq_handler_exit', [
    integerField('irq', 8, 4),
    integerField('ret', 12, 4),
  ]);
  const enters = (cpu: number, irq: number, name: string): FakeEvent => {
    const text = Buffer.from(`${name}\0`);
    const bytes = new Uint8Array(NAME_AT + text.length);
    bytes.set(record(entry, { irq, name: (text.length << 16) | NAME_AT }));
    bytes.set(text, NAME_AT);
    return { timeNs: 1n, cpu, type: 0, bytes };
  };
  const leaves = (cpu: number, irq: number): FakeEvent => ({
    timeNs: 1n,
    cpu,
    type: 1,
    bytes: record(exit, { irq, ret: 1 }),
  });

  it('is what entered on that CPU, by its name', async () => {
    const events = [enters(0, 24, 'disk'), enters(1, 25, 'net'), leaves(1, 25), leaves(0, 24)];
    const { seen: records, missing } = await seen(['handled'], [entry, exit], events);
    expect(records.map(({ name, values }) => [name, values[0], values[1], values[2]])).toEqual([
      ['net', 25n, 1n, 25n],
      ['disk', 24n, 1n, 24n],
    ]);
    expect(missing.size).toBe(0);
  });

  it('has no name where it entered before the recording began', async () => {
    const { seen: records, missing } = await seen(['handled'], [entry, exit], [leaves(0, 24)]);
    expect(records[0]?.name).toBe('');
    expect(missing.get('irqaction.name')).toBe(1);
  });
});

const calls = [
  eventType(0, 'raw_syscalls', 'sys_enter', [
    integerField('id', 8, 8),
    { ...integerField('args', 16, 48, false), kind: 'array', elementCount: 6, elementSizeBytes: 8 },
  ]),
  eventType(1, 'raw_syscalls', 'sys_exit', [integerField('id', 8, 8), integerField('ret', 16, 8)]),
] as const;
const enters = (tid: number, id: number, ...args: readonly number[]): FakeEvent => {
  const bytes = record(calls[0], { id });
  const view = new DataView(bytes.buffer);
  args.forEach((value, index) => {
    view.setBigUint64(16 + 8 * index, BigInt(value), true);
  });
  return { timeNs: 1n, tid, type: 0, bytes };
};
const UNKNOWN = 0xffff_ffff_ffff_ffffn;

describe('registers of a system call', () => {
  const leaves = (tid: number, id: number, ret: number): FakeEvent => ({
    timeNs: 1n,
    tid,
    type: 1,
    bytes: record(calls[1], { id, ret }),
  });

  it('hold its arguments until it ends, each thread’s its own, and what no event tells is all ones', async () => {
    const events = [enters(7, 1, 3, 4096), enters(8, 0, 5, 6), leaves(7, 1, 10), leaves(8, 0, -11)];
    const { seen: records } = await seen(['call_ends'], calls, events);
    expect(records.map(({ values }) => values)).toEqual([
      [10n, 3n, 4096n, 1n, 10n, UNKNOWN],
      [BigInt.asUintN(64, -11n), 5n, 6n, 0n, BigInt.asUintN(64, -11n), UNKNOWN],
    ]);
  });

  it('do not hold arguments of a call that began before the recording, which is counted', async () => {
    const { seen: records, missing } = await seen(['call_ends'], calls, [leaves(7, 1, 10)]);
    expect(records[0]?.values.slice(0, 4)).toEqual([10n, UNKNOWN, UNKNOWN, 1n]);
    expect([...missing.values()]).toEqual([1]);
  });
});

describe('a task that ends', () => {
  const EXIT_GROUP = 231;
  const [KILL, SEGMENT_FAULT, TERMINATE, CHILD] = [9, 11, 15, 17];
  const ends = eventType(2, 'sched', 'sched_process_exit', [
    textField('comm', 8, 16),
    integerField('pid', 24, 4),
  ]);
  const delivered = eventType(3, 'signal', 'signal_deliver', [
    integerField('sig', 8, 4),
    integerField('sa_handler', 16, 8, false),
  ]);
  const generated = eventType(4, 'signal', 'signal_generate', [
    integerField('sig', 8, 4),
    integerField('pid', 12, 4),
    integerField('result', 16, 4),
  ]);
  const types = [...calls, ends, delivered, generated];
  const sent = (tid: number, sig: number, result = 0): FakeEvent => ({
    timeNs: 1n,
    tid: 1,
    type: 4,
    bytes: record(generated, { sig, pid: tid, result }),
  });
  const dies = (tid: number): FakeEvent => ({
    timeNs: 2n,
    tid,
    type: 2,
    bytes: record(ends, { comm: 'x', pid: tid }),
  });
  const hit = (tid: number, sig: number, handler = 0): FakeEvent => ({
    timeNs: 1n,
    tid,
    type: 3,
    bytes: record(delivered, { sig, sa_handler: handler }),
  });

  it('does so with the status that it gave, or the signal that killed it', async () => {
    const events = [
      ...[enters(7, EXIT_GROUP, 3), dies(7), hit(8, TERMINATE), dies(8)],
      ...[hit(9, TERMINATE, 0x1000), dies(9)],
    ];
    const { seen: records, missing } = await seen(['task_ends'], types, events);
    expect(records.map(({ values }) => values.slice(0, 2))).toEqual([
      [7n, 0x300n],
      [8n, 15n],
      [9n, 0xffff_ffffn],
    ]);
    expect(missing.get('task_struct.exit_code')).toBe(1);
  });

  it('is told by a SIGKILL whatever signal killed its process, which that does not tell', async () => {
    const { seen: records, missing } = await seen(['task_ends'], types, [hit(7, KILL), dies(7)]);
    expect(records[0]?.values[1]).toBe(0xffff_ffffn);
    expect(missing.get('task_struct.exit_code')).toBe(1);
  });

  it('ends by the last signal that reached it where a SIGKILL is delivered', async () => {
    // What is sent to a process that dies is ignored, and what ends none by itself does not count.
    const [ignored, childEnded] = [sent(7, KILL, 1), sent(7, CHILD)];
    const events = [sent(7, TERMINATE), ignored, childEnded, hit(7, KILL), dies(7)];
    const dumped = [sent(8, SEGMENT_FAULT), hit(8, KILL), dies(8)];
    const { seen: records, missing } = await seen(['task_ends'], types, [...events, ...dumped]);
    expect(records.map(({ values }) => values[1])).toEqual([15n, 0xffff_ffffn]);
    expect(missing.get('task_struct.exit_code')).toBe(1);
  });

  it('may have left a core, which nothing tells', async () => {
    const { seen: records, missing } = await seen(['task_ends'], types, [hit(7, SEGMENT_FAULT), dies(7)]);
    expect(records[0]?.values[1]).toBe(0xffff_ffffn);
    expect(missing.get('task_struct.exit_code')).toBe(1);
  });
});
