/** The events of a bundle one by one, in time order, as `retroprobe events` prints them. */
import { setImmediate } from 'node:timers/promises';

import { Failure } from '../../failure.ts';
import { TaskTable } from '../../replay/kernel/tasks.ts';
import { mergeByTime } from '../../replay/merge.ts';
import { frameText } from '../../symbols/frame-text.ts';
import type { SymbolCandidate } from '../../symbols/symbol-files.ts';
import { Symboliser } from '../../symbols/symboliser.ts';
import type { Bundle } from '../../trace/bundle/bundle.ts';
import type { Batch, EventType, Source, SourceContext } from '../../trace/event.ts';
import { ShiftedSource } from '../../trace/clock/shifted-source.ts';
import { RecordReader } from '../../trace/record.ts';
import type { ListedEvent } from '../contract.ts';
import type { JobControl } from './perform.ts';
import { sourcesOnOneClock } from './read-bundle.ts';
import { secondsOf } from './seconds.ts';

/** Work between two looks at whether anybody interrupted. */
const TURN_MS = 50;
/** Events out of order lie this far behind at most: past the end by as much, none follows that is wanted. */
const DISORDER_NS = 100_000_000n;

/** Types that a message names: a kernel has thousands. */
const TYPES_NAMED_MAX = 20;

export interface ListOptions {
  /** `sched:sched_switch`, `sched_switch`, `sched:*`; every type without one. */
  readonly types: readonly string[];
  /** In seconds of the bundle's clock, `+` before it counts from the first event. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly clocks: Readonly<Record<string, string>> | undefined;
  /** Where stacks are listed: files that may have symbols beside those of the bundle. All is read once before, for what was mapped. */
  readonly symbolFiles?: readonly SymbolCandidate[] | undefined;
  /** Given what names stacks before the first event is. */
  readonly onSymbols?: ((symbols: Symboliser) => void) | undefined;
}

/**
 * Sources that cannot be put on the others' clock come after them, each by itself. Throws Failure `no-such-type`
 * once all was read where a type never occurs, `bad-option` for times, and signal.reason.
 */
