/** The trace's clocks: moments that are told on several, and times of one moved to the trace's. */
import type { ClockPair } from '../../event.ts';
import { CLOCK_PAIRS_MAX } from './limits.ts';
import { ProtoReader } from './proto.ts';

const SNAPSHOT = { clock: 1, traceClock: 2 } as const;
const CLOCK = { id: 1, time: 2, isIncremental: 3, unitNs: 4 } as const;
const NAMES: Readonly<Record<number, string>> = {
  1: 'realtime',
  2: 'realtime_coarse',
  3: 'mono',
  4: 'mono_coarse',
  5: 'mono_raw',
  6: 'boot',
};
const BOOT = 6;
/** Ids from here to 127 mean something within one writer's packets alone. */
const SEQUENCE_CLOCKS = { first: 64, last: 127 } as const;

export interface ClockReading {
  readonly id: number;
  readonly time: bigint;
  readonly isIncremental: boolean;
  readonly unitNs: bigint;
}

export interface ClockSnapshot {
  readonly readings: readonly ClockReading[];
  readonly traceClock: number | undefined;
}

export function isSequenceClock(id: number): boolean {
  return id >= SEQUENCE_CLOCKS.first && id <= SEQUENCE_CLOCKS.last;
}

export function clockName(id: number): string {
  return NAMES[id] ?? `clock ${id}`;
}

export function readSnapshot(packet: ProtoReader): ClockSnapshot {
  const readings: ClockReading[] = [];
  let traceClock: number | undefined;
  const outer = new ProtoReader().enter(packet);
  const inner = new ProtoReader();
  while (outer.next()) {
    if (outer.field === SNAPSHOT.traceClock) traceClock = outer.value;
    if (outer.field !== SNAPSHOT.clock || !outer.isStretch) continue;
    let id = 0;
    let time = 0n;
    let isIncremental = false;
    let unitNs = 1n;
    inner.enter(outer);
    while (inner.next()) {
      if (inner.field === CLOCK.id) id = inner.value;
      else if (inner.field === CLOCK.time) time = inner.big;
      else if (inner.field === CLOCK.isIncremental) isIncremental = inner.value !== 0;
      else if (inner.field === CLOCK.unitNs && inner.big > 0n) unitNs = inner.big;
    }
    if (id !== 0) readings.push({ id, time, isIncremental, unitNs });
  }
  return { readings, traceClock };
}

/** One clock's moments, and the trace's at each, in order. */
interface Moments {
  readonly unitNs: bigint;
  readonly own: bigint[];
  readonly trace: bigint[];
}

export class Clocks {
  traceClock = BOOT;
  readonly pairs: ClockPair[] = [];
  readonly #moments = new Map<number, Moments>();

  /** Takes a snapshot of clocks that all packets share. */
  add({ readings, traceClock }: ClockSnapshot): void {
    // ftrace and packets that name no clock are on the time since boot, so that is the trace's where it is told.
    const hasBoot = readings.some(({ id }) => id === BOOT);
    if (!hasBoot && this.#moments.size === 0 && traceClock !== undefined && traceClock !== 0)
      this.traceClock = traceClock;
    const here = readings.find(({ id }) => id === this.traceClock);
    if (here === undefined) return;
    for (const { id, time, unitNs } of readings) {
      if (id === here.id || isSequenceClock(id)) continue;
      const moments = this.#moments.get(id) ?? { unitNs, own: [], trace: [] };
      this.#moments.set(id, moments);
      if (moments.own.length >= CLOCK_PAIRS_MAX) continue;
      const at = indexAfter(moments.own, time);
      moments.own.splice(at, 0, time);
      moments.trace.splice(at, 0, here.time);
      if (NAMES[id] !== undefined && this.pairs.length < CLOCK_PAIRS_MAX) {
        const [clock, otherClock] = [clockName(here.id), clockName(id)];
        this.pairs.push({
          clock,
          timeNs: here.time,
          otherClock,
          otherTimeNs: time * unitNs,
          origin: 'clock snapshot',
        });
      }
    }
  }

  /** The time on the trace's clock, by the last moment before it that is told on both; undefined where none is. */
  toTrace(id: number, time: bigint): bigint | undefined {
    if (id === this.traceClock) return time;
    const moments = this.#moments.get(id);
    if (moments === undefined) return undefined;
    const at = Math.max(0, indexAfter(moments.own, time) - 1);
    const own = moments.own[at];
    const trace = moments.trace[at];
    return own === undefined || trace === undefined ? undefined : trace + (time - own) * moments.unitNs;
  }
}

/** How many come at or before the time. */
function indexAfter(times: readonly bigint[], time: bigint): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as bigint) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
