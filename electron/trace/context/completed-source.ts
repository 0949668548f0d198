/** A source whose context says beside what it recorded what its bundle knows of the device. */
import type { Batch, ClockPair, Ledger, ReadOptions, Schema, Source, SourceContext } from '../event.ts';
import type { DeviceFacts } from './context.ts';

/** The source itself where the bundle knows nothing that it lacks. */
export function completedSource(source: Source, facts: DeviceFacts): Source {
  const isAnything =
    facts.comms.size > 0 ||
    facts.tgids.size > 0 ||
    facts.mappings.length > 0 ||
    facts.kallsyms !== undefined ||
    facts.kernelRelease !== undefined ||
    facts.machine !== undefined ||
    clockBeside(source, facts) !== undefined;
  return isAnything ? new CompletedSource(source, facts) : source;
}

class CompletedSource implements Source {
  readonly #source: Source;
  readonly #facts: DeviceFacts;

  constructor(source: Source, facts: DeviceFacts) {
    this.#source = source;
    this.#facts = facts;
  }

  get name(): string {
    return this.#source.name;
  }

  get format(): string {
    return this.#source.format;
  }

  get formatDetail(): string {
    return this.#source.formatDetail;
  }

  get clock(): string {
    return clockBeside(this.#source, this.#facts) ?? this.#source.clock;
  }

  get schema(): Schema {
    return this.#source.schema;
  }

  get ledger(): Ledger {
    return this.#source.ledger;
  }

  /** What it says of a clock it does not know is said of the one that lay beside it. */
  get clockPairs(): readonly ClockPair[] | undefined {
    const { clock } = this;
    if (clock === this.#source.clock) return this.#source.clockPairs;
    return this.#source.clockPairs?.map((pair) => (pair.clock === 'unknown' ? { ...pair, clock } : pair));
  }

  /** What the recording says itself goes before. */
  get context(): SourceContext {
    const own = this.#source.context;
    const facts = this.#facts;
    return {
      comms: joined(own.comms, facts.comms),
      tgids: joined(own.tgids, facts.tgids),
      callchains: own.callchains,
      userCallchains: own.userCallchains,
      mappings: facts.mappings.length === 0 ? own.mappings : [...facts.mappings, ...(own.mappings ?? [])],
      buildIds: own.buildIds,
      kallsyms: own.kallsyms ?? facts.kallsyms,
      kernelRelease: own.kernelRelease ?? facts.kernelRelease,
      machine: own.machine ?? facts.machine,
      cpuCount: own.cpuCount,
    };
  }

  batches(options?: ReadOptions): AsyncGenerator<Batch, void, void> {
    return this.#source.batches(options);
  }

  close(): void {
    this.#source.close();
  }
}

/** Text of ftrace never says its clock; the file trace_clock beside it does. */
function clockBeside({ clock, format }: Source, { traceClock }: DeviceFacts): string | undefined {
  return clock === 'unknown' && format.startsWith('ftrace') ? traceClock : undefined;
}

function joined<T>(own: ReadonlyMap<number, T>, added: ReadonlyMap<number, T>): ReadonlyMap<number, T> {
  if (added.size === 0) return own;
  return own.size === 0 ? added : new Map([...added, ...own]);
}
