/** The kinds of ByteSource: a file on disk, a part of one, and bytes already in memory. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';

/** Reads through one file descriptor; the size is fixed when it is opened. */
export class FileBytes implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  #descriptor: number | undefined;

  /** Throws what the file system says (ENOENT, EACCES); the bundle turns that into a Failure. */
  constructor(path: string, name: string) {
    this.#descriptor = openSync(path, 'r');
    this.name = name;
    this.sizeBytes = fstatSync(this.#descriptor).size;
  }

  read(offset: number, length: number): Uint8Array {
    if (this.#descriptor === undefined) throw new Error(`${this.name} was closed`);
    checkRange(this, offset, length);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const got = readSync(this.#descriptor, bytes, filled, length - filled, offset + filled);
      if (got === 0) throw truncated(this, offset + filled);
      filled += got;
    }
    return bytes;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Bytes held in memory; what read() returns shares them. */
export class MemoryBytes implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.name = name;
    this.sizeBytes = bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this, offset, length);
    return this.#bytes.subarray(offset, offset + length);
  }

  close(): void {
    this.#bytes = new Uint8Array(0);
  }
}

/** A stretch of another source, which its owner closes: a stored entry inside an archive. */
export class SliceBytes implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #whole: ByteSource;
  readonly #start: number;

  constructor(whole: ByteSource, start: number, sizeBytes: number, name: string) {
    this.#whole = whole;
    this.#start = start;
    this.sizeBytes = sizeBytes;
    this.name = name;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this, offset, length);
    return this.#whole.read(this.#start + offset, length);
  }

  close(): void {}
}

function checkRange(file: ByteSource, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new Failure('trace', 'corrupt', `bytes ${offset} to ${offset + length} are no place in a file`, {
      file: file.name,
    });
  }
  if (offset + length > file.sizeBytes) throw truncated(file, offset + length);
}

function truncated(file: ByteSource, neededEnd: number): Failure {
  return new Failure(
    'trace',
    'truncated',
    `the file ends here, ${neededEnd - file.sizeBytes} bytes before what its header announces`,
    { file: file.name, at: `byte ${file.sizeBytes}` },
    { sizeBytes: file.sizeBytes, neededBytes: neededEnd },
  );
}
