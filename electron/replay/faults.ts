/** What went wrong while programs ran, counted by program and kind, with the first event where it did. */
import type { FaultKind } from '../bpf/vm/call-errors.ts';
import type { Source } from '../trace/event.ts';

/** Kinds of faults kept of a replay; a program has a handful of ways to fail. */
const FAULT_KINDS_MAX = 1_000;

export interface Fault {
  readonly program: string;
  /** Code of a failure, `map-full` and the like of a map, `helper-error`, `tail-call-limit`. */
  readonly kind: string;
  /** The map's name; the helper and its error, `bpf_probe_read_kernel EFAULT`. */
  readonly detail?: string | undefined;
  count: number;
  /** Its number in its source. Of a call between events the number of the one that came next; undefined after the last. */
  readonly firstEvent: number | undefined;
  readonly source?: string | undefined;
}

/** The event that is replayed, or the next one. */
export interface FaultPlace {
  readonly source: Source;
  readonly event: number;
}

export class Faults {
  readonly #faults = new Map<string, Fault>();
  /** The same, by the object that told of it, where that is one each time. */
  readonly #known = new WeakMap<FaultKind, Map<string, Fault>>();

  /** Hot where a helper fails at every event. `place` is asked for the first of its kind. */
  add(program: string, what: FaultKind, place: () => FaultPlace | undefined): void {
    const fault = this.#known.get(what)?.get(program) ?? this.#find(program, what, place);
    if (fault !== undefined) fault.count += 1;
  }

  #find(program: string, what: FaultKind, place: () => FaultPlace | undefined): Fault | undefined {
    const { kind, detail } = what;
    const key = `${program} ${kind} ${detail ?? ''}`;
    let fault = this.#faults.get(key);
    if (fault === undefined) {
      if (this.#faults.size >= FAULT_KINDS_MAX) return undefined;
      const { source, event } = place() ?? {};
      fault = { program, kind, detail, count: 0, firstEvent: event, source: source?.name };
      this.#faults.set(key, fault);
    }
    let byProgram = this.#known.get(what);
    if (byProgram === undefined) this.#known.set(what, (byProgram = new Map()));
    byProgram.set(program, fault);
    return fault;
  }

  all(): readonly Fault[] {
    return [...this.#faults.values()];
  }
}
