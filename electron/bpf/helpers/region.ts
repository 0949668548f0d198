/**
 * Regions of a program that hold off the rest of the kernel: a replay has nothing to hold off, so all that
 * is left of them is that they open and close.
 */
import { memoryArgument } from './call.ts';
import type { HelperFunction } from './helper.ts';

const FLAGS_BYTES = 8;
const nothing: HelperFunction = () => 0n;

export const regionFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_rcu_read_lock: nothing,
  bpf_rcu_read_unlock: nothing,
  bpf_preempt_disable: nothing,
  bpf_preempt_enable: nothing,
  bpf_local_irq_save({ memory }, flags) {
    memory.view.setBigUint64(memoryArgument(memory, flags, FLAGS_BYTES), 0n, true);
    return 0n;
  },
  bpf_local_irq_restore: nothing,
};
