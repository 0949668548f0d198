/** Keeps a pass's ledger of what could not be read, and what the trace itself says was lost. */
import type { Ledger } from '../../event.ts';
import { PLACES_MAX } from './limits.ts';

export class Losses {
  readonly #ledger: Ledger;
  readonly #file: string;
  readonly #told = new Set<string>();
  /** Bundles of each CPU that say that events before them were lost. */
  readonly #marks = new Map<number, number>();

  constructor(ledger: Ledger, file: string) {
    this.#ledger = ledger;
    this.#file = file;
  }

  unparsed(at: number, reason: string): void {
    this.unparsedMany(at, 1, reason);
  }

  unparsedMany(at: number, count: number, reason: string): void {
    this.#ledger.unparsed += count;
    this.#place(at, reason);
  }

  /** So many of a kind that is not read; its first place is kept. */
  unsupported(at: number, what: string, count: number): void {
    this.#ledger.unsupported += count;
    this.note(at, `${what} are not read`);
  }

  withoutClock(at: number, reason: string): void {
    this.#ledger.withoutClock += 1;
    this.note(at, reason);
  }

  /** A writer's packets were lost, nobody knows how many. */
  lostPackets(at: number): void {
    this.#ledger.droppedUncounted += 1;
    this.note(at, 'packets before this one were lost');
  }

  lostOnCpu(cpu: number): void {
    this.#ledger.droppedUncounted += 1;
    this.#marks.set(cpu, (this.#marks.get(cpu) ?? 0) + 1);
  }

  /** The kernel's own count for the CPU, which its bundles' marks are part of. */
  countedOnCpu(cpu: number, events: number): void {
    if (events <= 0) return;
    this.#ledger.dropped += events;
    this.#ledger.droppedUncounted -= this.#marks.get(cpu) ?? 0;
    this.#marks.delete(cpu);
  }

  /** Stretches of the service's buffer that were overwritten or not taken. */
  lostChunks(chunks: number): void {
    if (chunks <= 0) return;
    this.#ledger.droppedUncounted += chunks;
    this.note(0, `the service lost ${chunks} chunks of packets`);
  }

  /** Once for each reason. */
  note(at: number, reason: string): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#place(at, reason);
  }

  #place(at: number, reason: string): void {
    const { places } = this.#ledger;
    if (places.length < PLACES_MAX) places.push({ file: this.#file, at, reason });
  }
}
