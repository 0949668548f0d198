/** What a capture may be: what of the line it takes, what C type its field has, and its value. */
import { fractionNs } from '../formats/log/wall-time.ts';

export interface FieldType {
  /** What `{name:type}` takes of a line. */
  readonly expression: string;
  /** As declareFields() takes it, before the name; text is kept behind the record. */
  readonly declaration: 'int' | 'unsigned int' | 'long long' | 'u64' | '__data_loc char[]';
  /** undefined where the text is no such value, or one out of range; absent for text. */
  readonly read?: (text: string) => bigint | undefined;
}

const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  // Micro in UTF-8, as Latin-1.
  ['\u00c2\u00b5s', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['min', 60e9],
  ['h', 3600e9],
]);

export const FIELD_TYPES: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ['int', integer('int', true, 32)],
  ['s32', integer('int', true, 32)],
  ['u32', integer('unsigned int', false, 32)],
  ['s64', integer('long long', true, 64)],
  ['u64', integer('u64', false, 64)],
  ['hex', { expression: '(?:0[xX])?[0-9a-fA-F]+', declaration: 'u64', read: readHex }],
  [
    'duration',
    { expression: '\\d+(?:\\.\\d+)? ?(?:ns|us|µs|ms|min|s|h)\\b', declaration: 'u64', read: readDuration },
  ],
  ['str', { expression: '\\S+', declaration: '__data_loc char[]' }],
  ['word', { expression: '\\w+', declaration: '__data_loc char[]' }],
  ['text', { expression: '.*?', declaration: '__data_loc char[]' }],
]);

function integer(declaration: FieldType['declaration'], isSigned: boolean, bits: number): FieldType {
  return {
    expression: isSigned ? '[-+]?\\d+' : '\\d+',
    declaration,
    read(text) {
      if (!/^[-+]?\d{1,20}$/.test(text)) return undefined;
      const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
      return (isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value
        ? value
        : undefined;
    },
  };
}

function readHex(text: string): bigint | undefined {
  const digits = text.replace(/^0[xX]/, '');
  return /^[0-9a-fA-F]{1,16}$/.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

/** Nanoseconds. */
function readDuration(text: string): bigint | undefined {
  const [, whole = '', fraction, unit = ''] = /^(\d{1,15})(?:\.(\d+))? ?(\S+)$/.exec(text) ?? [];
  const nanoseconds = NANOSECONDS.get(unit);
  if (nanoseconds === undefined) return undefined;
  const value =
    BigInt(whole) * BigInt(nanoseconds) + BigInt(Math.round((fractionNs(fraction) / 1e9) * nanoseconds));
  return value < 1n << 64n ? value : undefined;
}
