/**
 * printf as BPF programs have it: bpf_trace_printk(), bpf_snprintf() and kin, after bstr_printf() in
 * lib/vsprintf.c of Linux 6.18. What of a format is refused, and how values are read, is format-values.ts.
 *
 * Linux hashes a plain %p; a replay's addresses are its own and hide nothing, so they are printed.
 */
import type { HelperContext } from './helper.ts';
import { packValues } from './format-values.ts';
import { TextBuffer } from './text-buffer.ts';

/** Text, cut to the buffer, or -errno. */
export function formatText(
  context: HelperContext,
  format: string,
  values: readonly bigint[],
  sizeBytes: number,
): TextBuffer | number {
  const packed = packValues(context, format, values);
  if (typeof packed === 'number') return packed;
  const text = new TextBuffer(sizeBytes);
  const reader = new ValueReader(packed);
  const pattern = /%%|%([-+0 ]*)(\d*)(p|c|s|(l{0,2})([diuxX]))|[^%]+/gy;
  for (let found = pattern.exec(format); found !== null; found = pattern.exec(format)) {
    const [whole, flags = '', width = '', letters, modifier, conversion] = found;
    if (letters === undefined) text.add(whole === '%%' ? '%' : whole);
    else if (letters === 'p')
      pattern.lastIndex += pointer(text, reader, format, pattern.lastIndex, shapeOf(flags, width));
    else if (conversion === undefined) characters(text, reader, letters, shapeOf(flags, width));
    else
      number(
        text,
        conversion,
        reader.number(modifier === '' ? 4 : 8),
        modifier === '' ? 32 : 64,
        shapeOf(flags, width),
      );
  }
  return text;
}

interface Shape {
  readonly flags: string;
  /** -1 for none. */
  readonly width: number;
}

/** A width has 24 bits, after it was read into 32. */
const WIDTH_BITS = 24;

function shapeOf(flags: string, digits: string): Shape {
  if (digits === '') return { flags, width: -1 };
  const read = [...digits].reduce((value, digit) => (Math.imul(value, 10) + Number(digit)) | 0, 0);
  return { flags, width: (read << (32 - WIDTH_BITS)) >> (32 - WIDTH_BITS) };
}

/** Reads the packed values, one after another. */
class ValueReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(packed: Uint8Array) {
    this.#bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  }

  number(sizeBytes: 4 | 8): bigint {
    this.#at = 4 * Math.ceil(this.#at / 4);
    const at = this.#at;
    this.#at += sizeBytes;
    return sizeBytes === 4 ? BigInt(this.#bytes.readUInt32LE(at)) : this.#bytes.readBigUInt64LE(at);
  }

  character(): string {
    this.#at += 1;
    return this.#bytes.toString('latin1', this.#at - 1, this.#at);
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('latin1', this.#at, end < 0 ? undefined : end);
    this.#at += text.length + 1;
    return text;
  }
}

/** %s and %c: blanks to the width. */
function characters(text: TextBuffer, reader: ValueReader, letters: string, { flags, width }: Shape): void {
  const body = letters === 'c' ? reader.character() : reader.text();
  const blanks = Math.max(0, width - body.length);
  if (!flags.includes('-')) text.fill(' ', blanks);
  text.add(body);
  if (flags.includes('-')) text.fill(' ', blanks);
}

/** Zeros go between sign and digits. */
function number(
  text: TextBuffer,
  conversion: string,
  value: bigint,
  bits: 32 | 64,
  { flags, width }: Shape,
): void {
  const isSigned = conversion === 'd' || conversion === 'i';
  const given = isSigned ? BigInt.asIntN(bits, value) : value;
  const isNegative = given < 0n;
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const sign = isNegative ? '-' : isSigned ? plus : '';
  const digits = (isNegative ? -given : given).toString(isSigned || conversion === 'u' ? 10 : 16);
  const missing = Math.max(0, width - sign.length - digits.length);
  const isLeft = flags.includes('-');
  const isZeroed = !isLeft && flags.includes('0');
  if (!isLeft && !isZeroed) text.fill(' ', missing);
  text.add(sign);
  if (isZeroed) text.fill('0', missing);
  text.add(conversion === 'X' ? digits.toUpperCase() : digits);
  if (isLeft) text.fill(' ', missing);
}

const POINTER_DIGITS = 16;

/** The kernel's isalnum(), which knows Latin-1. */
const LETTERS = /^[0-9A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\xff]*/;

/** %p and what follows it; gives how many letters and digits of the format it took. */
function pointer(
  text: TextBuffer,
  reader: ValueReader,
  format: string,
  at: number,
  { flags, width }: Shape,
): number {
  const letters = LETTERS.exec(format.slice(at))?.[0] ?? '';
  const kind = letters[0];
  if (kind === 's' || kind === 'S') {
    const symbol = `0x${reader.number(8).toString(16)}`;
    const blanks = Math.max(0, width - symbol.length);
    if (!flags.includes('-')) text.fill(' ', blanks);
    text.add(symbol);
    if (flags.includes('-')) text.fill(' ', blanks);
  } else if (kind === undefined || kind === 'x' || kind === 'K') {
    const shape = width === -1 ? { flags: `${flags}0`, width: POINTER_DIGITS } : { flags, width };
    number(text, 'x', reader.number(8), 64, shape);
  } else if (text.hasRoom) {
    // What was made into text already is passed over where nothing of it can be seen.
    text.add(reader.text());
  }
  return letters.length;
}
