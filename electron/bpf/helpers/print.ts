/** Helpers that print: to the trace, or into the program's memory. */
import { EINVAL } from '../maps/errno.ts';
import type { LinearMemory } from '../vm/memory.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import { formatText } from './format.ts';
import type { HelperContext } from './helper.ts';

/** MAX_BPRINTF_VARARGS in Linux. */
const VALUES_MAX = 12;
/** Longest text of bpf_trace_printk(), with its NUL. */
const TRACE_BYTES_MAX = 1024;

const latin1 = new TextDecoder('latin1');

function print(context: HelperContext, format: string | undefined, values: readonly bigint[]): bigint {
  const text = format === undefined ? undefined : formatText(context.memory, format, values);
  if (text === undefined) return errno(EINVAL);
  const kept = text.slice(0, TRACE_BYTES_MAX - 1);
  context.world.print(kept);
  return BigInt(kept.length);
}

/** The format up to its NUL; undefined where there is none within `size`. */
function formatAt(memory: LinearMemory, register: bigint, size: number): string | undefined {
  const at = memoryArgument(memory, register, size);
  const bytes = memory.bytes.subarray(at, at + size);
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : latin1.decode(bytes.subarray(0, end));
}

/** The array of u64 that vprintk and snprintf take; undefined where its size is not one. */
function valuesAt(memory: LinearMemory, register: bigint, size: number): readonly bigint[] | undefined {
  if (size % 8 !== 0 || size > 8 * VALUES_MAX || (size > 0 && register === 0n)) return undefined;
  if (size === 0) return [];
  const at = memoryArgument(memory, register, size);
  return Array.from({ length: size / 8 }, (_, index) => memory.view.getBigUint64(at + 8 * index, true));
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
    const values = valuesAt(memory, data, u32(dataSize));
    if (values === undefined) return errno(EINVAL);
    const formatStart = memoryArgument(memory, format, 1);
    const text = formatText(memory, formatAt(memory, format, memory.end - formatStart) ?? '', values);
    if (text === undefined) return errno(EINVAL);
    const size = u32(sizeRegister);
    if (size > 0) {
      const at = memoryArgument(memory, buffer, size);
      const kept = Math.min(text.length, size - 1);
      for (let index = 0; index < kept; index += 1) memory.bytes[at + index] = text.charCodeAt(index);
      memory.bytes[at + kept] = 0;
    }
    return BigInt(text.length + 1);
  },
};
