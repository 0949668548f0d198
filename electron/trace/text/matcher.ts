/**
 * Reads the text of one event into its record, by a compiled pattern. Hot: match() runs per event, and makes no
 * string and no object. Numbers are held in two halves of 32 bits.
 */
import { readAddress } from './addresses.ts';
import { STEP } from './compiled-pattern.ts';
import type { NameBytes, Step } from './compiled-pattern.ts';

const BLANK = 0x20;
const TAB = 0x09;
const MINUS = 0x2d;
const PLUS = 0x2b;
const BAR = 0x7c;
const ZERO = 0x30;
const NEWLINE = 0x0a;
const LETTER_X = 0x78;
const WORD = 4_294_967_296;
/** Digits that a double holds exactly. */
const SAFE_DIGITS = 15;
/** A text may hold what follows it: so many other ends are tried in a line. */
const RETRIES_MAX = 64;
const STEPS_MAX = 256;
const NO_LITERAL = new Uint8Array(0);

export class Matcher {
  /** Where records are written; the caller sees to the room: fixed part, and the text's bytes and one a step. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Past the record's last byte, after a match. */
  end = 0;
  #low = 0;
  #high = 0;
  /** Where a text step may end otherwise: the step, its first byte, the end it had, the record's end before it. */
  readonly #retryStep = new Int32Array(STEPS_MAX);
  readonly #retryStart = new Int32Array(STEPS_MAX);
  readonly #retryEnd = new Int32Array(STEPS_MAX);
  readonly #retryRecord = new Int32Array(STEPS_MAX);

  /**
   * Whether the text from `at` to `end` is as the steps say. The record begins at `record` with `sizeBytes` that
   * are zero but for the common fields; what an attempt that fails wrote there is the caller's to clear.
   */
  match(
    steps: readonly Step[],
    text: Uint8Array,
    at: number,
    end: number,
    record: number,
    sizeBytes: number,
  ): boolean {
    this.end = record + sizeBytes;
    let retries = 0;
    let left = RETRIES_MAX;
    let index = 0;
    const { length } = steps;
    if (length > STEPS_MAX) return false;
    for (;;) {
      if (index === length) {
        if (at === end || isBlank(text, at, end)) return true;
        at = -1;
      } else {
        const step = steps[index] as Step;
        const { kind } = step;
        if (kind === STEP.literal) at = matchLiteral(step.bytes, text, at, end);
        else if (kind === STEP.skip || (kind >= STEP.text && kind <= STEP.trailing)) {
          const stop = textEnd(steps, index, text, at, end);
          if (stop >= 0) {
            this.#retryStep[retries] = index;
            this.#retryStart[retries] = at;
            this.#retryEnd[retries] = stop;
            this.#retryRecord[retries] = this.end;
            retries += 1;
            this.#putText(step, text, at, stop, record);
          }
          at = stop;
        } else at = this.#number(step, text, at, end, record);
        index += 1;
      }
      if (at >= 0) continue;
      // Hot path ends here: the last text may have held what was taken for its end.
      for (;;) {
        if (retries === 0 || (left -= 1) < 0) return false;
        const last = retries - 1;
        index = this.#retryStep[last] as number;
        const stop = textEnd(steps, index, text, (this.#retryEnd[last] as number) + 1, end);
        this.end = this.#retryRecord[last] as number;
        if (stop < 0) {
          retries = last;
          continue;
        }
        this.#retryEnd[last] = stop;
        this.#putText(steps[index] as Step, text, this.#retryStart[last] as number, stop, record);
        at = stop;
        index += 1;
        break;
      }
    }
  }

  #putText(step: Step, text: Uint8Array, start: number, stop: number, record: number): void {
    const { bytes } = this;
    const { kind, sizeBytes } = step;
    if (kind === STEP.skip) return;
    if (kind === STEP.text) {
      const target = record + step.offset;
      const count = Math.min(stop - start, sizeBytes - 1);
      for (let index = 0; index < count; index++) bytes[target + index] = text[start + index] as number;
      for (let index = count; index < sizeBytes; index++) bytes[target + index] = 0;
      return;
    }
    let target = this.end;
    for (let index = start; index < stop; index++) bytes[target++] = text[index] as number;
    if (kind === STEP.trailing) bytes[target++] = NEWLINE;
    bytes[target++] = 0;
    const place = record + step.offset;
    if (kind !== STEP.trailing) {
      const from = kind === STEP.located ? this.end - record : this.end - place - 4;
      putWord(bytes, place, ((target - this.end) << 16) | from);
    }
    this.end = target;
  }

  /** Reads a number, name or address, and stores it; the place behind it, or -1. */
  #number(step: Step, text: Uint8Array, start: number, end: number, record: number): number {
    let at = start;
    const isName = step.kind === STEP.symbols || step.kind === STEP.flags;
    if (!isName) while (at < end && text[at] === BLANK) at += 1;
    switch (step.kind) {
      case STEP.decimal:
        at = this.#decimal(text, at, end);
        break;
      case STEP.hex:
        at = this.#hex(text, at, end);
        break;
      case STEP.octal:
        at = this.#octal(text, at, end);
        break;
      case STEP.symbols:
        at = this.#symbol(step.names, text, at, end);
        break;
      case STEP.flags:
        at = this.#flags(step.names, text, at, end);
        break;
      default:
        return step.address === undefined
          ? -1
          : readAddress(step.address, text, at, end, this.bytes, record + step.offset);
    }
    if (at >= 0) this.#store(step, record + step.offset);
    return at;
  }

