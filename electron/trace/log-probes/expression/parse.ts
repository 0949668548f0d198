/**
 * Reads an expression in the words of JavaScript's and RE2's. What cannot be matched in one pass over a line is
 * refused: back-references, and looking ahead or behind. `.` and inverted classes stand for one byte of UTF-8.
 */
import { Failure } from '../../../failure.ts';
import { FIELDS_MAX, NESTING_MAX, PATTERN_CHARACTERS_MAX, REPEATS_MAX } from '../limits.ts';
import { byteSet, inverse } from './syntax.ts';
import type { ByteSet, Expression, Node } from './syntax.ts';

const NEWLINE = 0x0a;
const DIGITS = byteSet([0x30, 0x39]);
const WORDS = byteSet([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
const BLANKS = byteSet([0x09, 0x0d], [0x20, 0x20]);
const CLASSES: ReadonlyMap<string, ByteSet> = new Map([
  ['d', DIGITS],
  ['D', inverse(DIGITS)],
  ['w', WORDS],
  ['W', inverse(WORDS)],
  ['s', BLANKS],
  ['S', inverse(BLANKS)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);
const NAME = /^\?P?<([A-Za-z_]\w*)>/;

/** Throws Failure `bad-expression` that says where and why. */
export function parseExpression(text: string): Expression {
  if (text.length > PATTERN_CHARACTERS_MAX)
    throw badExpression(`it is longer than ${PATTERN_CHARACTERS_MAX} characters`, 0);
  return new Parser(text).parse();
}

export function badExpression(reason: string, at: number): Failure {
  return new Failure('trace', 'bad-expression', reason, { at: `character ${at + 1}` });
}

class Parser {
  readonly #characters: readonly string[];
  readonly #names: string[] = [];
  #at = 0;
  #depth = 0;
  #ignoresCase = false;

  constructor(text: string) {
    this.#characters = Array.from(text);
  }

  parse(): Expression {
    if (this.#takes('(?i)')) this.#ignoresCase = true;
    const root = this.#choice();
    if (this.#at < this.#characters.length) throw badExpression('a ) that closes nothing', this.#at);
    return { root, names: this.#names };
  }

  #choice(): Node {
    this.#depth += 1;
    if (this.#depth > NESTING_MAX) throw badExpression(`groups nest more than ${NESTING_MAX} deep`, this.#at);
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    this.#depth -= 1;
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek())
      parts.push(this.#repeated(this.#atom()));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'sequence', parts };
  }

  #repeated(part: Node): Node {
    const at = this.#at;
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    if (part.kind === 'assertion') throw badExpression('nothing stands before it that could be repeated', at);
    const isLazy = this.#takes('?');
    if (/^[*+?]$/.test(this.#peek() ?? '')) throw badExpression('a repeat of a repeat', this.#at);
    return { kind: 'repeat', part, ...bounds, isLazy };
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Infinity };
    if (this.#takes('+')) return { min: 1, max: Infinity };
    if (this.#takes('?')) return { min: 0, max: 1 };
    const match = /^\{(\d{1,5})(?:(,)(\d{1,5})?)?\}/.exec(
      this.#characters.slice(this.#at, this.#at + 16).join(''),
    );
    if (match === null) return undefined;
    const [text, low, comma, high] = match;
    const min = Number(low);
    const max = comma === undefined ? min : high === undefined ? Infinity : Number(high);
    if (min > REPEATS_MAX || (max !== Infinity && max > REPEATS_MAX))
      throw badExpression(`more than ${REPEATS_MAX} repeats`, this.#at);
    if (max < min) throw badExpression('its repeats are the wrong way round', this.#at);
    this.#at += text.length;
    return { min, max };
  }

  #atom(): Node {
    const at = this.#at;
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'class', bytes: this.#class() };
      case '.':
        return { kind: 'class', bytes: inverse(byteSet([NEWLINE, NEWLINE])) };
      case '^':
        return { kind: 'assertion', at: 'start' };
      case '$':
        return { kind: 'assertion', at: 'end' };
      case '*':
      case '+':
      case '?':
        throw badExpression('nothing stands before it that could be repeated', at);
      case '\\':
        return this.#escape();
      default:
        return this.#literal(character);
    }
  }

  #group(): Node {
    const at = this.#at;
    if (/^\?(?:=|!|<=|<!)/.test(this.#ahead()))
      throw badExpression('looking ahead or behind takes more than one pass over a line', at);
    let index: number | undefined;
    if (!this.#takes('?:')) {
      const match = NAME.exec(this.#ahead());
      if (match === null && this.#peek() === '?')
        throw badExpression('a group of a kind that is not known', at);
      if (this.#names.length >= FIELDS_MAX)
        throw badExpression(`more than ${FIELDS_MAX} groups that capture`, at - 1);
      if (match !== null) this.#at += match[0].length;
      index = this.#names.push(match?.[1] ?? '') - 1;
    }
    const part = this.#choice();
    if (!this.#takes(')')) throw badExpression('a ( that is not closed', at - 1);
    return index === undefined ? part : { kind: 'capture', part, index };
  }

  #escape(): Node {
    const at = this.#at;
    const letter = this.#next();
    if (letter === 'b') return { kind: 'assertion', at: 'boundary' };
    if (letter === 'B') return { kind: 'assertion', at: 'inside' };
    if (/[1-9k]/.test(letter))
      throw badExpression('a back-reference takes more than one pass over a line', at - 1);
    const set = CLASSES.get(letter);
    if (set !== undefined) return { kind: 'class', bytes: set };
    return this.#literal(this.#escaped(letter, at));
  }

  /** The character that an escape other than of a class stands for. */
  #escaped(letter: string, at: number): string {
    const control = CONTROLS.get(letter);
    if (control !== undefined) return String.fromCharCode(control);
    if (letter === 'x') {
      const digits = this.#characters.slice(this.#at, this.#at + 2).join('');
      if (!/^[0-7][0-9a-fA-F]$/.test(digits)) throw badExpression('\\x takes two digits, up to 7f', at - 1);
      this.#at += 2;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (/[A-Za-z0-9]/.test(letter)) throw badExpression(`\\${letter} is not known`, at - 1);
    return letter;
  }

  /** A character's bytes; beyond ASCII there are several. */
  #literal(character: string): Node {
    const bytes = [...Buffer.from(character)];
    const parts = bytes.map((byte): Node => ({ kind: 'class', bytes: this.#folded(byteSet([byte, byte])) }));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'sequence', parts };
  }

  #class(): ByteSet {
    const at = this.#at - 1;
    const isInverted = this.#takes('^');
    const set = byteSet();
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      const first = this.#classMember(at);
      if (typeof first !== 'number') {
        first.forEach((bit, byte) => (set[byte] = (set[byte] ?? 0) | bit));
        continue;
      }
      let last: number | ByteSet = first;
      if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at += 1;
        last = this.#classMember(at);
      }
      if (typeof last !== 'number' || last < first) throw badExpression('a range the wrong way round', at);
      set.fill(1, first, last + 1);
    }
    this.#at += 1;
    const folded = this.#folded(set);
    return isInverted ? inverse(folded) : folded;
  }

  #classMember(start: number): number | ByteSet {
    const at = this.#at;
    if (this.#peek() === undefined) throw badExpression('a [ that is not closed', start);
    let character = this.#next();
    if (character === '\\') {
      const letter = this.#next();
      const set = CLASSES.get(letter);
      if (set !== undefined) return set;
      character = letter === 'b' ? '\b' : this.#escaped(letter, at + 1);
    }
    const code = character.codePointAt(0) ?? 0;
    if (code > 0x7f) throw badExpression('a class holds characters of ASCII; write (?:é|ü) for others', at);
    return code;
  }

  #folded(set: ByteSet): ByteSet {
    if (!this.#ignoresCase) return set;
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      const either = (set[upper] ?? 0) | (set[upper + 0x20] ?? 0);
      set[upper] = either;
      set[upper + 0x20] = either;
    }
    return set;
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw badExpression('it ends too early', this.#at);
    this.#at += 1;
    return character;
  }

  #ahead(): string {
    return this.#characters.slice(this.#at, this.#at + 64).join('');
  }

  #takes(text: string): boolean {
    if (!this.#ahead().startsWith(text)) return false;
    this.#at += text.length;
    return true;
  }
}
