/**
 * Timers and work queues in map values: bpf_timer and bpf_wq of Linux; a queue is a timer for at once. One is known by its address; its sixteen bytes hold nothing. The
 * replay calls those that are due, in the order of their times: runDue().
 */
import { Failure } from '../../failure.ts';
import { isIterable } from '../helpers/map.ts';
import { roundUp8 } from '../maps/descriptor.ts';
import { EBUSY, EDEADLK, EINVAL } from '../maps/errno.ts';
import type { ElementAddresses } from '../maps/base.ts';
import type { BpfMap } from '../maps/map.ts';
import { watchValues } from '../maps/watch-values.ts';
import type { Address, LinearMemory } from './memory.ts';

/** A function of a loaded program, to be called when that program has ended. */
export interface BoundFunction {
  readonly program: string;
  call(...parameters: readonly bigint[]): bigint;
}

/** Calls of timers at one go: a timer that sets itself anew for at once would go on for ever. */
const CALLS_MAX = 200_000;

/** A value may hold one of each. */
export type TimerKind = 'timer' | 'work-queue';

interface Timer {
  readonly map: BpfMap;
  readonly kind: TimerKind;
  callback: BoundFunction | undefined;
  /** undefined where it is not set. */
  expiresNs: bigint | undefined;
  cpu: number;
  /** Of those set for the same time, the one that was set first comes first. */
  turn: number;
}

/** A timer whose time has come. */
export interface DueTimer {
  readonly timeNs: bigint;
  /** CPU it was set on. */
  readonly cpu: number;
  readonly program: string;
  /** Calls its function. Throws Failure of the layer `vm`. */
  run(): void;
}

