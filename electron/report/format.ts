/** Values as text, the same for terminal and HTML: counts, bounds, times, named fields. */
import type { FieldValue, RunResult } from '../host/contract.ts';

/**
 * Control characters (C0, DEL, C1), line separators and direction overrides: a thread may be named
 * with any of them, and printed raw they would move the cursor, or reorder the line around them.
 */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Text from a recording, its unprintable characters spelled as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** 1234567 as `1,234,567`; spelled out here so that no locale data of the machine takes part. */
export function formatCount(count: number): string {
  const [whole = '', fraction] = String(count).split('.');
  const grouped = /^-?\d+$/.test(whole) ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const NS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** A bound in the view's unit: times step up from ns to s, bytes to KiB and above, others are counts. */
export function formatBound(value: number, unit: string): string {
  const ns = NS_PER_UNIT[unit];
  if (ns !== undefined) return value === 0 ? '0' : formatDurationNs(value * ns);
  if (unit === 'bytes') return formatBytes(value);
  return formatCount(value);
}

export function formatDurationNs(ns: number): string {
  if (ns < 1e3) return `${short(ns)} ns`;
  if (ns < 1e6) return `${short(ns / 1e3)} µs`;
  if (ns < 1e9) return `${short(ns / 1e6)} ms`;
  return `${short(ns / 1e9)} s`;
}

export function formatBytes(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let power = 0;
  for (; value >= 1024 && power < names.length - 1; power += 1) value /= 1024;
  return `${short(value)} ${names[power] ?? ''}`;
}

/** One decimal below ten, none above: `8.2`, `33`, `2,048`. */
function short(value: number): string {
  const rounded = value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value);
  return formatCount(rounded);
}

/** Seconds from the start of the run's span, in microseconds: `12.345678 s`. */
export function formatMoment(timeNs: bigint, run: Pick<RunResult, 'spanNs'>): string {
  return formatSeconds(timeNs - (run.spanNs?.[0] ?? 0n));
}

export function formatSeconds(ns: bigint): string {
  const sign = ns < 0n ? '-' : '';
  const microseconds = (ns < 0n ? -ns : ns) / 1000n;
  return `${sign}${microseconds / 1_000_000n}.${String(microseconds % 1_000_000n).padStart(6, '0')} s`;
}

/** A value on one line: `pid=12 comm=sh`, nested ones in braces and brackets. */
export function formatValue(value: FieldValue): string {
  if (isRecord(value)) return Object.entries(value).map(formatField).join(' ');
  return formatNested(value);
}

/** A value's fields for a table's columns; what is not a structure has one field, `value`. */
export function fieldsOf(value: FieldValue): readonly (readonly [string, FieldValue])[] {
  return isRecord(value) ? Object.entries(value) : [['value', value]];
}

function formatField([name, value]: [string, FieldValue]): string {
  return `${printable(name)}=${formatNested(value)}`;
}

export function formatNested(value: FieldValue): string {
  if (Array.isArray(value)) return `[${value.map(formatNested).join(', ')}]`;
  if (isRecord(value)) return `{${Object.entries(value).map(formatField).join(' ')}}`;
  return printable(String(value));
}

export function isRecord(value: FieldValue): value is { readonly [field: string]: FieldValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As one word of a POSIX shell's command line. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
