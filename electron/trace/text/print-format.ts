/**
 * Turns a format file's `print fmt:` line into the pattern that reads its text back: every conversion of the
 * format is undone as far as it can be. What is printed of no field, or by a function nobody here knows, is
 * skipped: the field then is not in the text.
 */
import type { EventField } from '../event.ts';
import { parseExpressions } from './c-expression.ts';
import type { Expression } from './c-expression.ts';
import { SKIP } from './pattern.ts';
import type { Capture, NamedValue, Pattern, PatternPart } from './pattern.ts';

const CONVERSION =
  /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?(hh|h|ll|l|z|t|q|L)?([diuxXcspo%])((?:(?<=p)[A-Za-z0-9]*)?)/g;
/** A print format longer than this is not undone; syscall formats with their flags reach 20 KiB. */
const PRINT_FORMAT_CHARACTERS_MAX = 64 * 1024;

/** Values of names that the format leaves as the kernel's source has them; undefined for one not known. */
export type ValueOfName = (name: string) => bigint | undefined;

/** Of an event with these fields; undefined where the line is not understood as a whole, or makes several lines. */
export function patternOfPrintFormat(
  printFormat: string,
  fields: readonly EventField[],
  valueOf: ValueOfName = () => undefined,
): Pattern | undefined {
  if (printFormat.length > PRINT_FORMAT_CHARACTERS_MAX) return undefined;
  const [format, ...values] = parseExpressions(printFormat) ?? [];
  if (format?.kind !== 'text') return undefined;
  const parts: PatternPart[] = [];
  const literal = (text: string): void => {
    const last = parts.at(-1);
    if (text === '') return;
    if (last?.kind === 'literal') parts[parts.length - 1] = { kind: 'literal', text: last.text + text };
    else parts.push({ kind: 'literal', text });
  };
  let at = 0;
  let next = 0;
  for (const match of format.value.matchAll(CONVERSION)) {
    literal(format.value.slice(at, match.index));
    at = match.index + match[0].length;
    const [, flags = '', width, precision, , letter = '', pointer = ''] = match;
    if (letter === '%') {
      literal('%');
      continue;
    }
    if (width === '*') next += 1;
    if (precision === '*') next += 1;
    const value = values[next++];
    if (value === undefined) return undefined;
    if (flags.includes('#') && (letter === 'x' || letter === 'X')) literal('0x');
    parts.push(fitted(captureOf(value, letter, pointer, valueOf), letter, fields));
  }
  literal(format.value.slice(at).trimEnd());
  return parts.some((part) => part.kind === 'literal' && part.text.includes('\n')) ? undefined : parts;
}

/** What is printed as text of a pointer, or as a number of a text, does not tell the field. */
function fitted(capture: Capture, letter: string, fields: readonly EventField[]): Capture {
  if (capture.reading === 'skip') return capture;
  const field = fields.find(({ name }) => name === capture.field);
  if (field === undefined) return SKIP;
  const isText = field.kind === 'text' || (field.elementCount === 0 && /\bchar$/.test(field.type));
  if (capture.reading === 'natural' && (letter === 's') !== isText) return SKIP;
  return capture;
}

function captureOf(value: Expression, letter: string, pointer: string, valueOf: ValueOfName): Capture {
  if (letter === 's') return ofText(value, valueOf);
  const place = placeOf(value);
  if (place === undefined || letter === 'c') return SKIP;
  if (letter === 'x' || letter === 'X') return { ...place, reading: 'hex' };
  if (letter === 'o') return { ...place, reading: 'octal' };
  if (letter !== 'p') return { ...place, reading: 'natural' };
  if (pointer === '' || pointer === 'x' || pointer === 'K') return { ...place, reading: 'hex' };
  if (pointer === 'I4') return { ...place, reading: 'ip4' };
  if (pointer === 'I6' || pointer === 'I6c') return { ...place, reading: 'ip6' };
  if (pointer === 'ISpc') return { ...place, reading: 'sockaddr' };
  if (/^[sSfFB]/.test(pointer)) return { ...place, reading: 'symbol' };
  if (pointer === 'M') return { ...place, reading: 'mac' };
  return SKIP;
}

