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

  add(program: string, { kind, detail }: FaultKind, place: FaultPlace | undefined): void {
    const key = `${program} ${kind} ${detail ?? ''}`;
    const fault = this.#faults.get(key);
    if (fault !== undefined) fault.count += 1;
    else if (this.#faults.size < FAULT_KINDS_MAX) {
      const { source, event } = place ?? {};
      this.#faults.set(key, { program, kind, detail, count: 1, firstEvent: event, source: source?.name });
    }
  }

  all(): readonly Fault[] {
    return [...this.#faults.values()];
  }
}