export class Timers {
  readonly #memory: LinearMemory;
  readonly #timers = new Map<Address, Timer>();
  /** Where a value of the map holds its timer. */
  readonly #offsets = new Map<BpfMap, Partial<Record<TimerKind, number>>>();
  #running: Address | undefined;
  #turns = 0;
  /** No timer is set for an earlier time; undefined where none is set. */
  #next: bigint | undefined;
  #indexKey: Address = 0;
  /** Called when one is set. */
  onStart: (() => void) | undefined;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Notes all timers; to call what it returns puts them back. */
  save(): () => void {
    const timers = Array.from(this.#timers, ([at, timer]) => [at, { ...timer }] as const);
    const [turns, next, indexKey] = [this.#turns, this.#next, this.#indexKey];
    const followed = Array.from(this.#offsets, ([map, offsets]) => [map, { ...offsets }] as const);
    return () => {
      this.#timers.clear();
      for (const [at, timer] of timers) this.#timers.set(at, { ...timer });
      this.#offsets.clear();
      for (const [map, offsets] of followed) this.#offsets.set(map, { ...offsets });
      this.#turns = turns;
      this.#next = next;
      this.#indexKey = indexKey;
    };
  }

  /** Timers that are set. */
  get waiting(): number {
    let count = 0;
    for (const { expiresNs } of this.#timers.values()) if (expiresNs !== undefined) count += 1;
    return count;
  }

  /** 0 or -errno, as all of these. */
  init(at: Address, map: BpfMap, kind: TimerKind = 'timer'): number {
    if (this.#timers.has(at)) return -EBUSY;
    if (this.#offsets.get(map)?.[kind] === undefined) this.#follow(map, at, kind);
    this.#timers.set(at, { map, kind, callback: undefined, expiresNs: undefined, cpu: 0, turn: 0 });
    return 0;
  }

  isSet(at: Address): boolean {
    return this.#timers.get(at)?.expiresNs !== undefined;
  }

  setCallback(at: Address, callback: BoundFunction): number {
    const timer = this.#timers.get(at);
    if (timer === undefined) return -EINVAL;
    timer.callback = callback;
    return 0;
  }

  start(at: Address, expiresNs: bigint, cpu: number): number {
    const timer = this.#timers.get(at);
    if (timer?.callback === undefined) return -EINVAL;
    timer.expiresNs = expiresNs;
    timer.cpu = cpu;
    timer.turn = this.#turns += 1;
    if (this.#next === undefined || expiresNs < this.#next) this.#next = expiresNs;
    this.onStart?.();
    return 0;
  }

  /** 1 where it was set. Its function is forgotten. */
  cancel(at: Address): number {
    const timer = this.#timers.get(at);
    if (timer === undefined) return -EINVAL;
    if (this.#running === at) return -EDEADLK;
    const wasSet = timer.expiresNs !== undefined;
    timer.expiresNs = undefined;
    timer.callback = undefined;
    return wasSet ? 1 : 0;
  }

  /** None is set for an earlier time; undefined where none is set. */
  get nextNs(): bigint | undefined {
    return this.#next;
  }

  /** Hands over the timers that are due until then, each before the next is looked for. Throws Failure `timer-limit`. */
  runDue(untilNs: bigint, run: (due: DueTimer) => void): void {
    for (let calls = 0; this.#next !== undefined && this.#next <= untilNs; calls += 1) {
      const found = this.#first();
      if (found === undefined) return;
      const [at, timer] = found;
      const { expiresNs, callback, cpu } = timer;
      if (expiresNs === undefined || callback === undefined || expiresNs > untilNs) return;
      if (calls >= CALLS_MAX) {
        timer.expiresNs = undefined;
        const reason = `a timer was called ${CALLS_MAX} times between two events, and is called no more`;
        throw new Failure('vm', 'timer-limit', reason, { file: callback.program });
      }
      timer.expiresNs = undefined;
      this.#running = at;
      try {
        run({
          timeNs: expiresNs,
          cpu,
          program: callback.program,
          run: () => this.#call(at, timer, callback),
        });
      } finally {
        this.#running = undefined;
      }
    }
  }

  #call(at: Address, { map, kind }: Timer, callback: BoundFunction): void {
    const [key, value] = this.#elementOf(map, at, kind);
    callback.call(BigInt(map.handle), BigInt(key), BigInt(value));
  }

  /** The timer that is set for the earliest time. */
  #first(): readonly [Address, Timer] | undefined {
    let first: readonly [Address, Timer] | undefined;
    for (const entry of this.#timers) {
      const { expiresNs, turn } = entry[1];
      if (expiresNs === undefined) continue;
      const best = first?.[1];
      const isEarlier =
        best?.expiresNs === undefined ||
        expiresNs < best.expiresNs ||
        (expiresNs === best.expiresNs && turn < best.turn);
      if (isEarlier) first = entry;
    }
    this.#next = first?.[1].expiresNs;
    return first;
  }

  /** Finds out where the map's values hold their timers, and ends those whose value ends. */
  #follow(map: BpfMap, at: Address, kind: TimerKind): void {
    const { valueSizeBytes } = map.definition;
    for (const [, value] of isIterable(map) ? map.elementAddresses() : []) {
      if (at < value || at >= value + valueSizeBytes) continue;
      const offset = at - value;
      this.#offsets.set(map, { ...this.#offsets.get(map), [kind]: offset });
      watchValues(map, this.#memory, (ended) => this.#timers.delete(ended + offset));
      return;
    }
    throw new Failure(
      'vm',
      'no-element',
      `the ${kind} at ${at} is in no element of map ${map.definition.name}`,
    );
  }

  /** In a hash the key lies before its value; in an array the place tells it. */
  #elementOf(map: BpfMap, at: Address, kind: TimerKind): ElementAddresses {
    const value = at - (this.#offsets.get(map)?.[kind] ?? 0);
    const { type, keySizeBytes, valueSizeBytes } = map.definition;
    if (type !== 'array') return [value - roundUp8(keySizeBytes), value];
    if (this.#indexKey === 0) this.#indexKey = this.#memory.allocate(8);
    const index = (value - map.directValue()) / roundUp8(valueSizeBytes);
    this.#memory.view.setUint32(this.#indexKey, index, true);
    return [this.#indexKey, value];
  }
}
