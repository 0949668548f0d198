/**
 * Stacks of the event: what the recorder took when it happened. An event without a recorded stack
 * answers -EFAULT, as the kernel does where it can take none, and is counted as missing.
 */
import { Failure } from '../../failure.ts';
import { EFAULT, EINVAL, EOPNOTSUPP } from '../maps/errno.ts';
import { BPF_F_FAST_STACK_CMP, BPF_F_REUSE_STACKID, FRAMES_MAX, StackTraceMap } from '../maps/stack-trace.ts';
import { errno, mapOf, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const SKIP_MASK = 0xffn;
const BPF_F_USER_STACK = 1n << 8n;
const BPF_F_USER_BUILD_ID = 1n << 11n;

/** At most `depthMax` frames after the skipped ones; undefined where there are none. */
function stackOf(context: HelperContext, flags: bigint, depthMax: number): BigUint64Array | undefined {
  const stack = context.world.callchain((flags & BPF_F_USER_STACK) !== 0n);
  if (stack === undefined) {
    context.world.missing('callchain');
    return undefined;
  }
  const skip = Number(flags & SKIP_MASK);
  if (stack.length <= skip) return undefined;
  return stack.subarray(skip, Math.min(skip + depthMax, FRAMES_MAX));
}

export const stackHelpers: HelperFamily = {
  get_stackid(context, _programContext, mapHandle, flags) {
    if ((flags & ~(SKIP_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID)) !== 0n) {
      return errno(EINVAL);
    }
    const map = mapOf(context, mapHandle);
    if (!(map instanceof StackTraceMap)) {
      throw new Failure('vm', 'not-a-stack-trace', `map ${map.definition.name} is a ${map.definition.type}`);
    }
    const stack = stackOf(context, flags, map.depth);
    return stack === undefined ? errno(EFAULT) : BigInt(map.idOf(stack, flags));
  },

  get_stack: (context, _programContext, buffer, size, flags) =>
    writeStack(context, buffer, u32(size), flags, true),

  /** Of the task that ran when the event happened: of any other, no stack was taken. */
  get_task_stack: (context, task, buffer, size, flags) =>
    writeStack(context, buffer, u32(size), flags, task === context.world.currentTask()),
};

/** Bytes written; what is left of the buffer is zeroed, all of it where there is no stack. */
function writeStack(
  context: HelperContext,
  buffer: bigint,
  size: number,
  flags: bigint,
  isCurrent: boolean,
): bigint {
  const { memory } = context;
  const at = memoryArgument(memory, buffer, size);
  memory.bytes.fill(0, at, at + size);
  if ((flags & ~(SKIP_MASK | BPF_F_USER_STACK | BPF_F_USER_BUILD_ID)) !== 0n) return errno(EINVAL);
  if ((flags & BPF_F_USER_BUILD_ID) !== 0n || size % 8 !== 0) return errno(EINVAL);
  if (!isCurrent) {
    // Linux does not walk another task's user stack either.
    if ((flags & BPF_F_USER_STACK) !== 0n) return errno(EOPNOTSUPP);
    context.world.missing('callchain of another task');
    return errno(EFAULT);
  }
  const stack = stackOf(context, flags, size / 8);
  if (stack === undefined) return errno(EFAULT);
  stack.forEach((address, index) => memory.view.setBigUint64(at + 8 * index, address, true));
  return BigInt(8 * stack.length);
}
