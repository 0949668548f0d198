/** `journalctl -o json`: an object a line. A field of bytes that are no text is an array of numbers, a long one null. */
import type { ByteSource } from '../../event.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { firstLines } from './head.ts';
import { isWantedField, JournalReader } from './journal-entry.ts';
import { textLines } from './text-lines.ts';

export const journaldJson: LogFamily = {
  name: 'journald-json',

  detect(file: ByteSource): boolean {
    const [line = ''] = firstLines(file);
    return line.startsWith('{') && /"__(?:REALTIME_TIMESTAMP|CURSOR)"\s*:/.test(line);
  },

  open(file: ByteSource): OpenLog {
    return { clock: 'realtime', detail: 'journalctl -o json', entries: (notes) => readEntries(file, notes) };
  },
};

function* readEntries(file: ByteSource, notes: LogNotes): Generator<LogEntry, void, void> {
  const reader = new JournalReader();
  const entry = emptyEntry();
  const fields = new Map<string, string>();
  for (const { text, number } of textLines(file, notes)) {
    if (!readFields(text, fields)) notes.unparsed(number, 'no object of JSON');
    else if (reader.read(fields, number, entry, notes)) yield entry;
    else notes.unparsed(number, 'no entry of a journal');
  }
  reader.end(notes);
}

/** False where the line is no object. */
function readFields(line: string, fields: Map<string, string>): boolean {
  fields.clear();
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const [name, field] of Object.entries(value)) {
    const text = isWantedField(name) ? textOf(field) : undefined;
    if (text !== undefined) fields.set(name, text);
  }
  return true;
}

/** Of a field given several times, its values one by one, the first. */
function textOf(field: unknown): string | undefined {
  if (typeof field === 'string') return asBytes(field);
  if (typeof field === 'number') return String(field);
  if (!Array.isArray(field) || field.length === 0) return undefined;
  const values: readonly unknown[] = field;
  if (typeof values[0] !== 'number') return textOf(values[0]);
  return Buffer.from(values.map((byte) => (typeof byte === 'number' ? byte : 0))).toString('latin1');
}

/** An escape may stand for a character that is more than a byte. */
function asBytes(text: string): string {
  return text.replace(/[\u0100-\uffff]+/g, (characters) => Buffer.from(characters).toString('latin1'));
}
