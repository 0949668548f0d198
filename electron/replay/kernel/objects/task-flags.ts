/**
 * `task_struct.flags` as far as a recording tells them: kernel threads are the children of kthreadd, and of threads
 * that end there is an event. What else Linux keeps there (PF_FORKNOEXEC, PF_MEMALLOC, ...) is not told, and is 0.
 */
import type { TaskFacts } from '../task-facts.ts';

/** include/linux/sched.h, Linux 6.18. */
const PF_IDLE = 0x2;
const PF_EXITING = 0x4;
const PF_KTHREAD = 0x20_0000;

/** Its pid since Linux 2.6.22: the second process that the kernel makes. */
const KTHREADD = 2;

export const IDLE_TASK_FLAGS = PF_IDLE | PF_KTHREAD;

/** undefined where it is not known whose child the thread is. */
export function flagsOf({ tid, parent, isEnding }: TaskFacts): number | undefined {
  if (tid !== KTHREADD && parent === undefined) return undefined;
  return (tid === KTHREADD || parent === KTHREADD ? PF_KTHREAD : 0) | (isEnding === true ? PF_EXITING : 0);
}