export async function* listEvents(
  bundle: Bundle,
  options: ListOptions,
  control: JobControl,
): AsyncGenerator<ListedEvent, void, void> {
  const { sources, unsynchronised } = await sourcesOnOneClock(bundle, options.clocks, control);
  const types = new TypeChoice(options.types);
  const symbols =
    options.symbolFiles &&
    (await symbolsOf([...sources, ...unsynchronised], bundle, options.symbolFiles, control.signal));
  if (symbols !== undefined) options.onSymbols?.(symbols);
  yield* listGroup(sources, false, types, options, symbols, control);
  for (const source of unsynchronised) yield* listGroup([source], true, types, options, symbols, control);
  const missing = types.missing();
  if (missing === undefined) return;
  const occurred = [...types.occurred].sort();
  const rest = occurred.length - TYPES_NAMED_MAX;
  const known = `${occurred.slice(0, TYPES_NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  throw new Failure('bundle', 'no-such-type', `there is no event type ${missing}; there is ${known}`, {
    file: bundle.name,
  });
}

async function* listGroup(
  sources: readonly Source[],
  isUnsynchronised: boolean,
  types: TypeChoice,
  options: ListOptions,
  symbols: Symboliser | undefined,
  { signal }: JobControl,
): AsyncGenerator<ListedEvent, void, void> {
  const tasks = new TaskTable();
  const readers = new Map(sources.map((source) => [source, new EventReader(source, tasks, symbols)]));
  let window: Window | undefined;
  let turnAt = performance.now() + TURN_MS;
  for await (const { source, batch, from, to } of mergeByTime(sources, { signal })) {
    const reader = readers.get(source);
    if (reader === undefined) throw new Error('a run of a source that is not merged');
    window ??= windowOf(options, batch.timeNs[from] ?? 0n);
    if ((batch.timeNs[from] ?? 0n) > window.toNs + DISORDER_NS) break;
    for (let row = from; row < to; row += 1) {
      const timeNs = batch.timeNs[row] ?? 0n;
      if (timeNs > window.toNs) continue;
      tasks.follow(source.schema, batch, row);
      const type = source.schema.types[batch.type[row] ?? 0];
      if (type === undefined || !types.has(source, type)) continue;
      if (timeNs < window.fromNs) continue;
      yield { isUnsynchronised, ...reader.read(batch, row, timeNs, type) };
    }
    if (performance.now() < turnAt) continue;
    // Nothing else lets an interrupt in.
    await setImmediate();
    signal?.throwIfAborted();
    turnAt = performance.now() + TURN_MS;
  }
  for (const { schema } of sources) types.learn(schema.types);
}

interface Window {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

function windowOf({ from, to }: ListOptions, firstNs: bigint): Window {
  return {
    fromNs: from === undefined ? 0n : secondsOf(from, firstNs),
    toNs: to === undefined ? 2n ** 64n : secondsOf(to, firstNs),
  };
}

class EventReader {
  readonly #source: Source;
  readonly #tasks: TaskTable;
  readonly #context: SourceContext;
  readonly #reader: RecordReader;
  readonly #symbols: Symboliser | undefined;

  constructor(source: Source, tasks: TaskTable, symbols: Symboliser | undefined) {
    this.#source = source;
    this.#symbols = symbols;
    this.#tasks = tasks;
    // Once: what a bundle adds to it is joined anew each time it is asked for.
    this.#context = source.context;
    this.#reader = new RecordReader(source.schema);
    tasks.learn(this.#context);
  }

  read(batch: Batch, row: number, timeNs: bigint, type: EventType): Omit<ListedEvent, 'isUnsynchronised'> {
    const tid = batch.tid[row] ?? -1;
    const cpu = batch.cpu[row] ?? 0;
    const chain = this.#source.context.callchains[batch.stack[row] ?? -1];
    return {
      source: this.#source.name,
      clock: this.#source.clock,
      id: batch.firstEvent + row,
      timeNs,
      cpu,
      tid,
      comm: tid === 0 ? `swapper/${cpu}` : (this.#tasks.comm(tid) ?? this.#context.comms.get(tid)),
      type: `${type.system}:${type.name}`,
      fields: type.fields.map((field) => [field.name, this.#reader.value(batch, row, field)] as const),
      stack: chain === undefined ? [] : [...chain],
      ...(this.#symbols && { frames: this.#frames(this.#symbols, batch.stack[row] ?? -1, tid, timeNs) }),
    };
  }

  /** What was mapped has its times on the source's own clock: where that was moved, the process is taken as it ended. */
  #frames(symbols: Symboliser, stack: number, tid: number, timeNs: bigint): string[] {
    const { callchains, userCallchains } = this.#source.context;
    const tgid = this.#tasks.tgid(tid);
    const when = this.#source instanceof ShiftedSource ? undefined : timeNs;
    return [
      ...Array.from(callchains[stack] ?? [], (address) => frameText(address, symbols.kernelFrame(address))),
      ...Array.from(userCallchains?.[stack] ?? [], (address) =>
        frameText(address, symbols.frame(tgid, address, when)),
      ),
    ];
  }
}

async function symbolsOf(
  sources: readonly Source[],
  { device }: Bundle,
  added: readonly SymbolCandidate[],
  signal: AbortSignal | undefined,
): Promise<Symboliser> {
  for (const source of sources) {
    // Reading is what makes the context grow.
    for await (const _ of source.batches(signal === undefined ? {} : { signal }));
  }
  return Symboliser.open(sources, [...added, ...device.symbolFiles]);
}

/** Which types are wanted; types are looked at once, as they first occur. */
class TypeChoice {
  /** Of those that were looked at because an event is of them. */
  readonly occurred = new Set<string>();
  readonly #patterns: readonly { readonly text: string; readonly pattern: RegExp }[];
  readonly #found = new Set<string>();
  readonly #bySource = new Map<Source, (boolean | undefined)[]>();

  constructor(texts: readonly string[]) {
    this.#patterns = texts.map((text) => ({ text, pattern: patternOf(text) }));
  }

  has(source: Source, type: EventType): boolean {
    let chosen = this.#bySource.get(source);
    if (chosen === undefined) this.#bySource.set(source, (chosen = []));
    const known = chosen[type.index];
    if (known !== undefined) return known;
    this.occurred.add(`${type.system}:${type.name}`);
    return (chosen[type.index] = this.#matches(type));
  }

  /** A type that the recording knows and that never occurred is no mistake. */
  learn(types: readonly EventType[]): void {
    for (const type of types) this.#matches(type);
  }

  /** The first that no type was seen of. */
  missing(): string | undefined {
    return this.#patterns.find(({ text }) => !this.#found.has(text))?.text;
  }

  #matches({ system, name }: EventType): boolean {
    const matching = this.#patterns.filter(
      ({ pattern }) => pattern.test(`${system}:${name}`) || pattern.test(name),
    );
    for (const { text } of matching) this.#found.add(text);
    return this.#patterns.length === 0 || matching.length > 0;
  }
}

/** A star stands for any characters. */
function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