/** The field that an expression prints, whole or from a bit on; undefined where it computes something else. */
function placeOf(value: Expression): Capture | undefined {
  const place = { ...SKIP, reading: 'natural' } as const;
  switch (value.kind) {
    case 'field':
      return { ...place, field: value.name };
    case 'element': {
      const { of, index } = value;
      if (of.kind !== 'field' || index.kind !== 'number' || index.value < 0n || index.value > 255n)
        return undefined;
      return { ...place, field: of.name, element: Number(index.value) };
    }
    case 'call':
      // A located array given to %pI4 and its like.
      if (!/^__get_(dynamic_array|rel_dynamic_array|sockaddr)$/.test(value.name)) return undefined;
      return value.arguments[0]?.kind === 'name' ? { ...place, field: value.arguments[0].name } : undefined;
    case 'binary': {
      const { operator, left, right } = value;
      if (right.kind !== 'number') return undefined;
      const inner = placeOf(left);
      if (inner === undefined) return undefined;
      // A mask leaves the lower bits, so those that were printed are where they were.
      if (operator === '&') return isLowMask(right.value) ? inner : undefined;
      if (operator === '>>' && right.value < 64n)
        return { ...inner, shift: inner.shift + Number(right.value) };
      return undefined;
    }
    default:
      return undefined;
  }
}

function isLowMask(value: bigint): boolean {
  return value > 0n && (value & (value + 1n)) === 0n;
}

function ofText(value: Expression, valueOf: ValueOfName): Capture {
  switch (value.kind) {
    case 'field':
      return { ...SKIP, field: value.name, reading: 'natural' };
    case 'choice':
      return ofChoice(value, valueOf);
    case 'call':
      return ofCall(value, valueOf);
    default:
      return SKIP;
  }
}

function ofCall({ name, arguments: given }: Expression & { kind: 'call' }, valueOf: ValueOfName): Capture {
  const [first, ...rest] = given;
  if (first === undefined) return SKIP;
  if (/^__get_(rel_)?(str|dynamic_array)$/.test(name))
    return first.kind === 'name' ? { ...SKIP, field: first.name, reading: 'natural' } : SKIP;
  if (name === '__print_symbolic') return named(placeOf(first), 'symbols', namesOf(rest, valueOf));
  if (name === '__print_flags' && rest[0]?.kind === 'text' && rest[0].value === '|')
    return named(maskedPlace(first), 'flags', namesOf(rest.slice(1), valueOf));
  return SKIP;
}

/** `x ? __print_flags(x, ...) : "none"`, `x & 4 ? "yes" : "no"`, `x ? "true" : "false"`. */
function ofChoice({ condition, yes, no }: Expression & { kind: 'choice' }, valueOf: ValueOfName): Capture {
  const place = maskedPlace(condition);
  if (place === undefined || no.kind !== 'text') return SKIP;
  if (yes.kind !== 'text') {
    const inner = ofText(yes, valueOf);
    if (inner.reading !== 'flags' || inner.field !== place.field) return SKIP;
    return { ...inner, names: [...inner.names, { text: no.value, value: 0n }] };
  }
  const bit = condition.kind === 'binary' && condition.right.kind === 'number' ? condition.right.value : 1n;
  return named(place, 'symbols', [
    { text: yes.value, value: bit },
    { text: no.value, value: 0n },
  ]);
}

/** As placeOf(), and also under a mask of any bits: what is printed are names of bits where they are. */
function maskedPlace(value: Expression): Capture | undefined {
  if (value.kind === 'binary' && value.operator === '&' && value.right.kind === 'number')
    return placeOf(value.left);
  return placeOf(value);
}

function named(
  place: Capture | undefined,
  reading: 'symbols' | 'flags',
  names: NamedValue[] | undefined,
): Capture {
  return place === undefined || names === undefined ? SKIP : { ...place, reading, names };
}

/** Lists of a value and its text; a list whose first item is zero or no text ends them. */
function namesOf(lists: readonly Expression[], valueOf: ValueOfName): NamedValue[] | undefined {
  const names: NamedValue[] = [];
  for (const list of lists) {
    if (list.kind !== 'list') return undefined;
    const [value, text] = list.items;
    if (text?.kind !== 'text') continue;
    const number =
      value?.kind === 'number' ? value.value : value?.kind === 'name' ? valueOf(value.name) : undefined;
    if (number === undefined) return undefined;
    names.push({ text: text.value, value: number });
  }
  return names;
}
