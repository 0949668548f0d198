/**
 * Compressed records: one stream of zstd that goes on from record to record and is flushed at the end of each,
 * so that what a record holds can be had once it was read.
 */
import { createZstdDecompress } from 'node:zlib';
import { DECOMPRESSED_BYTES_MAX } from './limits.ts';

export class Decompressor {
  readonly #stream = createZstdDecompress({ chunkSize: 256 * 1024 });
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #error: Error | undefined;

  constructor() {
    this.#stream.on('data', (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#sizeBytes += chunk.length;
      if (this.#sizeBytes > DECOMPRESSED_BYTES_MAX) {
        this.#stream.destroy(new Error(`they become more than ${DECOMPRESSED_BYTES_MAX} bytes`));
      }
    });
    this.#stream.on('error', (error) => (this.#error ??= error));
  }

  /** What the bytes become, or why they do not; after that the stream is at its end. */
  async expand(bytes: Uint8Array): Promise<Uint8Array | string> {
    if (this.#error !== undefined) return this.#error.message;
    this.#chunks = [];
    this.#sizeBytes = 0;
    await new Promise<void>((resolve) => {
      // The stream closes at an error, and then calls no writer back in every case.
      const done = (): void => {
        this.#stream.off('close', done);
        resolve();
      };
      this.#stream.once('close', done);
      this.#stream.write(bytes, done);
    });
    if (this.#error !== undefined) return (this.#error as Error).message;
    return Buffer.concat(this.#chunks, this.#sizeBytes);
  }

  close(): void {
    this.#stream.destroy();
  }
}
