import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EventField } from '../../../electron/trace/event.ts';
import { parseEventFormat } from '../../../electron/trace/formats/trace-dat/event-format.ts';
import {
  describedEvent,
  knownEvent,
  knownNames,
  syscallNamed,
  syscallNumbered,
  systemsOfEvent,
} from '../../../electron/trace/known-events/known-events.ts';
import { NO_SURROUNDINGS } from '../../../electron/trace/surroundings.ts';

const EVENTS = '/sys/kernel/tracing/events';

const placed = (fields: readonly EventField[]): string[] =>
  fields.map(
    ({ name, type, kind, offsetBytes, sizeBytes, isSigned, elementCount }) =>
      `${type} ${name} ${kind} ${offsetBytes}+${sizeBytes} ${elementCount}${isSigned ? ' signed' : ''}`,
  );

test('every event of the table that the running kernel has is laid out as the kernel lays it out', (context) => {
  if (!existsSync(join(EVENTS, 'sched/sched_switch/format'))) context.skip('tracefs is not for this user');
  let compared = 0;
  for (const each of knownNames()) {
    const [system = '', name = ''] = each.split(':');
    const path = join(EVENTS, system, name, 'format');
    if (!existsSync(path)) continue;
    const theirs = parseEventFormat(readFileSync(path, 'latin1'), system, 0, 8);
    const ours = knownEvent(system, name);
    expect(placed(ours?.fields ?? []), each).toEqual(placed(theirs?.fields ?? []));
    expect(ours?.sizeBytes, each).toBe(theirs?.sizeBytes);
    compared += 1;
  }
  // Other kernels have fewer; this many are in every one that is configured for tracing.
  expect(compared).toBeGreaterThan(300);
});

test('every pattern of the table names fields of its event only', () => {
  for (const each of knownNames()) {
    const [system = '', name = ''] = each.split(':');
    const event = knownEvent(system, name);
    const names = new Set(event?.fields.map((field) => field.name));
    for (const part of event?.patterns.flat() ?? []) {
      if (part.kind === 'capture' && part.field !== '')
        expect(names, `${each} ${part.field}`).toContain(part.field);
    }
  }
});

test('an event of a device that no PC has is in the table', () => {
  expect(knownEvent('binder', 'binder_transaction')?.sizeBytes).toBe(36);
  expect(systemsOfEvent(NO_SURROUNDINGS, 'binder_transaction')).toEqual(['binder']);
});

test('a format file of the bundle comes before the table', () => {
  const format =
    'name: sched_wakeup\nID: 77\nformat:\n\tfield:int pid;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: "who=%d", REC->pid\n';
  const event = describedEvent({ ...NO_SURROUNDINGS, eventFormat: () => format }, 'sched', 'sched_wakeup');
  expect(event).toMatchObject({ recordId: 77, sizeBytes: 12 });
  expect(
    event?.patterns[0]?.map((part) => (part.kind === 'literal' ? part.text : `{${part.field}}`)),
  ).toEqual(['who=', '{pid}']);
  expect(describedEvent(NO_SURROUNDINGS, 'sched', 'no_such_event')).toBeUndefined();
});

test('system calls are known by name and by number', () => {
  expect(syscallNamed('newfstat')).toEqual({ name: 'newfstat', number: 5 });
  expect(syscallNumbered(257)).toEqual({ name: 'openat', number: 257 });
  expect(syscallNamed('no_such_call')).toBeUndefined();
});

test('system calls of arm64 have numbers of their own, and the newer ones those of all machines', () => {
  expect(syscallNumbered(63, 'aarch64')?.name).toBe('read');
  expect(syscallNumbered(80, 'aarch64')?.name).toBe('newfstat');
  expect(syscallNamed('openat', 'aarch64')?.number).toBe(56);
  expect(syscallNamed('openat', 'x86_64')?.number).toBe(257);
  expect(syscallNamed('open', 'aarch64')).toBeUndefined();
  expect(syscallNumbered(42, 'aarch64')).toBeUndefined();
  expect(syscallNamed('cachestat', 'aarch64')).toEqual(syscallNamed('cachestat'));
});
