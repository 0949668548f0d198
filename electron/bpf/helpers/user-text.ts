/** Kernel functions that copy text from user space and may wait for it: bpf_copy_from_user_str() and kin, of Linux 6.18. */
import { EFAULT, EINVAL } from '../maps/errno.ts';
import { int, memoryArgument, u32 } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';
import { userByte } from './kernel-bytes.ts';

/** BPF_F_PAD_ZEROS: what the text leaves of the buffer is zeroed, and all of it where there is no text. */
const PAD_ZEROS = 1n;

/** Bytes of text without the closing NUL, at most so many; undefined where they cannot all be read. */
function textOf(context: HelperContext, from: bigint, bytesMax: number): Uint8Array | undefined {
  const text: number[] = [];
  while (text.length < bytesMax) {
    const byte = userByte(context, from, text.length);
    if (byte < 0) return undefined;
    if (byte === 0) break;
    text.push(byte);
  }
  return Uint8Array.from(text);
}

function copy(
  context: HelperContext,
  target: bigint,
  sizeRegister: bigint,
  flags: bigint,
  read: (bytesMax: number) => Uint8Array | undefined,
): bigint {
  const { memory } = context;
  const size = u32(sizeRegister);
  if ((flags & ~PAD_ZEROS) !== 0n) return int(-EINVAL);
  if (size === 0) return 0n;
  const at = memoryArgument(memory, target, size);
  const text = read(size - 1);
  if (text === undefined) {
    // What Linux leaves of what it read is not known here: the text is empty.
    memory.bytes.fill(0, at, flags === PAD_ZEROS ? at + size : at + 1);
    return int(-EFAULT);
  }
  memory.bytes.set(text, at);
  memory.bytes.fill(0, at + text.length, flags === PAD_ZEROS ? at + size : at + text.length + 1);
  return int(text.length + 1);
}

export const userTextFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_copy_from_user_str: (context, target, size, from, flags) =>
    copy(context, target, size, flags, (bytesMax) => textOf(context, from, bytesMax)),

  /** What is recorded is the memory of the task that ran. */
  bpf_copy_from_user_task_str: (context, target, size, from, task, flags) =>
    copy(context, target, size, flags, (bytesMax) => {
      if (task === context.world.currentTask()) return textOf(context, from, bytesMax);
      context.world.missing('user-memory');
      return undefined;
    }),
};