  #store(step: Step, target: number): void {
    const { bytes } = this;
    const { sizeBytes, shift } = step;
    let low = this.#low;
    let high = this.#high;
    if (step.isPart) {
      if (shift >= 32) {
        high = low << (shift - 32);
        low = 0;
      } else if (shift > 0) {
        high = (high << shift) | (low >>> (32 - shift));
        low <<= shift;
      }
      for (let index = 0; index < sizeBytes; index++) {
        const half = index < 4 ? low : high;
        bytes[target + index] = (bytes[target + index] as number) | ((half >>> (8 * (index & 3))) & 0xff);
      }
      return;
    }
    if (sizeBytes >= 4) {
      putWord(bytes, target, low);
      if (sizeBytes === 8) putWord(bytes, target + 4, high);
    } else {
      bytes[target] = low;
      if (sizeBytes === 2) bytes[target + 1] = low >>> 8;
    }
  }

  /** Digits with a sign before them; after `0x`, hexadecimal ones. */
  #decimal(text: Uint8Array, start: number, end: number): number {
    let at = start;
    const first = text[at] as number;
    const isNegative = first === MINUS;
    if (isNegative || first === PLUS) at += 1;
    if (text[at] === ZERO && text[at + 1] === LETTER_X && at + 1 < end) return this.#hex(text, at, end);
    const digits = at;
    let value = 0;
    const safeEnd = Math.min(end, at + SAFE_DIGITS);
    for (; at < safeEnd; at++) {
      const digit = (text[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === digits) return -1;
    let low = value >>> 0;
    let high = value < WORD ? 0 : Math.floor(value / WORD) >>> 0;
    if (at === safeEnd && at < end) {
      for (; at < end; at++) {
        const digit = (text[at] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        const product = low * 10 + digit;
        low = product >>> 0;
        high = (high * 10 + Math.floor(product / WORD)) >>> 0;
      }
    }
    if (isNegative) {
      low = -low >>> 0;
      high = low === 0 ? -high >>> 0 : ~high >>> 0;
    }
    this.#low = low;
    this.#high = high;
    return at;
  }

  /** With or without `0x`; a pointer that is printed as a word, `(null)`, is zero. */
  #hex(text: Uint8Array, start: number, end: number): number {
    let at = start;
    if (text[at] === ZERO && text[at + 1] === LETTER_X) at += 2;
    const digits = at;
    let low = 0;
    let high = 0;
    for (; at < end; at++) {
      const digit = hexDigit(text[at] as number);
      if (digit < 0) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
    return at > digits ? at : behindNull(text, at, end);
  }

  #octal(text: Uint8Array, start: number, end: number): number {
    let at = start;
    let value = 0;
    for (; at < end; at++) {
      const digit = (text[at] as number) - ZERO;
      if (digit < 0 || digit > 7) break;
      value = value * 8 + digit;
    }
    this.#low = value >>> 0;
    this.#high = Math.floor(value / WORD) >>> 0;
    return at > start ? at : -1;
  }

  /** One of the names, or the number that is printed where there is none. */
  #symbol(names: readonly NameBytes[], text: Uint8Array, at: number, end: number): number {
    for (const { bytes, low, high } of names) {
      const behind = at + bytes.length;
      if (behind <= end && startsWith(text, at, bytes)) {
        this.#low = low;
        this.#high = high;
        return behind;
      }
    }
    return this.#decimal(text, at, end);
  }

  #flags(names: readonly NameBytes[], text: Uint8Array, start: number, end: number): number {
    let low = 0;
    let high = 0;
    let at = start;
    for (;;) {
      const behind = this.#symbol(names, text, at, end);
      // No flag is set, and nothing is printed.
      if (behind < 0 && at > start) return -1;
      if (behind < 0) break;
      at = behind;
      low |= this.#low;
      high |= this.#high;
      if (text[at] !== BAR || at >= end) break;
      at += 1;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
    return at;
  }
}

const NULLS = [Buffer.from('(null)'), Buffer.from('(nil)')];

/** A pointer of zero, in the kernel's words or those of trace-cmd; the place behind it, or -1. */
function behindNull(text: Uint8Array, at: number, end: number): number {
  for (const word of NULLS) {
    if (at + word.length <= end && startsWith(text, at, word)) return at + word.length;
  }
  return -1;
}

/** Hot. -1 for what is none. */
function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= 0x39) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function startsWith(text: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (text[at + index] !== bytes[index]) return false;
  }
  return true;
}

/** Hot. The place behind the literal, or -1; a blank stands for any number of them. */
function matchLiteral(bytes: Uint8Array, text: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (at >= end || text[at] !== byte) {
      // A blank before a value that is printed as nothing has taken this one too.
      if (byte === BLANK && index === 0 && at > 0 && text[at - 1] === BLANK) continue;
      return -1;
    }
    at += 1;
    if (byte === BLANK) while (at < end && text[at] === BLANK) at += 1;
  }
  return at;
}

/** Hot. Where the text from `start` on ends: before the literal that comes next, or with the line. -1 for nowhere. */
function textEnd(
  steps: readonly Step[],
  index: number,
  text: Uint8Array,
  start: number,
  end: number,
): number {
  const next = steps[index + 1];
  if (next === undefined) return start <= end ? end : -1;
  const literal = next.kind === STEP.literal ? next.bytes : NO_LITERAL;
  if (literal.length === 0) return start <= end ? start : -1;
  const first = literal[0] as number;
  if (first === BLANK && matchLiteral(literal, text, start, end) >= 0) return start;
  for (let at = start; at < end; at++) {
    if (text[at] !== first) continue;
    if (matchLiteral(literal, text, at, end) >= 0) return at;
    // What fails from a blank on fails from those behind it too.
    if (first === BLANK) while (text[at + 1] === BLANK && at + 1 < end) at += 1;
  }
  return -1;
}

function isBlank(text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text[at] !== BLANK && text[at] !== TAB) return false;
  return true;
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}
