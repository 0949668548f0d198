/**
 * `journalctl -o export`, and what systemd-journal-remote takes: `NAME=value` lines, or the name alone, 64 bits of
 * length and the bytes; an empty line ends an entry.
 */
import type { ByteSource } from '../../event.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { ByteCursor } from './byte-cursor.ts';
import { isWantedField, JournalReader } from './journal-entry.ts';
import { DETECT_BYTES, JOURNAL_FIELD_BYTES_MAX, MESSAGE_BYTES_MAX } from './limits.ts';

const LENGTH_BYTES = 8;
const NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;

export const journaldExport: LogFamily = {
  name: 'journald-export',

  detect(file: ByteSource): boolean {
    const start = Buffer.from(file.read(0, Math.min(DETECT_BYTES, file.sizeBytes))).toString('latin1');
    return /^\n*[A-Z_][A-Z0-9_]{0,63}[=\n]/.test(start) && /^__REALTIME_TIMESTAMP=\d+$/m.test(start);
  },

  open(file: ByteSource): OpenLog {
    return {
      clock: 'realtime',
      detail: 'journalctl -o export',
      entries: (notes) => readEntries(file, notes),
    };
  },
};

/** An entry that is damaged is counted as one, with its place, and reading goes on behind the next empty line. */
function* readEntries(file: ByteSource, notes: LogNotes): Generator<LogEntry, void, void> {
  const reader = new JournalReader();
  const cursor = new ByteCursor(file);
  const entry = emptyEntry();
  const fields = new Map<string, string>();
  let start = 0;
  let damage = '';
  for (;;) {
    const at = cursor.offset;
    const line = cursor.line(MESSAGE_BYTES_MAX);
    if (line === undefined || line === '') {
      if (damage !== '') notes.unparsed(start, damage);
      else if (fields.size > 0 && reader.read(fields, start, entry, notes)) yield entry;
      if (line === undefined) break;
      fields.clear();
      damage = '';
      notes.reached(cursor.offset);
      continue;
    }
    if (fields.size === 0 && damage === '') start = at;
    if (damage === '') damage = readField(cursor, line, fields);
  }
  reader.end(notes);
}

/** Gives what is wrong, or nothing. */
function readField(cursor: ByteCursor, line: string, fields: Map<string, string>): string {
  const equals = line.indexOf('=');
  const name = equals < 0 ? line : line.slice(0, equals);
  if (!NAME.test(name)) return 'a line that is no field';
  const isWanted = isWantedField(name) && !fields.has(name);
  if (equals >= 0) {
    if (isWanted) fields.set(name, line.slice(equals + 1));
    return '';
  }
  const length = cursor.peek(LENGTH_BYTES)?.readBigUInt64LE(0);
  if (length === undefined || length > BigInt(JOURNAL_FIELD_BYTES_MAX) || Number(length) >= cursor.left)
    return 'a field longer than the file or any journal has';
  cursor.skip(LENGTH_BYTES);
  const sizeBytes = Number(length);
  const text = isWanted ? cursor.peek(Math.min(sizeBytes, MESSAGE_BYTES_MAX))?.toString('latin1') : undefined;
  if (text !== undefined) fields.set(name, text);
  cursor.skip(sizeBytes);
  // The line end behind the bytes.
  if (cursor.peek(1)?.[0] !== 0x0a) return 'a field that does not end where its length says';
  cursor.skip(1);
  return '';
}
