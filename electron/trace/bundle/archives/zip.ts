/**
 * A zip. Stored entries are read where they lie, deflated ones unpacked. Sizes, counts, ratios and checksums are
 * checked: an archive from elsewhere is hostile until proven otherwise.
 */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { SliceBytes } from '../byte-source.ts';
import {
  HEAD_BYTES,
  MEMBERS_MAX,
  RATIO_FREE_BYTES,
  UNPACKED_BYTES_MAX,
  UNPACKED_RATIO_MAX,
} from '../limits.ts';
import type { Member, MemberList, UnreadMember } from '../member.ts';
import type { Unpacker } from '../unpacker.ts';
import type { Archive } from './archive.ts';

const STORED = 0;
const DEFLATED = 8;
const PIECE_BYTES = 256 * 1024;

export const zip: Archive = { name: 'zip', isLevel: true, detect: isZip, list: listZip };

function isZip([p, k, a, b]: Uint8Array): boolean {
  if (p !== 0x50 || k !== 0x4b) return false;
  // An entry, or the directory's end in an archive of no entries.
  return (a === 3 && b === 4) || (a === 5 && b === 6);
}

async function listZip(file: ByteSource, prefix: string, unpacker: Unpacker): Promise<MemberList> {
  let zip: ZipFile;
  try {
    zip = await fromRandomAccessReaderPromise(new FileReader(file), file.sizeBytes, { autoClose: false });
  } catch (error) {
    throw zipFailure(error, file.name, unpacker.signal, file.sizeBytes);
  }
  try {
    return await readDirectory(zip, file, prefix, unpacker);
  } catch (error) {
    zip.close();
    throw zipFailure(error, file.name, unpacker.signal);
  }
}

/** What the library reads of the archive; the archive's owner closes it. */
class FileReader extends RandomAccessReader {
  readonly #file: ByteSource;

  constructor(file: ByteSource) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(stretches(this.#file, start, end), { objectMode: false });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    let failure: unknown;
    try {
      buffer.set(this.#file.read(position, length), offset);
    } catch (error) {
      failure = error;
    }
    // Never before it returns: the library holds on to what it gets.
    setImmediate(() => callback(failure instanceof Error ? failure : null));
  }
}

function* stretches(file: ByteSource, from: number, to: number): Generator<Uint8Array, void, void> {
  for (let at = from; at < to; at += PIECE_BYTES) yield file.read(at, Math.min(PIECE_BYTES, to - at));
}

async function readDirectory(
  zip: ZipFile,
  file: ByteSource,
  prefix: string,
  unpacker: Unpacker,
): Promise<MemberList> {
  if (zip.entryCount > MEMBERS_MAX) {
    const reason = `it announces ${zip.entryCount} entries, more than ${MEMBERS_MAX}`;
    throw new Failure('bundle', 'limit', reason, { file: file.name });
  }
  const members: Member[] = [];
  const refused: UnreadMember[] = [];
  let unpackedBytes = 0;
  for await (const entry of zip.eachEntry()) {
    unpacker.signal?.throwIfAborted();
    if (entry.fileName.endsWith('/')) continue;
    const reason = refusalOf(entry);
    if (reason !== undefined) {
      refused.push({ name: `${prefix}${entry.fileName}`, reason });
      continue;
    }
    unpackedBytes += entry.uncompressedSize;
    if (unpackedBytes > UNPACKED_BYTES_MAX) {
      const reason = `it unpacks to more than ${UNPACKED_BYTES_MAX} bytes`;
      throw new Failure('bundle', 'limit', reason, { file: file.name });
    }
    members.push(new ZipMember(zip, file, entry, prefix, unpacker));
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
  readonly modifiedAtMs: number | undefined;
  readonly #zip: ZipFile;
  readonly #file: ByteSource;
  readonly #entry: Entry;
  readonly #unpacker: Unpacker;

  constructor(zip: ZipFile, file: ByteSource, entry: Entry, prefix: string, unpacker: Unpacker) {
    this.name = `${prefix}${entry.fileName}`;
    this.sizeBytes = entry.uncompressedSize;
    this.modifiedAtMs = modifiedAt(entry);
    this.#zip = zip;
    this.#file = file;
    this.#entry = entry;
    this.#unpacker = unpacker;
  }

  head(): Promise<Uint8Array> {
    return this.#unpacker.peek(this.#pieces(), HEAD_BYTES);
  }

  async open(): Promise<ByteSource> {
    const { compressionMethod, compressedSize } = this.#entry;
    const pieces = this.#checkedPieces();
    if (compressionMethod !== STORED) return this.#unpacker.unpack(pieces, this.name, compressedSize);
    for await (const _piece of pieces) this.#unpacker.signal?.throwIfAborted();
    const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(this.#entry, { minimal: true });
    return new SliceBytes(this.#file, fileDataStart, this.sizeBytes, this.name);
  }

  /** Throws at the end where the bytes are not what the directory says. */
  async *#checkedPieces(): AsyncGenerator<Uint8Array, void, void> {
    let checksum = 0;
    let bytes = 0;
    for await (const piece of this.#pieces()) {
      bytes += piece.length;
      checksum = crc32(piece, checksum);
      yield piece;
    }
    if (bytes !== this.sizeBytes || checksum !== this.#entry.crc32) {
      const reason = 'its bytes do not match the checksum in the archive';
      throw new Failure('bundle', 'corrupt', reason, { file: this.name });
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, void> {
    try {
      const stream = await this.#zip.openReadStreamPromise(this.#entry);
      for await (const piece of stream) yield piece as Buffer;
    } catch (error) {
      throw zipFailure(error, this.name, this.#unpacker.signal);
    }
  }
}

/** In UTC: what the archive says without a zone is taken as such. undefined where it is no date. */
function modifiedAt(entry: Entry): number | undefined {
  const time = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  return Number.isFinite(time) && entry.lastModFileDate !== 0 ? time : undefined;
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
