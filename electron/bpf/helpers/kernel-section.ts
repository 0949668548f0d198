/**
 * Sections of code in which objects stay, or nothing interrupts: a replay calls one program after another on
 * memory that is never freed, so that there is nothing to keep out.
 */
import { memoryArgument } from './call.ts';
import type { HelperFunction } from './helper.ts';

const nothing: HelperFunction = () => 0n;

export const sectionFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_rcu_read_lock: nothing,
  bpf_rcu_read_unlock: nothing,
  bpf_preempt_disable: nothing,
  bpf_preempt_enable: nothing,

  /** The flags are the kernel's own: no program reads them. */
  bpf_local_irq_save({ memory }, flags) {
    memory.view.setBigUint64(memoryArgument(memory, flags, 8), 0n, true);
    return 0n;
  },

  bpf_local_irq_restore: nothing,
};
