/** Keeps a pass's ledger of what the pages and the recorder's statistics say was lost. */
import type { Ledger } from '../../event.ts';
import { PLACES_MAX } from './limits.ts';
import type { CpuStatistics } from './options.ts';

export class Losses {
  readonly #ledger: Ledger;
  readonly #file: string;
  /** Per CPU: events that marks counted, and marks without a number. */
  readonly #marked = new Map<number, { events: number; uncounted: number }>();

  constructor(ledger: Ledger, file: string) {
    this.#ledger = ledger;
    this.#file = file;
  }

  /** A page says that events before it were lost: so many, or undefined where it does not say. */
  missed(cpu: number, events: number | undefined): void {
    const marked = this.#marked.get(cpu) ?? { events: 0, uncounted: 0 };
    this.#marked.set(cpu, marked);
    if (events === undefined) {
      marked.uncounted++;
      this.#ledger.droppedUncounted++;
    } else {
      marked.events += events;
      this.#ledger.dropped += events;
    }
  }

  /** So many pages, chunks or stretches that cannot be read, from a place in the file on. */
  unparsed(at: number, count: number, reason: string): void {
    this.#ledger.unparsed += count;
    this.place(at, reason);
  }

  unsupported(at: number, reason: string): void {
    this.#ledger.unsupported++;
    this.place(at, reason);
  }

  place(at: number, reason: string): void {
    const { places } = this.#ledger;
    if (places.length < PLACES_MAX) places.push({ file: this.#file, at, reason });
  }

  /**
   * At the end of a pass: the recorder's statistics know losses that pages do not mark, what was
   * overwritten beyond the marks and what was never written. Where they count a CPU's overwritten events,
   * its marks without a number are of these.
   */
  addStatistics(statistics: readonly CpuStatistics[]): void {
    for (const { cpu, overrun, commitOverrun, dropped } of statistics) {
      const marked = this.#marked.get(cpu) ?? { events: 0, uncounted: 0 };
      this.#ledger.dropped += commitOverrun + dropped;
      if (overrun <= marked.events) continue;
      this.#ledger.dropped += overrun - marked.events;
      this.#ledger.droppedUncounted -= marked.uncounted;
    }
  }
}
