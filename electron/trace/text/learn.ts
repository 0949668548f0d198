/**
 * Learns a pattern from the text of an event that nothing describes: `name=value` makes a field, a number or a
 * text by what it is there. Where the event's fields are known but not how this tool prints them, a name that is
 * one of theirs is that field, in its place. Cold: a few times an event type.
 */
import type { EventField } from '../event.ts';
import { declareFields } from '../known-events/declare.ts';
import { SKIP } from './pattern.ts';
import { probeHead } from './probe-text.ts';
import type { Capture, Pattern, PatternPart, Reading } from './pattern.ts';

export interface Learned {
  /** The known fields that occur, and behind them what was found. */
  readonly fields: readonly EventField[];
  readonly sizeBytes: number;
  readonly pattern: Pattern;
}

/** Fields that are read out of one line. */
const FIELDS_MAX = 64;
const KEY = /(^|[\s,;([{|])([A-Za-z_]\w*)=/g;
const QUOTED = /^".*"\s*$/;
const NUMBER = /^\s*(-?\d+|0x[0-9a-fA-F]+)(?![\w.:/])/;

/**
 * The fields of the text's `name=value` pairs; undefined where it has none. `known` are the described fields, and
 * `readings` says of those that are not printed in decimal how they are.
 */
export function learnPattern(
  text: string,
  known: readonly EventField[],
  sizeBytes: number,
  readings: ReadonlyMap<string, Reading>,
): Learned | undefined {
  const probe = probeHead(text, known, sizeBytes);
  const searched = probe === undefined ? text : text.replace(/"[^"]*"/g, blank);
  const keys = [...searched.matchAll(KEY)].slice(0, FIELDS_MAX);
  if (keys.length === 0 && probe === undefined) return undefined;
  const parts: PatternPart[] = [...(probe?.parts ?? [])];
  const fields: EventField[] = [...(probe?.fields ?? [])];
  let end = probe?.endBytes ?? sizeBytes;
  let at = probe?.textAt ?? 0;
  for (const [index, key] of keys.entries()) {
    const name = key[2] ?? '';
    const valueAt = key.index + key[0].length;
    const nextAt = keys[index + 1]?.index ?? text.length;
    const written = text.slice(valueAt, nextAt);
    // A probe's texts are printed in quotes, and as `(fault)` where they could not be read.
    const isFault = probe !== undefined && written.trimEnd() === '(fault)';
    const isQuoted = probe !== undefined && QUOTED.test(written);
    const value = isQuoted ? written.slice(1) : written;
    if (isFault) {
      parts.push({ kind: 'literal', text: text.slice(at, valueAt + written.trimEnd().length) });
      at = valueAt + written.trimEnd().length;
      continue;
    }
    parts.push({ kind: 'literal', text: text.slice(at, valueAt + (isQuoted ? 1 : 0)) });
    const number = isQuoted ? undefined : NUMBER.exec(value)?.[0];
    const field = fieldOf(name, number, known, end);
    const isTaken = fields.some((other) => other.name === field?.name);
    const reading = readings.get(name) ?? 'natural';
    // trace-cmd report -R prints some of what formats have in octal in decimal: it cannot be told which.
    const isUsable = field !== undefined && !isTaken && reading !== 'octal';
    if (isUsable) {
      fields.push(field);
      end = Math.max(end, field.offsetBytes + field.sizeBytes);
    }
    const isNumber = field?.kind === 'integer';
    parts.push(captureOf(isUsable ? field.name : '', isNumber ? reading : 'natural'));
    at = valueAt + (isNumber && number !== undefined ? number.length : written.trimEnd().length);
    if (isQuoted) at -= 1;
  }
  if (at < text.trimEnd().length) parts.push({ kind: 'literal', text: text.slice(at).trimEnd() });
  return { fields, sizeBytes: end, pattern: parts };
}

/** As long, and without what could be a name. */
function blank(quoted: string): string {
  return `"${'.'.repeat(quoted.length - 2)}"`;
}

/** The whole text as one field, behind the known ones. */
export function wholeText(sizeBytes: number): Learned {
  const [field] = declareFields('__data_loc char[] text', sizeBytes);
  if (field === undefined) throw new Error('a text is a field');
  return {
    fields: [field],
    sizeBytes: field.offsetBytes + field.sizeBytes,
    pattern: [captureOf('text', 'natural')],
  };
}

/** The text that is printed for a field's address. */
export function symbolField(name: string): string {
  return `${name}_symbol`;
}

/** undefined for a known field that cannot hold what is printed. */
function fieldOf(
  name: string,
  number: string | undefined,
  known: readonly EventField[],
  end: number,
): EventField | undefined {
  const described = known.find((field) => field.name === name);
  // Behind a field that reaches to the record's end there is no room for another.
  const isFull = known.some(({ sizeBytes }) => sizeBytes === 0);
  if (described !== undefined) {
    const isText = described.kind === 'text' || /\bchar$/.test(described.type);
    if (isText) return described;
    if (described.kind !== 'integer') return undefined;
    // An address that is printed as its symbol.
    if (number !== undefined) return described;
    return isFull ? undefined : declareFields(`__data_loc char[] ${symbolField(name)}`, end)[0];
  }
  if (isFull) return undefined;
  const type = number === undefined ? '__data_loc char[]' : number.includes('x') ? 'u64' : 's64';
  return declareFields(`${type} ${name}`, end)[0];
}

function captureOf(field: string, reading: Reading): Capture {
  return { ...SKIP, field, reading: field === '' ? 'skip' : reading };
}
