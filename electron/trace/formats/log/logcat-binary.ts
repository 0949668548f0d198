/**
 * `logcat -B`: entries as Android's logger keeps them, a header of 20 to 28 bytes and the payload. Buffers of text
 * hold priority, tag and message; those of events hold typed values, which are counted as unsupported.
 */
import type { ByteSource } from '../../event.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { ByteCursor } from './byte-cursor.ts';
import { levelOfLetter } from './severity.ts';

const HEADER_BYTES_MIN = 20;
const HEADER_BYTES_MAX = 64;
/** Since version 3 a header says which buffer it is from. */
const LOG_ID_AT = 20;
const HEADER_BYTES_WITH_LOG_ID = 24;
const UNKNOWN_BUFFER = 0xffff;
/** main, radio, system, crash, kernel: events (2), stats (5) and security (6) are not text. */
const TEXT_BUFFERS: ReadonlySet<number> = new Set([0, 1, 3, 4, 7, UNKNOWN_BUFFER]);
/** By android_LogPriority: unknown and default are no level. */
const LETTERS = '??VDIWEFS';
const DETECT_ENTRIES = 4;

interface Header {
  readonly sizeBytes: number;
  readonly payloadBytes: number;
  readonly buffer: number;
}

export const logcatBinary: LogFamily = {
  name: 'logcat-binary',

  /** Several entries one behind the other, of which each is as it must be. */
  detect(file: ByteSource): boolean {
    const cursor = new ByteCursor(file);
    for (let entry = 0; entry < DETECT_ENTRIES; entry++) {
      const header = readHeader(cursor);
      if (header === undefined) return false;
      const bytes = cursor.peek(header.sizeBytes + header.payloadBytes);
      // The last may be cut off where a bundle shows the first bytes only.
      if (bytes === undefined) return entry > 0;
      const isText = TEXT_BUFFERS.has(header.buffer);
      if (isText && readText(bytes.subarray(header.sizeBytes), emptyEntry()) === false) return false;
      cursor.skip(bytes.length);
      if (cursor.left === 0) return true;
    }
    return true;
  },

  open(file: ByteSource): OpenLog {
    return { clock: 'realtime', detail: 'logcat -B', entries: (notes) => readEntries(file, notes) };
  },
};

function* readEntries(file: ByteSource, notes: LogNotes): Generator<LogEntry, void, void> {
  const cursor = new ByteCursor(file);
  const entry = emptyEntry();
  while (cursor.left > 0) {
    const at = cursor.offset;
    const header = readHeader(cursor);
    const bytes = header && cursor.peek(header.sizeBytes + header.payloadBytes);
    if (header === undefined || bytes === undefined) {
      // Nothing marks where the next entry begins.
      notes.unparsed(at, 'no entry of the logger, or the file ends within it');
      return;
    }
    cursor.skip(bytes.length);
    notes.reached(cursor.offset);
    if (!TEXT_BUFFERS.has(header.buffer)) notes.unsupported();
    else if (readText(bytes.subarray(header.sizeBytes), entry)) {
      entry.at = at;
      entry.hasTime = true;
      entry.pid = bytes.readInt32LE(4);
      entry.tid = bytes.readInt32LE(8);
      entry.seconds = bytes.readUInt32LE(12);
      entry.nanoseconds = bytes.readUInt32LE(16);
      yield entry;
    } else notes.unparsed(at, 'a message without priority, tag or end');
  }
}

function readHeader(cursor: ByteCursor): Header | undefined {
  const start = cursor.peek(HEADER_BYTES_MIN);
  if (start === undefined) return undefined;
  const payloadBytes = start.readUInt16LE(0);
  // Version 1 had padding of zero there.
  const sizeBytes = start.readUInt16LE(2) || HEADER_BYTES_MIN;
  if (sizeBytes < HEADER_BYTES_MIN || sizeBytes > HEADER_BYTES_MAX || payloadBytes === 0) return undefined;
  if (start.readUInt32LE(16) >= 1_000_000_000 || start.readInt32LE(4) < 0) return undefined;
  const whole = cursor.peek(sizeBytes);
  if (whole === undefined) return undefined;
  const buffer = sizeBytes >= HEADER_BYTES_WITH_LOG_ID ? whole.readUInt32LE(LOG_ID_AT) : UNKNOWN_BUFFER;
  return { sizeBytes, payloadBytes, buffer };
}

/** Priority, tag and message, the two ended by NUL; false where they are not. */
function readText(payload: Buffer, entry: LogEntry): boolean {
  const priority = payload[0] ?? 0;
  const tagEnd = payload.indexOf(0, 1);
  if (priority >= LETTERS.length || tagEnd < 0) return false;
  const end = payload.indexOf(0, tagEnd + 1);
  entry.level = levelOfLetter(LETTERS.charAt(priority));
  entry.tag = payload.toString('latin1', 1, tagEnd);
  entry.message = payload.toString('latin1', tagEnd + 1, end < 0 ? payload.length : end);
  // A message keeps the line end it was logged with.
  if (entry.message.endsWith('\n')) entry.message = entry.message.slice(0, -1);
  return true;
}
