/**
 * Lines that tools write into trace_marker so that a trace can be placed by another clock, as Android's atrace and
 * Chromium do: `trace_event_clock_sync: parent_ts=1234.567` (monotonic, seconds), `realtime_ts=1712345678901`
 * (milliseconds since 1970).
 */
import type { Batch, ClockPair, EventField, Schema } from '../event.ts';
import { fieldOf, RecordReader } from '../record.ts';

/** More than any tool writes; a trace full of them tells nothing new. */
const PAIRS_MAX = 1_000;
const PREFIX = 'trace_event_clock_sync: ';
/** `trac`, as the first four bytes of the text: little and big end first. */
const FIRST_WORDS = [0x6361_7274, 0x7472_6163];

interface MarkerType {
  readonly index: number;
  readonly text: EventField;
}

/** Gathers the pairs of one source, batch by batch. */
export class SyncMarkers {
  readonly pairs: ClockPair[] = [];
  readonly #schema: Schema;
  readonly #clock: string;
  readonly #reader: RecordReader;
  #typesSeen = 0;
  #type: MarkerType | undefined;

  constructor(schema: Schema, clock: string) {
    this.#schema = schema;
    this.#clock = clock;
    this.#reader = new RecordReader(schema);
  }

  /** Hot: looks at every row's type, and into the few that are markers. */
  follow(batch: Batch): void {
    if (this.#typesSeen !== this.#schema.types.length) this.#findType();
    const type = this.#type;
    if (type === undefined || this.pairs.length >= PAIRS_MAX) return;
    const { count, type: types } = batch;
    for (let row = 0; row < count; row++) {
      if (types[row] !== type.index) continue;
      if (this.#reader.hasField(batch, row, type.text) && this.#begins(batch, row, type.text))
        this.#read(batch, row, type.text);
    }
  }

  /** Most markers begin otherwise, and are let go without making text of them. */
  #begins(batch: Batch, row: number, { kind, offsetBytes }: EventField): boolean {
    if (kind === 'dataLoc' || kind === 'relLoc') return true;
    if ((batch.length[row] ?? 0) < offsetBytes + 4) return false;
    return FIRST_WORDS.includes(this.#reader.uint32(batch, row, offsetBytes));
  }

  #read(batch: Batch, row: number, field: EventField): void {
    const text = this.#reader.value(batch, row, field);
    const timeNs = batch.timeNs[row];
    if (typeof text !== 'string' || timeNs === undefined || !text.startsWith(PREFIX)) return;
    const [, key, whole = '', fraction = ''] =
      /^(parent_ts|realtime_ts)=(\d{1,13})(?:\.(\d{1,9}))?\s*$/.exec(text.slice(PREFIX.length)) ?? [];
    if (key === undefined || this.pairs.length >= PAIRS_MAX) return;
    const isRealtime = key === 'realtime_ts';
    const otherTimeNs = isRealtime
      ? BigInt(whole) * 1_000_000n
      : BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
    // Chromium writes 0 where it has no monotonic time.
    if (otherTimeNs === 0n) return;
    this.pairs.push({
      clock: this.#clock,
      timeNs,
      otherClock: isRealtime ? 'realtime' : 'mono',
      otherTimeNs,
      origin: 'trace_marker sync line',
    });
  }

  #findType(): void {
    this.#typesSeen = this.#schema.types.length;
    const type = this.#schema.types.find(({ name, system }) => system === 'ftrace' && name === 'print');
    const text = type === undefined ? undefined : fieldOf(type, 'buf');
    this.#type = type === undefined || text === undefined ? undefined : { index: type.index, text };
  }
}
