/**
 * Bytes of a WebAssembly module or function body as they are written: opcodes, LEB128 numbers, names.
 * Hot while a program is compiled, some ten calls an instruction, and that before V8 has had a reason to
 * optimise it: what is written most is written in few steps.
 */
import { op } from './wasm.ts';

const FIRST_BYTES = 64;
/** Most that one call of a method other than text() and append() writes: an opcode and a 64-bit LEB128. */
const WRITE_BYTES_MAX = 12;
const NOTHING = -1;

const encoder = new TextEncoder();

export class Writer {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(firstBytes = FIRST_BYTES) {
    this.#buffer = new Uint8Array(firstBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; a view, until the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Up to eight bytes: opcodes, and operands that fit in one. */
  byte(
    first: number,
    second = NOTHING,
    third = NOTHING,
    fourth = NOTHING,
    fifth = NOTHING,
    sixth = NOTHING,
    seventh = NOTHING,
    eighth = NOTHING,
  ): this {
    let at = this.#reserve();
    const buffer = this.#buffer;
    buffer[at++] = first;
    if (second !== NOTHING) buffer[at++] = second;
    if (third !== NOTHING) buffer[at++] = third;
    if (fourth !== NOTHING) {
      buffer[at++] = fourth;
      if (fifth !== NOTHING) buffer[at++] = fifth;
      if (sixth !== NOTHING) buffer[at++] = sixth;
      if (seventh !== NOTHING) buffer[at++] = seventh;
      if (eighth !== NOTHING) buffer[at++] = eighth;
    }
    this.#length = at;
    return this;
  }

  allOf(values: readonly number[]): this {
    for (const value of values) this.byte(value);
    return this;
  }

  /** Appends what another writer holds. */
  append(other: Writer): this {
    return this.#appendBytes(other.bytes);
  }

  /** Unsigned LEB128 of up to 32 bits. */
  unsigned(value: number): this {
    const at = this.#reserve();
    this.#length = putUnsigned(this.#buffer, at, value >>> 0);
    return this;
  }

  text(value: string): this {
    const bytes = encoder.encode(value);
    return this.unsigned(bytes.length).#appendBytes(bytes);
  }

  /** Locals are fewer than 128, and so a byte each. */
  get(local: number): this {
    return this.byte(op.localGet, local);
  }

  set(local: number): this {
    return this.byte(op.localSet, local);
  }

  tee(local: number): this {
    return this.byte(op.localTee, local);
  }

  i32(value: number): this {
    const at = this.#reserve();
    this.#buffer[at] = op.i32Const;
    this.#length = putSigned(this.#buffer, at + 1, value | 0);
    return this;
  }

  /** A number is one of 32 bits with its sign, which is written faster. */
  i64(value: number | bigint): this {
    const at = this.#reserve();
    this.#buffer[at] = op.i64Const;
    this.#length =
      typeof value === 'number'
        ? putSigned(this.#buffer, at + 1, value | 0)
        : putSignedWide(this.#buffer, at + 1, BigInt.asIntN(64, value));
    return this;
  }

  call(functionIndex: number): this {
    return this.byte(op.call).unsigned(functionIndex);
  }

  br(depth: number): this {
    return this.byte(op.br).unsigned(depth);
  }

  /** A load or store; offsets are unsigned, and alignment is a hint that is not given. */
  access(opcode: number, offset: number): this {
    const at = this.#reserve();
    this.#buffer[at] = opcode;
    this.#buffer[at + 1] = 0;
    this.#length = putUnsigned(this.#buffer, at + 2, offset >>> 0);
    return this;
  }

  #appendBytes(bytes: Uint8Array): this {
    this.#grow(this.#length + bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Where to write, with room for WRITE_BYTES_MAX. */
  #reserve(): number {
    if (this.#length + WRITE_BYTES_MAX > this.#buffer.length) this.#grow(this.#length + WRITE_BYTES_MAX);
    return this.#length;
  }

  #grow(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** Writes LEB128 from `start`; gives the place behind it. */
function putUnsigned(buffer: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at] = rest;
  return at + 1;
}

function putSigned(buffer: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest < -64 || rest > 63) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>= 7;
  }
  buffer[at] = rest & 0x7f;
  return at + 1;
}

function putSignedWide(buffer: Uint8Array, start: number, value: bigint): number {
  let at = start;
  let rest = value;
  while (rest < -64n || rest > 63n) {
    buffer[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  buffer[at] = Number(rest & 0x7fn);
  return at + 1;
}

/** A section: number, length, contents. */
export function section(id: number, contents: Writer): Writer {
  return new Writer().byte(id).unsigned(contents.length).append(contents);
}

/** A vector of things already written. */
export function vector(items: readonly Writer[]): Writer {
  const whole = new Writer().unsigned(items.length);
  for (const item of items) whole.append(item);
  return whole;
}
