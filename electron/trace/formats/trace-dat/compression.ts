/** The compression algorithms a version 7 trace.dat may name in its header. */
import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { Failure } from '../../../failure.ts';

export type Compression = 'none' | 'zlib' | 'zstd';

export function compressionOf(name: string, file: string): Compression {
  if (name === 'none' || name === 'zlib' || name === 'zstd') return name;
  throw new Failure(
    'trace',
    'unsupported',
    `its data is compressed with '${name}'; none, zlib and zstd are read`,
    {
      file,
    },
  );
}

/** Exactly `sizeBytes` bytes, or a Failure naming the place. */
export function decompress(
  compression: Compression,
  bytes: Uint8Array,
  sizeBytes: number,
  place: { file: string; at: string },
): Uint8Array {
  let result: Uint8Array;
  try {
    result = expand(compression, bytes, sizeBytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('trace', 'corrupt', `${compression} data does not decompress: ${reason}`, place);
  }
  if (result.length !== sizeBytes) {
    const reason = `${compression} data holds ${result.length} bytes where ${sizeBytes} are announced`;
    throw new Failure('trace', 'corrupt', reason, place);
  }
  return result;
}

function expand(compression: Compression, bytes: Uint8Array, sizeBytes: number): Uint8Array {
  // One output buffer with a byte to spare: the library then neither grows nor joins buffers.
  const chunkSize = Math.max(64, sizeBytes + 1);
  const options = { maxOutputLength: chunkSize, chunkSize };
  switch (compression) {
    case 'none':
      return bytes;
    case 'zlib':
      return inflateSync(bytes, options);
    case 'zstd':
      return zstdDecompressSync(bytes, options);
  }
}
