/**
 * A WebAssembly function on 32-bit integers, written as statements over expressions: what map operations
 * are made of, where the stack order of wasm would hide what they do. An expression writes what leaves one
 * i32 on the stack, anew each time it is used.
 */
import { EMPTY, I32, op } from './wasm.ts';
import { Writer } from './writer.ts';

export type Expression = (out: Writer) => void;
/** A number stands for itself. */
export type Operand = Expression | number;

export interface Local {
  readonly index: number;
}

/** Copies of up to so many bytes are loads and stores, for V8 calls out for memory.copy. */
const COPY_UNROLLED_MAX = 64;
const MEMORY_0 = 0;

export function value(local: Local): Expression {
  return (out) => void out.get(local.index);
}

function push(operand: Operand, out: Writer): void {
  if (typeof operand === 'number') out.i32(operand);
  else operand(out);
}

function binary(opcode: number): (left: Operand, right: Operand) => Expression {
  return (left, right) => (out) => {
    push(left, out);
    push(right, out);
    out.byte(opcode);
  };
}

export const add = binary(op.i32Add);
export const subtract = binary(op.i32Sub);
export const multiply = binary(op.i32Mul);
export const and = binary(op.i32And);
export const or = binary(op.i32Or);
export const xor = binary(op.i32Xor);
export const shiftLeft = binary(op.i32Shl);
export const shiftRight = binary(op.i32ShrU);
export const rotateLeft = binary(op.i32Rotl);
export const equal = binary(op.i32Eq);
export const different = binary(op.i32Ne);
export const below = binary(op.i32LtU);
export const above = binary(op.i32GtU);
export const atLeast = binary(op.i32GeU);

export function isZero(operand: Operand): Expression {
  return (out) => {
    push(operand, out);
    out.byte(op.i32Eqz);
  };
}

/** Zero bits above the highest that is set. */
export function leadingZeros(operand: Operand): Expression {
  return (out) => {
    push(operand, out);
    out.byte(op.i32Clz);
  };
}

/** `left` and, only where that holds, `right`; 1 or 0. */
export function both(left: Expression, right: Expression): Expression {
  return (out) => {
    left(out);
    out.byte(op.if, I32);
    right(out);
    out.byte(op.else).i32(0).byte(op.end);
  };
}

/** The 32-bit integer at an address. A constant address is an offset from 0. */
export function load(address: Operand, offset = 0): Expression {
  return read(op.i32Load, address, offset);
}

export function loadByte(address: Operand, offset = 0): Expression {
  return read(op.i32Load8U, address, offset);
}

export function loadHalf(address: Operand, offset = 0): Expression {
  return read(op.i32Load16U, address, offset);
}

function read(opcode: number, address: Operand, offset: number): Expression {
  return (out) => {
    if (typeof address === 'number') out.i32(0).access(opcode, address + offset);
    else {
      address(out);
      out.access(opcode, offset);
    }
  };
}

/** What function `index` of the module gives. */
export function called(index: number, ...given: readonly Operand[]): Expression {
  return (out) => {
    for (const operand of given) push(operand, out);
    out.call(index);
  };
}

export class FunctionBuilder {
  readonly parameters: readonly Local[];
  readonly #out = new Writer();
  #locals: number;
  /** Blocks that are open. */
  #depth = 0;

  constructor(parameters: number) {
    this.parameters = Array.from({ length: parameters }, (_, index) => ({ index }));
    this.#locals = parameters;
  }

  /** Zero to begin with, or what it is set to here. */
  local(first?: Operand): Local {
    const local = { index: this.#locals };
    this.#locals += 1;
    if (first !== undefined) this.set(local, first);
    return local;
  }

  /** Does what leaves nothing on the stack. */
  do(statement: Expression): void {
    statement(this.#out);
  }

  set(local: Local, to: Operand): void {
    push(to, this.#out);
    this.#out.set(local.index);
  }

  store(address: Operand, offset: number, stored: Operand): void {
    if (typeof address === 'number') this.#out.i32(0);
    else address(this.#out);
    push(stored, this.#out);
    this.#out.access(op.i32Store, typeof address === 'number' ? address + offset : offset);
  }

  /** Adds one to the 64-bit integer there. */
  count(address: number): void {
    this.#out.i32(0).i32(0).access(op.i64Load, address).i64(1).byte(op.i64Add).access(op.i64Store, address);
  }

  if(condition: Expression, then: () => void, otherwise?: () => void): void {
    condition(this.#out);
    this.#out.byte(op.if, EMPTY);
    this.#inside(then);
    if (otherwise !== undefined) {
      this.#out.byte(op.else);
      this.#inside(otherwise);
    }
    this.#out.byte(op.end);
  }

  /** Goes round until `leave` is called within, or the function is left. */
  forever(body: (leave: () => void) => void): void {
    this.#out.byte(op.block, EMPTY, op.loop, EMPTY);
    const outside = this.#depth;
    const leave = (): void => void this.#out.br(this.#depth - outside - 1);
    this.#depth += 2;
    body(leave);
    this.#out.br(0).byte(op.end, op.end);
    this.#depth -= 2;
  }

  return(operand: Operand): void {
    push(operand, this.#out);
    this.#out.byte(op.return);
  }

  /** `bytes` from one address to another that is not among them. */
  copy(to: Local, toOffset: number, from: Local, fromOffset: number, bytes: number): void {
    const out = this.#out;
    if (bytes > COPY_UNROLLED_MAX) {
      out.get(to.index).i32(toOffset).byte(op.i32Add);
      out.get(from.index).i32(fromOffset).byte(op.i32Add);
      out.i32(bytes).byte(...op.memoryCopy, MEMORY_0, MEMORY_0);
      return;
    }
    let done = 0;
    const piece = (size: number, read: number, write: number): void => {
      for (; done + size <= bytes; done += size) {
        out.get(to.index).get(from.index);
        out.access(read, fromOffset + done).access(write, toOffset + done);
      }
    };
    piece(8, op.i64Load, op.i64Store);
    piece(4, op.i32Load, op.i32Store);
    piece(1, op.i32Load8U, op.i32Store8);
  }

  /** Zeroes `bytes` bytes. */
  clear(to: Local, offset: number, bytes: number): void {
    const out = this.#out;
    if (bytes > COPY_UNROLLED_MAX) {
      out.get(to.index).i32(offset).byte(op.i32Add).i32(0).i32(bytes);
      out.byte(...op.memoryFill, MEMORY_0);
      return;
    }
    let done = 0;
    for (; done + 8 <= bytes; done += 8)
      out
        .get(to.index)
        .i64(0)
        .access(op.i64Store, offset + done);
    for (; done < bytes; done += 1)
      out
        .get(to.index)
        .i32(0)
        .access(op.i32Store8, offset + done);
  }

  /** The body with its locals, as the code section holds it; every way through it has to return. */
  finish(): Writer {
    const locals = this.#locals - this.parameters.length;
    return new Writer().unsigned(1).unsigned(locals).byte(I32).append(this.#out).byte(op.unreachable, op.end);
  }

  #inside(body: () => void): void {
    this.#depth += 1;
    body();
    this.#depth -= 1;
  }
}
