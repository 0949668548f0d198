/** The record of `log:line`, and of whatever is made of a line: fixed fields as a tracepoint has them, text behind. */
import type { EventField, EventType } from '../../event.ts';
import { COMMON_DECLARATIONS, declareFields } from '../../known-events/declare.ts';
import type { Window } from '../perf/window.ts';
import type { LogEntry } from './entry.ts';
import { MESSAGE_BYTES_MAX, TAG_BYTES_MAX } from './limits.ts';

export const LOG_SYSTEM = 'log';
const COMMON_BYTES = 8;
export const COMMON_FIELDS: readonly EventField[] = declareFields(COMMON_DECLARATIONS, 0);
/** What every event made of a line begins with. */
export const HEAD_FIELDS: readonly EventField[] = declareFields(
  'int pid; int tid; int level; __data_loc char[] tag',
  COMMON_BYTES,
);
const COMMON_PID_AT = 4;
export const PID_AT = COMMON_BYTES;
export const TID_AT = COMMON_BYTES + 4;
const LEVEL_AT = COMMON_BYTES + 8;
const TAG_AT = COMMON_BYTES + 12;
/** pid, tid, level and tag, which events made of a line have as well. */
export const HEAD_BYTES = COMMON_BYTES + 16;
const MESSAGE_AT = HEAD_BYTES;
const LINE_BYTES = HEAD_BYTES + 4;
const LOCATION_MAX = 0xffff;

export function lineType(index: number): EventType {
  return {
    index,
    system: LOG_SYSTEM,
    name: 'line',
    recordId: undefined,
    fields: [...COMMON_FIELDS, ...HEAD_FIELDS, ...declareFields('__data_loc char[] message', HEAD_BYTES)],
    sizeBytes: LINE_BYTES,
    printFormat: undefined,
  };
}

/** Writes one record at a time: fixed fields first, then texts in any order. Made beside, then put into the window. */
export class RecordWriter {
  readonly #window: Window;
  readonly #bytes = Buffer.alloc(LOCATION_MAX + 1);
  #end = 0;

  constructor(window: Window) {
    this.#window = window;
  }

  /** `sizeBytes` of zeros; `tid` goes where the kernel has the running thread. */
  begin(sizeBytes: number, tid: number): void {
    this.#end = sizeBytes;
    this.#bytes.fill(0, 0, sizeBytes);
    this.int32(COMMON_PID_AT, tid);
  }

  beginOfEntry(sizeBytes: number, entry: LogEntry): void {
    this.begin(sizeBytes, entry.tid);
    this.int32(PID_AT, entry.pid);
    this.int32(TID_AT, entry.tid);
    this.int32(LEVEL_AT, entry.level);
    this.text(TAG_AT, entry.tag, TAG_BYTES_MAX);
  }

  /** Where it is another than the entry's. */
  runningThread(tid: number): void {
    this.int32(COMMON_PID_AT, tid);
  }

  int32(at: number, value: number): void {
    this.#bytes.writeInt32LE(value | 0, at);
  }

  int64(at: number, value: bigint): void {
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  }

  /** A text of Latin-1 behind the record, with the NUL that the kernel ends it with; its place goes to `at`. */
  text(at: number, text: string, bytesMax: number): void {
    const length = Math.max(0, Math.min(text.length, bytesMax, LOCATION_MAX - this.#end - 1));
    this.#bytes[this.#end + length] = 0;
    this.#locate(at, text, length, length + 1);
  }

  /** The same without a NUL. */
  bytes(at: number, text: string, bytesMax: number): void {
    const length = Math.max(0, Math.min(text.length, bytesMax, LOCATION_MAX - this.#end));
    this.#locate(at, text, length, length);
  }

  #locate(at: number, text: string, length: number, sizeBytes: number): void {
    const start = this.#end;
    this.#bytes.write(text, start, length, 'latin1');
    this.#bytes.writeUInt32LE(((sizeBytes << 16) | start) >>> 0, at);
    this.#end = start + sizeBytes;
  }

  /** Appends the record as an event. */
  end(seconds: number, nanoseconds: number, cpu: number, tid: number, type: number): void {
    const at = this.#window.reserve(this.#end);
    this.#window.bytes.set(this.#bytes.subarray(0, this.#end), at);
    // Products stay below 2^53: seconds in units of 65536, then the rest.
    const upper = Math.floor(seconds / 65_536) * 1_000_000_000;
    const middle = (upper % 65_536) * 65_536 + (seconds % 65_536) * 1_000_000_000 + nanoseconds;
    const high = Math.floor(upper / 65_536) + Math.floor(middle / 4_294_967_296);
    this.#window.append(high, middle % 4_294_967_296, cpu, tid, type, -1, this.#end);
  }
}

export function writeLine(writer: RecordWriter, entry: LogEntry, type: EventType): void {
  writer.beginOfEntry(LINE_BYTES, entry);
  writer.text(MESSAGE_AT, entry.message, MESSAGE_BYTES_MAX);
  writer.end(entry.seconds, entry.nanoseconds, entry.cpu, entry.tid, type.index);
}
