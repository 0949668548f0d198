/**
 * Bytes of a WebAssembly module or function body as they are written: opcodes, LEB128 numbers, names.
 * Hot while a program is compiled: some ten calls an instruction.
 */
import { op } from './wasm.ts';

const FIRST_BYTES = 64;

export class Writer {
  #buffer = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written so far; a view, until the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  byte(first: number, ...more: readonly number[]): this {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length] = first;
    this.#length += 1;
    for (const value of more) this.byte(value);
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
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit integer. */
  signed(value: number): this {
    let rest = value;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return this.byte(rest & 0x7f);
  }

  /** Signed LEB128 of a 64-bit integer. */
  signedWide(value: bigint): this {
    let rest = value;
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest & 0x7fn));
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.unsigned(bytes.length).#appendBytes(bytes);
  }

  get(local: number): this {
    return this.byte(op.localGet).unsigned(local);
  }

  set(local: number): this {
    return this.byte(op.localSet).unsigned(local);
  }

  tee(local: number): this {
    return this.byte(op.localTee).unsigned(local);
  }

  i32(value: number): this {
    return this.byte(op.i32Const).signed(value | 0);
  }

  /** A number is one of 32 bits with its sign, which is written faster. */
  i64(value: number | bigint): this {
    this.byte(op.i64Const);
    return typeof value === 'number' ? this.signed(value | 0) : this.signedWide(BigInt.asIntN(64, value));
  }

  call(functionIndex: number): this {
    return this.byte(op.call).unsigned(functionIndex);
  }

  br(depth: number): this {
    return this.byte(op.br).unsigned(depth);
  }

  /** A load or store; offsets are unsigned, and alignment is a hint that is not given. */
  access(opcode: number, offset: number): this {
    return this.byte(opcode).byte(0).unsigned(offset);
  }

  #appendBytes(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
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
