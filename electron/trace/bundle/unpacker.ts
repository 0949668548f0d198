/**
 * Where unpacked bytes go, and how many there may be: small members stay in memory while there is room, others
 * become files in the bundle's own folder. One for a whole bundle, so that its limits hold for all archives in it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';
import { FileBytes, MemoryBytes } from './byte-source.ts';
import {
  MEMORY_MEMBER_BYTES_MAX,
  MEMORY_MEMBERS_BYTES_MAX,
  RATIO_FREE_BYTES,
  UNPACKED_BYTES_MAX,
  UNPACKED_RATIO_MAX,
} from './limits.ts';

export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Decoders that never wait would keep an interrupt from being seen. */
const TURN_BYTES = 8 * 1024 * 1024;

export class Unpacker {
  readonly signal: AbortSignal | undefined;
  readonly #folder: () => string;
  #unpackedBytes = 0;
  #memoryBytes = 0;
  #files = 0;

  /** `folder` gives where files go; it is called when the first is made. */
  constructor(folder: () => string, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.signal = signal;
  }

  /**
   * All pieces as a file. Pieces may be used again once the next was asked for. Throws Failure `limit` where they
   * are too many, for `packedBytes` or for a bundle, and what the pieces throw.
   */
  async unpack(pieces: Pieces, name: string, packedBytes: number): Promise<ByteSource> {
    const held: Uint8Array[] = [];
    let bytes = 0;
    let turnAt = TURN_BYTES;
    let file: { readonly path: string; readonly descriptor: number } | undefined;
    try {
      for await (const piece of pieces) {
        this.signal?.throwIfAborted();
        bytes += piece.length;
        this.#account(piece.length, bytes, packedBytes, name);
        if (file === undefined && !this.#fits(bytes)) {
          file = this.#newFile();
          for (const each of held.splice(0)) write(file.descriptor, each);
        }
        if (file === undefined) held.push(piece.slice());
        else write(file.descriptor, piece);
        if (bytes < turnAt) continue;
        turnAt = bytes + TURN_BYTES;
        await setImmediate();
      }
    } finally {
      if (file !== undefined) closeSync(file.descriptor);
    }
    if (file !== undefined) return new FileBytes(file.path, name);
    this.#memoryBytes += bytes;
    return new MemoryBytes(joined(held, bytes), name);
  }

  /** The first pieces, at least `bytes` together where there are so many. They count for no limit. */
  async peek(pieces: Pieces, bytes: number): Promise<Uint8Array> {
    const held: Uint8Array[] = [];
    let count = 0;
    for await (const piece of pieces) {
      this.signal?.throwIfAborted();
      const part = piece.slice(0, bytes - count);
      held.push(part);
      count += part.length;
      if (count >= bytes) break;
    }
    return joined(held, count);
  }

  #account(pieceBytes: number, bytes: number, packedBytes: number, name: string): void {
    this.#unpackedBytes += pieceBytes;
    if (this.#unpackedBytes > UNPACKED_BYTES_MAX) {
      const reason = `the bundle unpacks to more than ${UNPACKED_BYTES_MAX} bytes`;
      throw new Failure('bundle', 'limit', reason, { file: name });
    }
    if (bytes > RATIO_FREE_BYTES && bytes > packedBytes * UNPACKED_RATIO_MAX) {
      const reason = `it unpacks to more than ${UNPACKED_RATIO_MAX} times its size`;
      throw new Failure('bundle', 'limit', reason, { file: name });
    }
  }

  #fits(bytes: number): boolean {
    return bytes <= MEMORY_MEMBER_BYTES_MAX && this.#memoryBytes + bytes <= MEMORY_MEMBERS_BYTES_MAX;
  }

  #newFile(): { path: string; descriptor: number } {
    const path = join(this.#folder(), `member-${this.#files}`);
    this.#files += 1;
    return { path, descriptor: openSync(path, 'wx', 0o600) };
  }
}

function write(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}

function joined(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
