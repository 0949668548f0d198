/**
 * A zip as a bundle. Stored entries are read where they lie; deflated ones are unpacked to memory, or
 * to the cache folder when large. Sizes, counts, ratios and checksums are checked: an archive from
 * elsewhere is hostile until proven otherwise.
 */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Readable } from 'node:stream';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';
import { FileBytes, MemoryBytes, SliceBytes } from './byte-source.ts';
import {
  HEAD_BYTES,
  MEMBERS_MAX,
  MEMORY_MEMBER_BYTES_MAX,
  RATIO_FREE_BYTES,
  UNPACKED_BYTES_MAX,
  UNPACKED_RATIO_MAX,
} from './limits.ts';
import type { Member, MemberList } from './member.ts';

const STORED = 0;
const DEFLATED = 8;

export interface ZipOptions {
  /** Folder for members too large for memory; called when the first one comes. */
  readonly cacheFolder: () => string;
  readonly signal: AbortSignal | undefined;
}

export async function listZip(path: string, name: string, options: ZipOptions): Promise<MemberList> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false });
  } catch (error) {
    throw zipFailure(error, name, options.signal, statSync(path).size);
  }
  try {
    return await readDirectory(zip, path, name, options);
  } catch (error) {
    zip.close();
    throw zipFailure(error, name, options.signal);
  }
}

async function readDirectory(
  zip: ZipFile,
  path: string,
  name: string,
  options: ZipOptions,
): Promise<MemberList> {
  if (zip.entryCount > MEMBERS_MAX) {
    throw new Failure('bundle', 'limit', `it announces ${zip.entryCount} entries, more than ${MEMBERS_MAX}`, {
      file: name,
    });
  }
  const members: Member[] = [];
  const refused: { name: string; reason: string }[] = [];
  let unpackedBytes = 0;
  for await (const entry of zip.eachEntry()) {
    options.signal?.throwIfAborted();
    if (entry.fileName.endsWith('/')) continue;
    const reason = refusalOf(entry);
    if (reason !== undefined) {
      refused.push({ name: entry.fileName, reason });
      continue;
    }
    unpackedBytes += entry.uncompressedSize;
    if (unpackedBytes > UNPACKED_BYTES_MAX) {
      throw new Failure('bundle', 'limit', `it unpacks to more than ${UNPACKED_BYTES_MAX} bytes`, {
        file: name,
      });
    }
    members.push(new ZipMember(zip, path, entry, members.length, options));
  }
  return { members, refused, close: () => zip.close() };
}

function refusalOf(entry: Entry): string | undefined {
  if (entry.isEncrypted()) return 'it is encrypted';
  const method = entry.compressionMethod;
  if (method !== STORED && method !== DEFLATED) return `its compression method ${method} is not read`;
  const { compressedSize, uncompressedSize } = entry;
  if (uncompressedSize > RATIO_FREE_BYTES && uncompressedSize > compressedSize * UNPACKED_RATIO_MAX) {
    return `it unpacks to more than ${UNPACKED_RATIO_MAX} times its size`;
  }
  return undefined;
}

class ZipMember implements Member {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #zip: ZipFile;
  readonly #path: string;
  readonly #entry: Entry;
  readonly #index: number;
  readonly #options: ZipOptions;

  constructor(zip: ZipFile, path: string, entry: Entry, index: number, options: ZipOptions) {
    this.name = entry.fileName;
    this.sizeBytes = entry.uncompressedSize;
    this.#zip = zip;
    this.#path = path;
    this.#entry = entry;
    this.#index = index;
    this.#options = options;
  }

  async head(): Promise<Uint8Array> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const stream = await this.#stream();
    try {
      for await (const piece of stream) {
        pieces.push(piece as Buffer);
        bytes += (piece as Buffer).length;
        if (bytes >= HEAD_BYTES) break;
      }
    } catch (error) {
      throw zipFailure(error, this.name, this.#options.signal);
    }
    return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
  }

  async open(): Promise<ByteSource> {
    if (this.#entry.compressionMethod === STORED) return this.#openStored();
    return this.sizeBytes <= MEMORY_MEMBER_BYTES_MAX ? this.#unpackToMemory() : this.#unpackToFile();
  }

  async #openStored(): Promise<ByteSource> {
    await this.#read(() => undefined);
    const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(this.#entry, { minimal: true });
    return new SliceBytes(new FileBytes(this.#path, this.name), fileDataStart, this.sizeBytes, this.name);
  }

  async #unpackToMemory(): Promise<ByteSource> {
    const bytes = new Uint8Array(this.sizeBytes);
    let at = 0;
    await this.#read((piece) => {
      bytes.set(piece, at);
      at += piece.length;
    });
    return new MemoryBytes(bytes, this.name);
  }

  async #unpackToFile(): Promise<ByteSource> {
    const path = join(this.#options.cacheFolder(), `member-${this.#index}`);
    const descriptor = openSync(path, 'wx', 0o600);
    try {
      await this.#read((piece) => {
        for (let at = 0; at < piece.length;) at += writeSync(descriptor, piece, at);
      });
    } finally {
      closeSync(descriptor);
    }
    return new FileBytes(path, this.name);
  }

  /** Streams the unpacked bytes; throws where they are not what the directory says. */
  async #read(onPiece: (piece: Buffer) => void): Promise<void> {
    let checksum = 0;
    let bytes = 0;
    try {
      for await (const piece of await this.#stream()) {
        this.#options.signal?.throwIfAborted();
        const buffer = piece as Buffer;
        bytes += buffer.length;
        checksum = crc32(buffer, checksum);
        onPiece(buffer);
      }
    } catch (error) {
      throw zipFailure(error, this.name, this.#options.signal);
    }
    if (bytes !== this.sizeBytes || checksum !== this.#entry.crc32) {
      throw new Failure('bundle', 'corrupt', 'its bytes do not match the checksum in the archive', {
        file: this.name,
      });
    }
  }

  async #stream(): Promise<Readable> {
    try {
      return await this.#zip.openReadStreamPromise(this.#entry);
    } catch (error) {
      throw zipFailure(error, this.name, this.#options.signal);
    }
  }
}

/** What the zip or inflate library says of bad input, as a Failure; ours, an abort and the system's pass. */
function zipFailure(
  error: unknown,
  file: string,
  signal: AbortSignal | undefined,
  sizeBytes?: number,
): unknown {
  if (error instanceof Failure || !(error instanceof Error) || 'syscall' in error) return error;
  if (signal?.aborted === true && error === signal.reason) return error;
  if (/^(invalid relative path|absolute path|invalid characters in fileName)/.test(error.message)) {
    const reason = `an entry's path leads out of the archive, or is none: ${error.message}`;
    return new Failure('bundle', 'unsafe-path', reason, { file });
  }
  if (/end of central directory record signature not found/i.test(error.message)) {
    const at = sizeBytes === undefined ? undefined : `byte ${sizeBytes}`;
    const reason = 'the archive is cut short: its directory, which belongs at the end, is missing';
    return new Failure('bundle', 'truncated', reason, { file, at });
  }
  return new Failure('bundle', 'corrupt', `the archive is damaged: ${error.message}`, { file });
}
