/**
 * Kernel functions that read memory which may not be there into a dynptr, after kernel/trace/bpf_trace.c of
 * Linux 6.18. Unlike the helpers of that name they zero nothing where they fail.
 */
import { E2BIG, EFAULT, ERANGE } from '../maps/errno.ts';
import { int, u32 } from './call.ts';
import { Dynptr } from './dynptr.ts';
import type { HelperContext, HelperFunction } from './helper.ts';
import { kernelByte, kernelBytes, mayBeKernelAddress, userByte } from './kernel-bytes.ts';

/** Where `sizeBytes` at `offset` of a dynptr lie; 0 where they do not; undefined where there is nothing to write. */
function room(context: HelperContext, register: bigint, offset: number, sizeBytes: number) {
  const dynptr = new Dynptr(context.memory, register);
  const at = dynptr.slice(offset, sizeBytes);
  return at === 0 && dynptr.isInside(offset, sizeBytes) ? undefined : at;
}

function userBytes({ world }: HelperContext, register: bigint, sizeBytes: number): Uint8Array | undefined {
  const bytes = world.recordedMemory('user', register, sizeBytes);
  if (bytes === undefined) world.missing('user-memory');
  return bytes;
}

type ReadBytes = (context: HelperContext, register: bigint, sizeBytes: number) => Uint8Array | undefined;
type ReadByte = (context: HelperContext, register: bigint, index: number) => number;

function reading(read: ReadBytes, isKernel: boolean): HelperFunction {
  return (context, register, offset, sizeRegister, from) => {
    const { memory } = context;
    const size = u32(sizeRegister);
    const at = room(context, register, u32(offset), size);
    if (at === undefined) return 0n;
    if (at === 0) return int(-E2BIG);
    if (isKernel && !mayBeKernelAddress(memory, from)) return int(-ERANGE);
    const bytes = size === 0 ? new Uint8Array(0) : read(context, from, size);
    if (bytes === undefined) return int(-EFAULT);
    memory.bytes.set(bytes, at);
    return 0n;
  };
}

/** Bytes written, with the closing NUL. */
function readingText(read: ReadByte, isKernel: boolean): HelperFunction {
  return (context, register, offset, sizeRegister, from) => {
    const { bytes } = context.memory;
    const size = u32(sizeRegister);
    const at = room(context, register, u32(offset), size);
    if (at === undefined || (at > 0 && size === 0)) return 0n;
    if (at === 0) return int(-E2BIG);
    if (isKernel && !mayBeKernelAddress(context.memory, from)) return int(-ERANGE);
    for (let index = 0; index < size; index += 1) {
      const byte = read(context, from, index);
      if (byte < 0) {
        if (isKernel) bytes[at] = 0;
        return int(-EFAULT);
      }
      bytes[at + index] = byte;
      if (byte === 0) return BigInt(index + 1);
    }
    bytes[at + size - 1] = 0;
    return BigInt(size);
  };
}

/** What is recorded is the memory of the task that ran: of another there is none, not even at address 0. */
function ofTask(read: HelperFunction): HelperFunction {
  return (context, dynptr, offset, size, from, task) =>
    read(context, dynptr, offset, size, task === context.world.currentTask() ? from : 0n, 0n);
}

const readUser = reading(userBytes, false);
const readUserText = readingText(userByte, false);

export const dynptrReadFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_probe_read_kernel_dynptr: reading(kernelBytes, true),
  bpf_probe_read_kernel_str_dynptr: readingText(kernelByte, true),
  bpf_probe_read_user_dynptr: readUser,
  bpf_probe_read_user_str_dynptr: readUserText,
  bpf_copy_from_user_dynptr: readUser,
  bpf_copy_from_user_str_dynptr: readUserText,
  bpf_copy_from_user_task_dynptr: ofTask(readUser),
  bpf_copy_from_user_task_str_dynptr: ofTask(readUserText),
};
