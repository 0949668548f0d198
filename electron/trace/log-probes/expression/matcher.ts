/**
 * Finds an expression in a line in one pass, all its ways side by side (Thompson's construction with captures, as
 * Pike's matcher): time is the line's length times the expression's, whatever either is.
 */
import { compile } from './program.ts';
import type { Instruction } from './program.ts';
import { parseExpression } from './parse.ts';
import { isWordByte } from './syntax.ts';
import type { Assertion, Node } from './syntax.ts';

/** Threads in order of preference, each once, with what it has captured. */
interface Threads {
  count: number;
  readonly at: Uint16Array;
  /** Position of an instruction in `at`, where that holds it. */
  readonly place: Uint16Array;
  readonly captures: Int32Array;
}

export class Matcher {
  readonly names: readonly string[];
  /** Start and end of each group in the line that matched last; -1 where it had no part. */
  readonly captures: Int32Array;
  readonly #program: readonly Instruction[];
  readonly #slots: number;
  /** Text that every match holds: a line without it is not looked at. */
  readonly #literal: string;
  #current: Threads;
  #next: Threads;
  readonly #scratch: Int32Array;
  /** Instructions to follow; a slot to give its old value back is put as -1 - slot, with the value. */
  readonly #stack: number[] = [];

  /** Throws Failure `bad-expression`. */
  constructor(text: string) {
    const { root, names } = parseExpression(text);
    this.names = names;
    this.#program = compile(root);
    this.#slots = names.length * 2;
    this.#literal = longestLiteral(root);
    this.captures = new Int32Array(this.#slots);
    this.#scratch = new Int32Array(this.#slots);
    this.#current = threads(this.#program.length, this.#slots);
    this.#next = threads(this.#program.length, this.#slots);
  }

  /** Whether the line, in Latin-1, holds a match; the leftmost one is then in `captures`. */
  find(line: string): boolean {
    if (!line.includes(this.#literal)) return false;
    let isFound = false;
    this.#current.count = 0;
    for (let at = 0; at <= line.length; at++) {
      if (!isFound) {
        this.#scratch.fill(-1);
        this.#follow(this.#current, 0, line, at);
      }
      if (this.#current.count === 0 && isFound) break;
      if (this.#step(line, at)) isFound = true;
    }
    return isFound;
  }

  /** Takes one byte with every thread; those behind one that matches are less preferred and end. */
  #step(line: string, at: number): boolean {
    const current = this.#current;
    const next = this.#next;
    const byte = at < line.length ? line.charCodeAt(at) & 0xff : -1;
    let isFound = false;
    next.count = 0;
    for (let index = 0; index < current.count; index++) {
      const pc = current.at[index] as number;
      const instruction = this.#program[pc] as Instruction;
      const from = index * this.#slots;
      if (instruction.kind === 'match') {
        this.captures.set(current.captures.subarray(from, from + this.#slots));
        isFound = true;
        break;
      }
      if (instruction.kind !== 'byte' || byte < 0 || instruction.bytes[byte] !== 1) continue;
      this.#scratch.set(current.captures.subarray(from, from + this.#slots));
      this.#follow(next, pc + 1, line, at + 1);
    }
    this.#current = next;
    this.#next = current;
    return isFound;
  }

  /** Adds what can be reached without taking a byte, the preferred first. */
  #follow(to: Threads, start: number, line: string, at: number): void {
    const stack = this.#stack;
    const captures = this.#scratch;
    stack.push(start);
    while (stack.length > 0) {
      const pc = stack.pop() as number;
      if (pc < 0) {
        captures[-1 - pc] = stack.pop() as number;
        continue;
      }
      const place = to.place[pc] as number;
      if (place < to.count && to.at[place] === pc) continue;
      const index = to.count++;
      to.at[index] = pc;
      to.place[pc] = index;
      const instruction = this.#program[pc] as Instruction;
      switch (instruction.kind) {
        case 'jump':
          stack.push(instruction.to);
          break;
        case 'split':
          stack.push(instruction.second, instruction.first);
          break;
        case 'save':
          stack.push(captures[instruction.slot] as number, -1 - instruction.slot, pc + 1);
          captures[instruction.slot] = at;
          break;
        case 'assert':
          if (holds(instruction.at, line, at)) stack.push(pc + 1);
          break;
        case 'byte':
        case 'match':
          to.captures.set(captures, index * this.#slots);
          break;
      }
    }
  }
}

function threads(count: number, slots: number): Threads {
  return {
    count: 0,
    at: new Uint16Array(count),
    place: new Uint16Array(count),
    captures: new Int32Array(count * slots),
  };
}

function holds(assertion: Assertion, line: string, at: number): boolean {
  switch (assertion) {
    case 'start':
      return at === 0;
    case 'end':
      return at === line.length;
    case 'boundary':
      return isWordAt(line, at - 1) !== isWordAt(line, at);
    case 'inside':
      return isWordAt(line, at - 1) === isWordAt(line, at);
  }
}

function isWordAt(line: string, at: number): boolean {
  return at >= 0 && at < line.length && isWordByte(line.charCodeAt(at));
}

/** Of the bytes that stand one behind the other in every match, the longest stretch. */
function longestLiteral(root: Node): string {
  let best = '';
  let run = '';
  const visit = (node: Node): void => {
    if (node.kind === 'class') {
      const byte = node.bytes.indexOf(1);
      if (byte >= 0 && node.bytes.indexOf(1, byte + 1) < 0) run += String.fromCharCode(byte);
      else run = '';
    } else if (node.kind === 'sequence') node.parts.forEach(visit);
    else if (node.kind === 'capture') visit(node.part);
    else if (node.kind !== 'assertion') run = '';
    if (run.length > best.length) best = run;
  };
  visit(root);
  return best;
}
