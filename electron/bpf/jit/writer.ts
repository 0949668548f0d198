/** Bytes of a WebAssembly module or function body as they are written: opcodes, LEB128 numbers, names. */
import { op } from './wasm.ts';

export class Writer {
  readonly bytes: number[] = [];

  byte(...values: readonly number[]): this {
    this.bytes.push(...values);
    return this;
  }

  /** Appends what another writer holds. */
  append(other: Writer): this {
    for (const byte of other.bytes) this.bytes.push(byte);
    return this;
  }

  /** Unsigned LEB128 of up to 32 bits. */
  unsigned(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes.push((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.bytes.push(rest);
    return this;
  }

  /** Signed LEB128. */
  signed(value: bigint): this {
    let rest = value;
    for (;;) {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      const isSignSet = (byte & 0x40) !== 0;
      if ((rest === 0n && !isSignSet) || (rest === -1n && isSignSet)) {
        this.bytes.push(byte);
        return this;
      }
      this.bytes.push(byte | 0x80);
    }
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.unsigned(bytes.length).byte(...bytes);
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
    return this.byte(op.i32Const).signed(BigInt(value | 0));
  }

  i64(value: bigint): this {
    return this.byte(op.i64Const).signed(BigInt.asIntN(64, value));
  }

  call(functionIndex: number): this {
    return this.byte(op.call).unsigned(functionIndex);
  }

  br(depth: number): this {
    return this.byte(op.br).unsigned(depth);
  }

  /** A load or store; offsets are unsigned, and alignment is a hint that is not given. */
  access(opcode: number, offset: number): this {
    return this.byte(opcode, 0).unsigned(offset);
  }
}

/** A section: number, length, contents. */
export function section(id: number, contents: Writer): Writer {
  return new Writer().byte(id).unsigned(contents.bytes.length).append(contents);
}

/** A vector of things already written. */
export function vector(items: readonly Writer[]): Writer {
  const whole = new Writer().unsigned(items.length);
  for (const item of items) whole.append(item);
  return whole;
}
