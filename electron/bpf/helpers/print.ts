/** Helpers that print: to the trace, or into the program's memory. */
import { EINVAL } from '../maps/errno.ts';
import type { LinearMemory } from '../vm/memory.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import { formatText } from './format.ts';
import { VALUES_MAX } from './format-values.ts';
import type { HelperContext } from './helper.ts';
import type { TextBuffer } from './text-buffer.ts';

/** MAX_BPRINTF_BUF: longest text of bpf_trace_printk(), with its NUL. */
const TRACE_BYTES_MAX = 1024;

/** Bytes of the whole text, though no more than a line of the trace holds is printed. */
function print(context: HelperContext, format: string | undefined, values: readonly bigint[]): bigint {
  if (format === undefined) return errno(EINVAL);
  const text = formatText(context, format, values, TRACE_BYTES_MAX);
  if (typeof text === 'number') return BigInt(text);
  context.world.print(text.toString().split('\0', 1)[0] ?? '');
  return BigInt(text.length);
}

/** The format up to its NUL; undefined where there is none within `size`. */
export function formatAt(memory: LinearMemory, register: bigint, size: number): string | undefined {
  const at = memoryArgument(memory, register, size);
  const bytes = memory.bytes.subarray(at, at + size);
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : Buffer.from(bytes.subarray(0, end)).toString('latin1');
}

/** The array of u64 that vprintk and snprintf take; undefined where its size is not one. */
export function valuesAt(
  memory: LinearMemory,
  register: bigint,
  size: number,
): readonly bigint[] | undefined {
  if (size % 8 !== 0 || size > 8 * VALUES_MAX || (size > 0 && register === 0n)) return undefined;
  if (size === 0) return [];
  const at = memoryArgument(memory, register, size);
  return Array.from({ length: size / 8 }, (_, index) => memory.view.getBigUint64(at + 8 * index, true));
}

/** Puts into the program's memory what fits, with a NUL; nothing where there is no room at all. */
export function putText(memory: LinearMemory, register: bigint, sizeBytes: number, text: TextBuffer): void {
  if (sizeBytes === 0) return;
  const at = memoryArgument(memory, register, sizeBytes);
  memory.bytes.set(text.kept, at);
  memory.bytes[at + text.kept.length] = 0;
}

export const printHelpers: HelperFamily = {
  trace_printk(context, format, size, first, second, third) {
    return print(context, formatAt(context.memory, format, u32(size)), [first, second, third]);
  },

  trace_vprintk(context, format, size, data, dataSize) {
    const values = valuesAt(context.memory, data, u32(dataSize));
    if (values === undefined) return errno(EINVAL);
    return print(context, formatAt(context.memory, format, u32(size)), values);
  },

  /** Bytes the whole text takes with its NUL, even where fewer were written. */
  snprintf(context, buffer, sizeRegister, format, data, dataSize) {
    const { memory } = context;
    const size = u32(sizeRegister);
    const values = valuesAt(memory, data, u32(dataSize));
    if (values === undefined) return errno(EINVAL);
    const formatStart = memoryArgument(memory, format, 1);
    const pattern = formatAt(memory, format, memory.end - formatStart) ?? '';
    const text = formatText(context, pattern, values, size);
    if (typeof text === 'number') return BigInt(text);
    putText(memory, buffer, size, text);
    return BigInt(text.length + 1);
  },
};
