/**
 * zstd, RFC 8878. Node's decoder ends with the first frame, and says nothing of those behind it: so the frames are
 * walked here, by the sizes of their blocks, and each is given to a decoder of its own.
 */
import { constants, createZstdDecompress } from 'node:zlib';
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { ZSTD_FRAMES_MAX, ZSTD_WINDOW_BITS_MAX } from '../limits.ts';
import type { Compression } from './compression.ts';
import { decoded } from './node-stream.ts';

const FRAME_MAGIC = 0xfd2f_b528;
const SKIPPABLE_MAGIC = 0x184d_2a50;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

export const zstd: Compression = { name: 'zstd', detect: isZstd, pieces };

/** A skippable frame first is as good, as pzstd writes it; then some frame must follow. */
function isZstd(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const magic = view.getUint32(0, true);
  if (magic === FRAME_MAGIC) return true;
  const next = 8 + view.getUint32(4, true);
  return isSkippable(magic) && next + 4 <= head.length && view.getUint32(next, true) === FRAME_MAGIC;
}

async function* pieces(file: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_BITS_MAX };
  let frames = 0;
  for (let at = 0; at < file.sizeBytes;) {
    const magic = u32(file, at);
    if (isSkippable(magic)) {
      at += 8 + u32(file, at + 4);
      continue;
    }
    if (magic !== FRAME_MAGIC) throw damaged(file, at, 'what follows a frame is none');
    frames += 1;
    if (frames > ZSTD_FRAMES_MAX)
      throw new Failure('bundle', 'limit', `it holds more than ${ZSTD_FRAMES_MAX} frames`, {
        file: file.name,
      });
    const end = endOfFrame(file, at);
    yield* decoded(file, at, end, () => createZstdDecompress({ params }), 'zstd');
    at = end;
  }
}

function endOfFrame(file: ByteSource, from: number): number {
  const [descriptor = 0] = file.read(from + 4, 1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 4) !== 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = from + 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes + contentSizeBytes;
  for (;;) {
    const [low = 0, middle = 0, high = 0] = file.read(at, 3);
    const header = low | (middle << 8) | (high << 16);
    const type = (header >> 1) & 3;
    if (type === BLOCK_RESERVED) throw damaged(file, at, 'a block of unknown kind');
    at += 3 + (type === BLOCK_RLE ? 1 : header >> 3);
    if ((header & 1) !== 0) break;
  }
  const end = at + (hasChecksum ? 4 : 0);
  if (end > file.sizeBytes) file.read(file.sizeBytes, end - file.sizeBytes);
  return end;
}

function isSkippable(magic: number): boolean {
  return (magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC;
}

function u32(file: ByteSource, at: number): number {
  const bytes = file.read(at, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function damaged(file: ByteSource, at: number, reason: string): Failure {
  return new Failure('bundle', 'corrupt', `the zstd data is damaged: ${reason}`, {
    file: file.name,
    at: `byte ${at}`,
  });
}
