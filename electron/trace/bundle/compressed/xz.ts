/**
 * The xz file format, version 1.2.1: streams of blocks of LZMA2, with sizes and checksums that are all compared.
 * Node has no decoder of it. Blocks with a filter beside LZMA2, made for executables, are refused.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { XZ_BLOCKS_MAX, XZ_DICTIONARY_BYTES_MAX } from '../limits.ts';
import type { Compression } from './compression.ts';
import { Crc64 } from './crc64.ts';
import { lzma2Pieces } from './lzma2.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const HEADER_BYTES = 12;
const FILTER_LZMA2 = 0x21;
const PADDING_PIECE_BYTES = 64 * 1024;

interface Block {
  readonly unpaddedBytes: number;
  readonly unpackedBytes: number;
}

interface Check {
  readonly sizeBytes: number;
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

function isXz(head: Uint8Array): boolean {
  return MAGIC.every((byte, index) => head[index] === byte);
}

/** Yields what the file holds, unpacked; each piece is valid until the next. Throws Failure `corrupt`, `truncated`, `unsupported`. */
export function* xzPieces(file: ByteSource): Generator<Uint8Array, void, void> {
  for (let at = 0; at < file.sizeBytes;) {
    const header = file.read(at, HEADER_BYTES);
    if (!isXz(header)) throw damaged(file, at, 'what follows the first stream is none');
    const flags = header.subarray(6, 8);
    compareCrc(file, at, flags, header.subarray(8, 12));
    const checkId = (flags[1] ?? 0) & 0x0f;
    if (flags[0] !== 0 || (flags[1] ?? 0) > 0x0f)
      throw unsupported(file, at, 'stream flags of a later version');
    at += HEADER_BYTES;
    const blocks: Block[] = [];
    for (;;) {
      const [size = 0] = file.read(at, 1);
      if (size === 0) break;
      if (blocks.length >= XZ_BLOCKS_MAX)
        throw new Failure('bundle', 'limit', `it holds more than ${XZ_BLOCKS_MAX} blocks`, {
          file: file.name,
        });
      const { block, end } = yield* blockPieces(file, at, (size + 1) * 4, checkId);
      blocks.push(block);
      at = end;
    }
    at = readIndex(file, at, blocks, flags);
    at = skipPadding(file, at);
  }
}

function* blockPieces(
  file: ByteSource,
  at: number,
  headerBytes: number,
  checkId: number,
): Generator<Uint8Array, { block: Block; end: number }, void> {
  const header = file.read(at, headerBytes);
  compareCrc(file, at, header.subarray(0, -4), header.subarray(-4));
  const reader = new Numbers(file, at, header.subarray(0, -4), 2);
  const flags = header[1] ?? 0;
  if ((flags & 0x3f) !== 0) throw unsupported(file, at, 'a filter made for executables');
  const packedBytes = (flags & 0x40) === 0 ? undefined : reader.next();
  const announcedBytes = (flags & 0x80) === 0 ? undefined : reader.next();
  if (reader.next() !== FILTER_LZMA2 || reader.next() !== 1)
    throw unsupported(file, at, 'a filter other than LZMA2');
  const dictionaryBytes = dictionaryOf(file, at, reader.next());
  const check = checkOf(file, at, checkId);
  let unpackedBytes = 0;
  const dataAt = at + headerBytes;
  const pieces = lzma2Pieces(file, dataAt, dictionaryBytes);
  let step = pieces.next();
  for (; !step.done; step = pieces.next()) {
    unpackedBytes += step.value.length;
    check.update(step.value);
    yield step.value;
  }
  const dataEnd = step.value.at;
  const isAsSaid =
    (packedBytes ?? dataEnd - dataAt) === dataEnd - dataAt &&
    (announcedBytes ?? unpackedBytes) === unpackedBytes;
  if (!isAsSaid) throw damaged(file, at, 'a block is not of the size its header says');
  const checkAt = align(dataEnd);
  if (file.read(dataEnd, checkAt - dataEnd).some((byte) => byte !== 0))
    throw damaged(file, dataEnd, 'a block is padded with other than zeros');
  const stored = file.read(checkAt, check.sizeBytes);
  if (Buffer.compare(stored, check.digest()) !== 0)
    throw damaged(file, checkAt, "a block's bytes do not match their checksum");
  const block = { unpaddedBytes: dataEnd - at + check.sizeBytes, unpackedBytes };
  return { block, end: checkAt + check.sizeBytes };
}

