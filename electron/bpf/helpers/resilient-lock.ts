/**
 * bpf_res_spin_lock(): one program runs at a time, so that a lock is free, or taken by the program itself, which would
 * wait for ever. After kernel/bpf/rqspinlock.c of Linux 6.18.
 */
import { EDEADLK } from '../maps/errno.ts';
import { int, memoryArgument } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

const LOCK_BYTES = 4;
const FLAGS_BYTES = 8;

function take({ memory }: HelperContext, lock: bigint): boolean {
  const at = memoryArgument(memory, lock, LOCK_BYTES);
  const isFree = memory.view.getUint32(at, true) === 0;
  if (isFree) memory.view.setUint32(at, 1, true);
  return isFree;
}

function give({ memory }: HelperContext, lock: bigint): bigint {
  memory.view.setUint32(memoryArgument(memory, lock, LOCK_BYTES), 0, true);
  return 0n;
}

export const resilientLockFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_res_spin_lock: (context, lock) => (take(context, lock) ? 0n : int(-EDEADLK)),
  bpf_res_spin_unlock: (context, lock) => give(context, lock),

  bpf_res_spin_lock_irqsave(context, lock, flags) {
    if (!take(context, lock)) return int(-EDEADLK);
    context.memory.view.setBigUint64(memoryArgument(context.memory, flags, FLAGS_BYTES), 0n, true);
    return 0n;
  },

  bpf_res_spin_unlock_irqrestore: (context, lock) => give(context, lock),
};
