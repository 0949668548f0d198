import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { attachObject, type AttachedObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import { takeOver } from '../../electron/replay/shared-maps.ts';
import type { Source } from '../../electron/trace/event.ts';
import { fakeSource, record, schedSwitchType, schedWakeupType } from './fake-source.ts';

const EVENTS = 40;
const types = [schedSwitchType(0), schedWakeupType(1), schedWakeupType(2, 'sched_wakeup_new')] as const;

function open(path: string) {
  return openObject(readFileSync(path), path.replace(/^.*\//, ''));
}

const counter = open('test/programs/counter.bpf.o');
const runqlat = open('programs/scheduling/runqlat.bpf.o');
const tails = open('test/programs/tails.bpf.o');

/** A wakeup and the switch to the task, in turn, a millisecond apart; batches of seven. */
function source(): Source {
  const events = Array.from({ length: EVENTS }, (_, index) => {
    const pid = 10 + (index % 5);
    const at = { timeNs: BigInt(index + 1) * 1_000_000n, tid: 1 };
    return index % 2 === 0
      ? { ...at, type: 1, bytes: record(types[1], { comm: `task-${pid}`, pid }) }
      : { ...at, type: 0, bytes: record(types[0], { prev_pid: 1, prev_state: 1, next_pid: pid - 1 }) };
  });
  return fakeSource(types, events, { batchEvents: 7 });
}

function entriesOf({ maps }: AttachedObject, name: string): string[] {
  const map = maps.find(({ definition }) => definition.name === name);
  return [...(map?.entries() ?? [])].map(
    ({ key, value }) => `${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`,
  );
}

function numberIn(attached: AttachedObject, name: string): number {
  const map = attached.maps.find(({ definition }) => definition.name === name);
  const [entry] = [...(map?.entries() ?? [])];
  return entry === undefined
    ? -1
    : new DataView(entry.value.buffer, entry.value.byteOffset).getUint32(0, true);
}

describe('a new version of an object', () => {
  it.for([0n, 1n, 7_000_000n, 20_500_000n, 99_000_000n])(
    'that is the same changes nothing, wherever it takes over (%s)',
    async (atNs) => {
      const alone = await attachObject(runqlat, [source()]);
      await replay(alone);
      const first = await attachObject(runqlat, [source()]);
      const next = { beside: first, sharedMaps: takeOver(first.maps) };
      const second = await attachObject(runqlat, first.sources, next);
      await replay(first, { swaps: [{ atNs, object: second }] });
      for (const name of ['hists', 'start', '.bss'])
        expect(entriesOf(second, name), name).toEqual(entriesOf(alone, name));
      const events = ({ programs }: AttachedObject) => programs.reduce((sum, each) => sum + each.events, 0);
      expect(events(first) + events(second)).toBe(events(alone));
      expect(events(alone)).toBe(EVENTS);
    },
  );

  it('counts on with its own constants in the maps of the one before, from its event on', async () => {
    const first = await attachObject(counter, [source()], { settings: { step: 1 } });
    const take = { beside: first, sharedMaps: takeOver(first.maps) };
    const second = await attachObject(counter, first.sources, { ...take, settings: { step: 100 } });
    // The switches are at 2, 4, ... 40 ms: ten before 21 ms.
    await replay(first, { swaps: [{ atNs: 21_000_000n, object: second }] });
    expect(first.programs.map(({ events }) => events)).toEqual([10]);
    expect(second.programs.map(({ events }) => events)).toEqual([10]);
    expect(numberIn(first, 'total')).toBe(1010);
    expect(numberIn(second, '.bss')).toBe(1010);
  });

  it('is refused where a map is not the one it takes over', async () => {
    const first = await attachObject(runqlat, [source()]);
    const take = { beside: first, sharedMaps: takeOver(first.maps), settings: { 'start.max_entries': 5 } };
    await expect(attachObject(runqlat, first.sources, take)).rejects.toThrow(
      /^runqlat\.bpf\.o: map start: it has another number of entries: \d+ and 5 than the map/,
    );
  });

  it('leaves the program arrays alone until it takes over', async () => {
    const first = await attachObject(tails, [source()]);
    const array =
      first.maps.find(({ definition }) => definition.type === 'prog_array')?.definition.name ?? '';
    const before = entriesOf(first, array);
    const take = { beside: first, sharedMaps: takeOver(first.maps) };
    const second = await attachObject(tails, first.sources, take);
    expect(before).not.toEqual([]);
    expect(entriesOf(second, array)).toEqual(before);
    await replay(first, { swaps: [{ atNs: 21_000_000n, object: second }] });
    expect(entriesOf(second, array)).not.toEqual(before);
  });
});

describe('pinned maps', () => {
  it('are one map for all objects that pin the name', async () => {
    const first = await attachObject(counter, [source()], { pins: { total: 'switches' } });
    const pins = { by_cpu: 'other', total: 'switches' };
    const second = await attachObject(counter, first.sources, {
      beside: first,
      pins,
      settings: { step: 10 },
    });
    await replay(first, { others: [second] });
    expect(first.pins.names).toEqual(['switches', 'other']);
    expect(numberIn(second, 'total')).toBe(20 + 200);
    expect(numberIn(first, 'by_cpu')).toBe(20);
    expect(numberIn(second, 'by_cpu')).toBe(200);
  });

  it('are refused where they differ, and free again once unpinned', async () => {
    const first = await attachObject(counter, [source()], { pins: { total: 'switches' } });
    const again = { beside: first, pins: { by_cpu: 'switches' } };
    await expect(attachObject(counter, first.sources, again)).rejects.toThrow(
      'counter.bpf.o: map by_cpu: pinned as switches, it has another type: array and percpu_array (counter.bpf.o pinned it first)',
    );
    expect(first.pins.unpin('switches')).toBe(true);
    expect(first.pins.unpin('switches')).toBe(false);
    const second = await attachObject(counter, first.sources, again);
    expect(second.pins.find('switches', second.maps[1]?.definition ?? fail(), 'x.o')).toBe(second.maps[1]);
  });
});

function fail(): never {
  throw new Error('the object has two maps');
}
