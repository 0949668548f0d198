/**
 * Reading memory that may not be there. Linear memory is all the kernel memory a replay has, besides what the
 * recording holds of kernel and user memory at the moment of the event. What cannot be read gives -EFAULT and a
 * zeroed buffer, as in Linux, and is counted as missing.
 */
import { EFAULT, EINVAL } from '../maps/errno.ts';
import { errno, memoryArgument, readableAddress, u32, type HelperFamily } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

type Space = 'kernel' | 'user';

function fail(context: HelperContext, dst: bigint, size: number, space: Space): bigint {
  if (size === 0) return 0n;
  const at = memoryArgument(context.memory, dst, size);
  context.memory.bytes.fill(0, at, at + size);
  context.world.missing(`${space}-memory`);
  return errno(EFAULT);
}

/** Copies what the recording holds. */
function readRecorded(context: HelperContext, space: Space, dst: bigint, size: number, from: bigint): bigint {
  const recorded = context.world.recordedMemory(space, from, size);
  if (recorded === undefined) return fail(context, dst, size, space);
  context.memory.bytes.set(recorded.subarray(0, size), memoryArgument(context.memory, dst, size));
  return 0n;
}

const readKernel: HelperFunction = (context, dst, sizeRegister, unsafe) => {
  const size = u32(sizeRegister);
  const { memory } = context;
  const from = readableAddress(memory, unsafe, size);
  if (from === undefined) return readRecorded(context, 'kernel', dst, size, unsafe);
  memory.bytes.copyWithin(memoryArgument(memory, dst, size), from, from + size);
  return 0n;
};

const readUser: HelperFunction = (context, dst, sizeRegister, unsafe) =>
  readRecorded(context, 'user', dst, u32(sizeRegister), unsafe);

/** Text up to its NUL, one byte after another: how much of it is recorded, nobody knows before. */
function readRecordedText(
  context: HelperContext,
  space: Space,
  dst: bigint,
  size: number,
  from: bigint,
): bigint {
  const { memory, world } = context;
  if (size === 0) return 0n;
  const to = memoryArgument(memory, dst, size);
  for (let length = 0; length < size; length += 1) {
    const byte = world.recordedMemory(space, from + BigInt(length), 1)?.[0];
    if (byte === undefined) return fail(context, dst, size, space);
    memory.bytes[to + length] = length === size - 1 ? 0 : byte;
    if (byte === 0) return BigInt(length + 1);
  }
  return BigInt(size);
}

/** Bytes copied with the closing NUL, which is always there where size is not zero. */
const readKernelText: HelperFunction = (context, dst, sizeRegister, unsafe) => {
  const size = u32(sizeRegister);
  if (size === 0) return 0n;
  const { memory } = context;
  const from = readableAddress(memory, unsafe, 1);
  if (from === undefined) return readRecordedText(context, 'kernel', dst, size, unsafe);
  const available = memory.bytes.subarray(from, Math.min(from + size - 1, memory.end));
  const nul = available.indexOf(0);
  const length = nul < 0 ? available.length : nul;
  const to = memoryArgument(memory, dst, size);
  memory.bytes.copyWithin(to, from, from + length);
  memory.bytes[to + length] = 0;
  return BigInt(length + 1);
};

const readUserText: HelperFunction = (context, dst, size, unsafe) =>
  readRecordedText(context, 'user', dst, u32(size), unsafe);

export const memoryHelpers: HelperFamily = {
  probe_read: readKernel,
  probe_read_kernel: readKernel,
  probe_read_str: readKernelText,
  probe_read_kernel_str: readKernelText,
  probe_read_user: readUser,
  probe_read_user_str: readUserText,
  copy_from_user: readUser,

  /** What is recorded is the memory of the task that ran. */
  copy_from_user_task(context, dst, size, unsafe, task, flags) {
    if (flags !== 0n) return errno(EINVAL);
    const isCurrent = task === context.world.currentTask();
    return isCurrent ? readUser(context, dst, size, unsafe, 0n, 0n) : fail(context, dst, u32(size), 'user');
  },
};
