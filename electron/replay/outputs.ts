/** Records that programs put out, as they appear, with the event's time and the program that wrote them. */
import { PerfEventArray } from '../bpf/maps/perf-event-array.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import { RingBuffer } from '../bpf/maps/ringbuf.ts';

/** Output records kept; later ones are counted. A page shows thousands, a file format is for millions. */
const OUTPUTS_KEPT_MAX = 20_000;

export interface Output {
  readonly stream: string;
  readonly program: string;
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
}

export class Outputs {
  readonly kept: Output[] = [];
  cut = 0;
  readonly #streams: readonly (RingBuffer | PerfEventArray)[];

  constructor(maps: Iterable<BpfMap>) {
    this.#streams = [...maps].filter((map) => map instanceof RingBuffer || map instanceof PerfEventArray);
  }

  /** Whether there is anything that records could be put out through. */
  get hasStreams(): boolean {
    return this.#streams.length > 0;
  }

  /** Takes what a program left in streams. Hot: after each call. */
  take(program: string, timeNs: () => bigint): void {
    for (const stream of this.#streams) {
      if (!stream.hasRecords) continue;
      for (const bytes of stream.drain()) {
        if (this.kept.length < OUTPUTS_KEPT_MAX) {
          this.kept.push({ stream: stream.definition.name, program, timeNs: timeNs(), bytes });
        } else this.cut += 1;
      }
    }
  }
}