/** The index and the footer behind it, which must say what was read; gives the end of the stream. */
function readIndex(file: ByteSource, at: number, blocks: readonly Block[], flags: Uint8Array): number {
  // Sizes take at most nine bytes each; the file may end before.
  const bytesMax = Math.min(file.sizeBytes - at, 1 + 9 + 18 * blocks.length + 3);
  const reader = new Numbers(file, at, file.read(at, bytesMax), 1);
  if (reader.next() !== blocks.length) throw damaged(file, at, 'its index counts other blocks than it holds');
  for (const block of blocks) {
    const isSame = reader.next() === block.unpaddedBytes && reader.next() === block.unpackedBytes;
    if (!isSame) throw damaged(file, at, 'its index gives another size than a block has');
  }
  const end = align(reader.at - at) + at;
  const crcAt = end;
  compareCrc(file, at, file.read(at, end - at), file.read(crcAt, 4));
  const footer = file.read(crcAt + 4, HEADER_BYTES);
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  compareCrc(file, crcAt + 4, footer.subarray(4, 10), footer.subarray(0, 4));
  const indexBytes = (view.getUint32(4, true) + 1) * 4;
  const isFooter = footer[10] === 0x59 && footer[11] === 0x5a && footer[9] === flags[1] && footer[8] === 0;
  if (!isFooter || indexBytes !== crcAt + 4 - at)
    throw damaged(file, crcAt + 4, 'its footer is not that of its header');
  return crcAt + 4 + HEADER_BYTES;
}

/** Streams may be padded with zeros, four at a time. */
function skipPadding(file: ByteSource, from: number): number {
  for (let at = from; at < file.sizeBytes;) {
    const piece = file.read(at, Math.min(PADDING_PIECE_BYTES, file.sizeBytes - at));
    const other = piece.findIndex((byte) => byte !== 0);
    if (other !== -1) return at + other - (other % 4);
    at += piece.length;
  }
  return file.sizeBytes;
}

function dictionaryOf(file: ByteSource, at: number, code: number): number {
  const sizeBytes = code >= 40 ? 2 ** 32 - 1 : (2 | (code & 1)) * 2 ** ((code >> 1) + 11);
  if (code > 40) throw damaged(file, at, 'its dictionary is of no known size');
  if (sizeBytes <= XZ_DICTIONARY_BYTES_MAX) return sizeBytes;
  throw new Failure(
    'bundle',
    'limit',
    `it asks for a dictionary of ${sizeBytes} bytes, more than ${XZ_DICTIONARY_BYTES_MAX}`,
    { file: file.name, at: `byte ${at}` },
  );
}

function checkOf(file: ByteSource, at: number, id: number): Check {
  if (id === 0) return { sizeBytes: 0, update() {}, digest: () => new Uint8Array(0) };
  if (id === 1) {
    let value = 0;
    return {
      sizeBytes: 4,
      update: (bytes) => void (value = crc32(bytes, value)),
      digest: () => new Uint8Array(Uint32Array.of(value).buffer),
    };
  }
  if (id === 4) {
    const crc = new Crc64();
    return { sizeBytes: 8, update: (bytes) => crc.update(bytes), digest: () => crc.digest() };
  }
  if (id === 10) {
    const hash = createHash('sha256');
    return { sizeBytes: 32, update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  }
  throw unsupported(file, at, `checksums of kind ${id}`);
}

/** The format's numbers of variable length, seven bits a byte, in a header that was read. */
class Numbers {
  readonly #file: ByteSource;
  readonly #base: number;
  readonly #bytes: Uint8Array;
  #next: number;

  constructor(file: ByteSource, base: number, bytes: Uint8Array, first: number) {
    this.#file = file;
    this.#base = base;
    this.#bytes = bytes;
    this.#next = first;
  }

  get at(): number {
    return this.#base + this.#next;
  }

  next(): number {
    let value = 0;
    for (let power = 1; power < 2 ** 53; power *= 128) {
      const byte = this.#bytes[this.#next];
      if (byte === undefined) break;
      this.#next += 1;
      value += (byte & 0x7f) * power;
      if (byte < 0x80) return value;
    }
    throw damaged(this.#file, this.at, 'a size in a header does not end');
  }
}

function compareCrc(file: ByteSource, at: number, bytes: Uint8Array, stored: Uint8Array): void {
  const value = new DataView(stored.buffer, stored.byteOffset, 4).getUint32(0, true);
  if (crc32(bytes) !== value) throw damaged(file, at, 'a header does not match its checksum');
}

function align(value: number): number {
  return Math.ceil(value / 4) * 4;
}

function damaged(file: ByteSource, at: number, reason: string): Failure {
  return new Failure('bundle', 'corrupt', `the xz data is damaged: ${reason}`, {
    file: file.name,
    at: `byte ${at}`,
  });
}

function unsupported(file: ByteSource, at: number, what: string): Failure {
  return new Failure('bundle', 'unsupported', `it is xz data with ${what}, which is not read`, {
    file: file.name,
    at: `byte ${at}`,
  });
}

export const xz: Compression = { name: 'xz', detect: isXz, pieces: xzPieces };
