/** Packets within a packet: deflate, or zstd. */
import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { DECOMPRESSED_BYTES_MAX } from './limits.ts';
import { PACKET } from './packet-fields.ts';
import type { ProtoReader } from './proto.ts';

export function isCompressed(field: number): boolean {
  return field === PACKET.compressed || field === PACKET.zstdCompressed;
}

/** The field's bytes unpacked; undefined where they do not decompress. */
export function decompressed(reader: ProtoReader): Uint8Array | undefined {
  const packed = reader.bytes.subarray(reader.start, reader.start + reader.length);
  const options = { maxOutputLength: DECOMPRESSED_BYTES_MAX };
  try {
    return reader.field === PACKET.compressed
      ? inflateSync(packed, options)
      : zstdDecompressSync(packed, options);
  } catch {
    // Damaged, or more than the limit: the caller counts the packet.
    return undefined;
  }
}

/** The compressed packets of a packet, if it holds such; null where they are damaged. */
export function unpacked(
  scratch: ProtoReader,
  bytes: Uint8Array,
  start: number,
  length: number,
): Uint8Array | null | undefined {
  const reader = scratch.reset(bytes, start, start + length);
  while (reader.next()) {
    if (isCompressed(reader.field) && reader.isStretch) return decompressed(reader) ?? null;
  }
  return undefined;
}
