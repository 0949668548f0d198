/**
 * Reading memory that may not be there. Linear memory is all the kernel memory a replay has; user
 * memory was never recorded. What cannot be read gives -EFAULT and a zeroed buffer, as in Linux, and
 * is counted as missing.
 */
import { EFAULT } from '../maps/errno.ts';
import { errno, memoryArgument, readableAddress, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

function fail(context: HelperContext, dst: bigint, size: number, what: string): bigint {
  const at = memoryArgument(context.memory, dst, size);
  context.memory.bytes.fill(0, at, at + size);
  context.world.missing(what);
  return errno(EFAULT);
}

function readKernel(context: HelperContext, dst: bigint, sizeRegister: bigint, unsafe: bigint): bigint {
  const size = u32(sizeRegister);
  const { memory } = context;
  const from = readableAddress(memory, unsafe, size);
  if (from === undefined) return fail(context, dst, size, 'kernel-memory');
  memory.bytes.copyWithin(memoryArgument(memory, dst, size), from, from + size);
  return 0n;
}

/** Bytes copied with the closing NUL, which is always there where size is not zero. */
function readKernelText(context: HelperContext, dst: bigint, sizeRegister: bigint, unsafe: bigint): bigint {
  const size = u32(sizeRegister);
  if (size === 0) return 0n;
  const { memory } = context;
  const from = readableAddress(memory, unsafe, 1);
  if (from === undefined) return fail(context, dst, size, 'kernel-memory');
  const available = memory.bytes.subarray(from, Math.min(from + size - 1, memory.end));
  const nul = available.indexOf(0);
  const length = nul < 0 ? available.length : nul;
  const to = memoryArgument(memory, dst, size);
  memory.bytes.copyWithin(to, from, from + length);
  memory.bytes[to + length] = 0;
  return BigInt(length + 1);
}

export const memoryHelpers: HelperFamily = {
  probe_read: readKernel,
  probe_read_kernel: readKernel,
  probe_read_str: readKernelText,
  probe_read_kernel_str: readKernelText,
  probe_read_user: (context, dst, size) => fail(context, dst, u32(size), 'user-memory'),
  probe_read_user_str: (context, dst, size) => fail(context, dst, u32(size), 'user-memory'),
};
