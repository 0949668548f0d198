/** A source whose context says beside what it recorded what its bundle knows of the device. */
import type { Batch, ClockName, ClockPair, ReadOptions, Source, SourceContext } from '../event.ts';
import { SourceView } from '../source-view.ts';
import type { DeviceFacts } from './context.ts';

/** The source itself where the bundle knows nothing that it lacks. */
export function completedSource(source: Source, facts: DeviceFacts): Source {
  const isAnything =
    facts.comms.size > 0 ||
    facts.tgids.size > 0 ||
    facts.parents.size > 0 ||
    facts.mappings.length > 0 ||
    facts.runtimeFunctions.size > 0 ||
    facts.dynamicEvents.length > 0 ||
    facts.kallsyms !== undefined ||
    facts.kernelRelease !== undefined ||
    facts.machine !== undefined ||
    facts.configuration.size > 0 ||
    facts.network.addresses.length + facts.network.routes.length > 0 ||
    clockBeside(source, facts) !== undefined;
  return isAnything ? new CompletedSource(source, facts) : source;
}

class CompletedSource extends SourceView {
  readonly #facts: DeviceFacts;
  readonly #context: CompletedContext;

  constructor(source: Source, facts: DeviceFacts) {
    super(source);
    this.#facts = facts;
    this.#context = new CompletedContext(source, facts);
  }

  override get clock(): ClockName {
    return clockBeside(this.source, this.#facts) ?? this.source.clock;
  }

  /** What it says of a clock it does not know is said of the one that lay beside it. */
  override get clockPairs(): readonly ClockPair[] | undefined {
    const { clock } = this;
    if (clock === this.source.clock) return this.source.clockPairs;
    return this.source.clockPairs?.map((pair) => (pair.clock === 'unknown' ? { ...pair, clock } : pair));
  }

  override get context(): SourceContext {
    return this.#context;
  }

  batches(options?: ReadOptions): AsyncGenerator<Batch, void, void> {
    return this.source.batches(options);
  }
}

/** What the recording says itself goes before. Joined when it is asked for: a recording's own may grow. */
class CompletedContext implements SourceContext {
  readonly #source: Source;
  readonly #facts: DeviceFacts;

  constructor(source: Source, facts: DeviceFacts) {
    this.#source = source;
    this.#facts = facts;
  }

  get comms(): SourceContext['comms'] {
    return joined(this.#source.context.comms, this.#facts.comms);
  }

  get tgids(): SourceContext['tgids'] {
    return joined(this.#source.context.tgids, this.#facts.tgids);
  }

  get parents(): SourceContext['parents'] {
    return joined(this.#source.context.parents ?? new Map<number, number>(), this.#facts.parents);
  }

  /** Hot: asked for at every event whose stack is read. */
  get callchains(): SourceContext['callchains'] {
    return this.#source.context.callchains;
  }

  /** As callchains. */
  get userCallchains(): SourceContext['userCallchains'] {
    return this.#source.context.userCallchains;
  }

  get mappings(): SourceContext['mappings'] {
    const { mappings } = this.#source.context;
    return this.#facts.mappings.length === 0 ? mappings : [...this.#facts.mappings, ...(mappings ?? [])];
  }

  get spaceChanges(): SourceContext['spaceChanges'] {
    return this.#source.context.spaceChanges;
  }

  get runtimeFunctions(): SourceContext['runtimeFunctions'] {
    return this.#facts.runtimeFunctions;
  }

  get buildIds(): SourceContext['buildIds'] {
    return this.#source.context.buildIds;
  }

  get kallsyms(): string | undefined {
    return this.#source.context.kallsyms ?? this.#facts.kallsyms;
  }

  get configuration(): SourceContext['configuration'] {
    return this.#source.context.configuration ?? this.#facts.configuration;
  }

  get dynamicEvents(): SourceContext['dynamicEvents'] {
    return this.#source.context.dynamicEvents ?? this.#facts.dynamicEvents;
  }

  get network(): SourceContext['network'] {
    return this.#facts.network;
  }

  get interfaceNames(): SourceContext['interfaceNames'] {
    return this.#source.context.interfaceNames;
  }

  get kernelRelease(): string | undefined {
    return this.#source.context.kernelRelease ?? this.#facts.kernelRelease;
  }

  get machine(): string | undefined {
    return this.#source.context.machine ?? this.#facts.machine;
  }

  get cpuCount(): number {
    return this.#source.context.cpuCount;
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
