/** What strace decoded of a process's memory, laid out at addresses of our own: pieces of address, length and bytes. */
import type { ArgumentValue } from './strace-text.ts';

const ALIGN = 8;
const HEAD_BYTES = 12;

export class UserMemory {
  /** As Latin-1: 64 bits of address, 32 of length, the bytes, piece after piece. */
  pieces = '';
  /** Where the next piece would lie. */
  end: bigint;

  constructor(from: bigint) {
    this.end = from;
  }

  /** The argument as the call had it: a number, or where what it points at lies now; undefined where unknown. */
  place(argument: ArgumentValue): bigint | undefined {
    switch (argument.kind) {
      case 'number':
        return argument.value;
      case 'bytes':
        return this.#add(argument.text);
      case 'strings': {
        const pointers = argument.texts.map((text) => this.#add(text));
        // argv ends in a null pointer, where strace shows its end.
        if (argument.isWhole) pointers.push(0n);
        return this.#add(pointers.map(asBytes).join(''));
      }
      case 'message': {
        const pointer = argument.address === '' ? 0n : this.#add(argument.address);
        const length = Buffer.alloc(4);
        length.writeUInt32LE(argument.addressBytes);
        return this.#add(asBytes(pointer) + length.toString('latin1'));
      }
      case 'unknown':
        return undefined;
    }
  }

  #add(text: string): bigint {
    const address = this.end;
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeBigUInt64LE(address, 0);
    head.writeUInt32LE(text.length, 8);
    this.pieces += head.toString('latin1') + text;
    this.end += BigInt(Math.ceil((text.length + 1) / ALIGN) * ALIGN);
    return address;
  }
}

/** Eight bytes, as Latin-1. */
export function asBytes(value: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes.toString('latin1');
}
