/** A pattern made ready for the matcher: literals as bytes, captures as places in the record. */
import type { EventField } from '../event.ts';
import type { Capture, NamedValue, Pattern } from './pattern.ts';

/** What a step does; numbers, because the matcher switches on them per event. */
export const STEP = {
  literal: 0,
  skip: 1,
  decimal: 2,
  hex: 3,
  symbols: 4,
  flags: 5,
  /** Text in the fixed part. */
  text: 6,
  /** Text behind it, found by `__data_loc`. */
  located: 7,
  /** Text behind it, found by `__rel_loc`. */
  relative: 8,
  /** A flexible char array: text to the record's end, with the line end that the kernel keeps there. */
  trailing: 9,
  address: 10,
  octal: 11,
} as const;

/** Of one shape, so that the matcher's loads are the same for every step. */
export interface Step {
  readonly kind: number;
  /** Of a literal. */
  readonly bytes: Uint8Array;
  /** In the record. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly shift: number;
  /** Several captures make one value. */
  readonly isPart: boolean;
  readonly names: readonly NameBytes[];
  readonly address: 'ip4' | 'ip6' | 'mac' | 'sockaddr' | undefined;
}

export interface NameBytes {
  readonly bytes: Uint8Array;
  readonly high: number;
  readonly low: number;
}

export interface CompiledPattern {
  readonly steps: readonly Step[];
  /** Fields that a match fills. */
  readonly filled: ReadonlySet<string>;
}

const NO_BYTES = new Uint8Array(0);
const LITERAL: Step = {
  kind: STEP.literal,
  bytes: NO_BYTES,
  offset: 0,
  sizeBytes: 0,
  shift: 0,
  isPart: false,
  names: [],
  address: undefined,
};

/** A capture of no field, or of one that cannot hold what is printed, is a skip. */
export function compilePattern(pattern: Pattern, fields: readonly EventField[]): CompiledPattern {
  const captures = pattern.filter((part) => part.kind === 'capture');
  const filled = new Set<string>();
  const steps = pattern.map((part, index): Step => {
    if (part.kind === 'literal') return { ...LITERAL, bytes: Buffer.from(literalOf(pattern, index), 'utf8') };
    const field = fields.find(({ name }) => name === part.field);
    const isPart = captures.filter((other) => sameValue(other, part)).length > 1;
    const step = field === undefined ? undefined : stepOf(part, field, isPart);
    if (step !== undefined) filled.add(part.field);
    return step ?? { ...LITERAL, kind: STEP.skip };
  });
  return { steps, filled };
}

/** A hexadecimal number takes the `0x` before it, which is not always printed: trace-cmd leaves it from zero. */
function literalOf(pattern: Pattern, index: number): string {
  const part = pattern[index];
  const next = pattern[index + 1];
  if (part?.kind !== 'literal') return '';
  return next?.kind === 'capture' && next.reading === 'hex' ? part.text.replace(/0x$/, '') : part.text;
}

function sameValue(a: Capture, b: Capture): boolean {
  return a.field === b.field && a.element === b.element;
}

function stepOf(capture: Capture, field: EventField, isPart: boolean): Step | undefined {
  const { reading, element, shift } = capture;
  const offset = field.offsetBytes + element * field.elementSizeBytes;
  const base = { ...LITERAL, offset, sizeBytes: field.elementSizeBytes, shift, isPart: isPart || shift > 0 };
  const isArray = field.kind === 'array' && field.sizeBytes > 0;
  const isNumber = field.kind === 'integer' || (isArray && element < field.elementCount);
  switch (reading) {
    case 'skip':
    case 'symbol':
      return undefined;
    case 'natural':
      return isNumber ? { ...base, kind: STEP.decimal } : textStep(base, field);
    case 'hex':
    case 'octal':
      return isNumber ? { ...base, kind: STEP[reading] } : undefined;
    case 'symbols':
    case 'flags':
      if (!isNumber) return undefined;
      return { ...base, kind: STEP[reading], names: nameBytes(capture.names) };
    default:
      return addressStep({ ...base, offset: field.offsetBytes }, reading, field);
  }
}

function textStep(base: Step, field: EventField): Step | undefined {
  const { kind, sizeBytes } = field;
  if (kind === 'text' && sizeBytes > 0) return { ...base, kind: STEP.text, sizeBytes };
  if (!/\bchar$/.test(field.type)) return undefined;
  if (kind === 'dataLoc') return { ...base, kind: STEP.located };
  if (kind === 'relLoc') return { ...base, kind: STEP.relative };
  return sizeBytes === 0 ? { ...base, kind: STEP.trailing } : undefined;
}

const ADDRESS_BYTES = { ip4: 4, ip6: 16, mac: 6, sockaddr: 28 } as const;

function addressStep(base: Step, address: keyof typeof ADDRESS_BYTES, field: EventField): Step | undefined {
  const isHeld = field.kind === 'array' && field.elementSizeBytes === 1;
  const isWord = address === 'ip4' && field.kind === 'integer';
  if ((!isHeld && !isWord) || field.sizeBytes < ADDRESS_BYTES[address]) return undefined;
  return { ...base, kind: STEP.address, sizeBytes: ADDRESS_BYTES[address], address };
}

/** The longest first, as one may begin with another. */
function nameBytes(names: readonly NamedValue[]): NameBytes[] {
  return names
    .map(({ text, value }) => ({
      bytes: new Uint8Array(Buffer.from(text, 'utf8')),
      high: Number(BigInt.asUintN(32, value >> 32n)),
      low: Number(BigInt.asUintN(32, value)),
    }))
    .sort((a, b) => b.bytes.length - a.bytes.length);
}
