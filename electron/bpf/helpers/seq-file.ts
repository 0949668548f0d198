/**
 * Helpers of iterators, which write into the file that is being read: bpf_seq_printf() and bpf_seq_write(), after
 * kernel/trace/bpf_trace.c and fs/seq_file.c of Linux 6.18. Which file that is, the world knows.
 */
import { EINVAL, EOVERFLOW } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import { formatText } from './format.ts';
import { formatAt, valuesAt } from './print.ts';

/** Eight pages, as the kernel's bpf_iter has them: what one run of a program may write. */
export const SEQUENCE_BYTES_MAX = 32_768;

/** What one run of an iterator's program writes: a piece is taken whole or not at all. */
export class SequenceFile {
  readonly #bytes = new Uint8Array(SEQUENCE_BYTES_MAX);
  #length = 0;

  /** Written so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Whether there was room; where not, the file is full. */
  write(bytes: Uint8Array): boolean {
    const hasRoom = this.#length + bytes.length < SEQUENCE_BYTES_MAX;
    if (hasRoom) this.#bytes.set(bytes, this.#length);
    this.#length = hasRoom ? this.#length + bytes.length : SEQUENCE_BYTES_MAX;
    return hasRoom;
  }

  /** Something had no room since it was cleared or truncated. */
  get isFull(): boolean {
    return this.#length === SEQUENCE_BYTES_MAX;
  }

  truncate(length: number): void {
    this.#length = length;
  }

  clear(): void {
    this.truncate(0);
  }
}

export const sequenceHelpers: HelperFamily = {
  seq_printf(context, _file, format, size, data, dataSize) {
    const { memory, world } = context;
    const values = valuesAt(memory, data, u32(dataSize));
    const pattern = formatAt(memory, format, u32(size));
    if (values === undefined || pattern === undefined) return errno(EINVAL);
    const text = formatText(context, pattern, values, SEQUENCE_BYTES_MAX);
    if (typeof text === 'number') return BigInt(text);
    const isWhole = text.kept.length === text.length;
    return isWhole && world.writeSequence(text.kept) ? 0n : errno(EOVERFLOW);
  },

  seq_write({ memory, world }, _file, data, sizeRegister) {
    const size = u32(sizeRegister);
    const at = size === 0 ? 0 : memoryArgument(memory, data, size);
    return world.writeSequence(memory.bytes.slice(at, at + size)) ? 0n : errno(EOVERFLOW);
  },
};
