/** A stretch of a file through one of Node's decoders, what they refuse told as a Failure. */
import { Readable, type Transform } from 'node:stream';
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';

const PIECE_BYTES = 256 * 1024;

export async function* decoded(
  file: ByteSource,
  from: number,
  to: number,
  decoder: () => Transform,
  what: string,
): AsyncGenerator<Uint8Array, void, void> {
  const input = Readable.from(stretches(file, from, to), { objectMode: false });
  const output = decoder();
  input.on('error', (error) => output.destroy(error));
  input.pipe(output);
  try {
    for await (const piece of output) yield piece as Uint8Array;
  } catch (error) {
    throw decoderFailure(error, file, from, what);
  } finally {
    input.destroy();
    output.destroy();
  }
}

function* stretches(file: ByteSource, from: number, to: number): Generator<Uint8Array, void, void> {
  for (let at = from; at < to; at += PIECE_BYTES) yield file.read(at, Math.min(PIECE_BYTES, to - at));
}

/** Failures, aborts and the system's errors pass as they are. */
function decoderFailure(error: unknown, file: ByteSource, at: number, what: string): unknown {
  if (error instanceof Failure || !(error instanceof Error) || 'syscall' in error) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR')
    return new Failure('bundle', 'truncated', `the ${what} data is cut short`, {
      file: file.name,
      at: `byte ${file.sizeBytes}`,
    });
  if (!/^(Z_|ZSTD_)/.test(code)) return error;
  return new Failure('bundle', 'corrupt', `the ${what} data is damaged: ${error.message}`, {
    file: file.name,
    ...(at > 0 ? { at: `byte ${at}` } : {}),
  });
}
