/**
 * Who runs, and where. What the recording does not know is counted as missing and given as all
 * ones, which is no pid the kernel hands out; it never passes for another task's.
 */
import { Failure } from '../../failure.ts';
import { EINVAL } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const UNKNOWN_ID = 0xffff_ffffn;
/** struct bpf_pidns_info: pid and tgid. */
const NAMESPACE_IDS_BYTES = 8;

const encoder = new TextEncoder();

function known(context: HelperContext, value: number, what: string): bigint {
  if (value >= 0) return BigInt(value);
  context.world.missing(what);
  return UNKNOWN_ID;
}

export const taskHelpers: HelperFamily = {
  get_smp_processor_id: (context) => BigInt(context.world.cpu()),

  /** The process in the upper half, the thread in the lower. */
  get_current_pid_tgid(context) {
    const tgid = known(context, context.world.tgid(), 'tgid');
    return (tgid << 32n) | known(context, context.world.tid(), 'tid');
  },

  /** Unknown: the buffer is zeroed and the answer -EINVAL, as where the kernel has no current task. */
  get_current_comm(context, buffer, sizeRegister) {
    const size = u32(sizeRegister);
    if (size === 0) return errno(EINVAL);
    const { memory } = context;
    const at = memoryArgument(memory, buffer, size);
    memory.bytes.fill(0, at, at + size);
    const comm = context.world.comm();
    if (comm === undefined) {
      context.world.missing('comm');
      return errno(EINVAL);
    }
    memory.bytes.set(encoder.encode(comm).subarray(0, size - 1), at);
    return 0n;
  },

  /** The group in the upper half, the user in the lower. */
  get_current_uid_gid(context) {
    const gid = known(context, context.world.gid(), 'gid');
    return (gid << 32n) | known(context, context.world.uid(), 'uid');
  },

  /** Where the current task is unknown: 0, from which nothing can be read. */
  get_current_task(context) {
    const task = context.world.currentTask();
    if (task === 0n) context.world.missing('current task');
    return task;
  },

  /** A program reads through this one without asking: where the task is unknown the run ends there. */
  get_current_task_btf(context) {
    const task = context.world.currentTask();
    if (task !== 0n) return task;
    context.world.missing('current task');
    throw new Failure('vm', 'not-recorded', 'the program asks for the current task, which is not recorded');
  },

  /** Only of the innermost pid namespace, as in Linux: any other is -EINVAL, and the ids are zeroed. */
  get_ns_current_pid_tgid(context, device, inode, buffer, sizeRegister) {
    const { memory, world } = context;
    const size = u32(sizeRegister);
    const at = memoryArgument(memory, buffer, size);
    memory.bytes.fill(0, at, at + size);
    if (size !== NAMESPACE_IDS_BYTES) return errno(EINVAL);
    const pids = world.namespacePids();
    if (pids === undefined) world.missing('pid namespace');
    if (pids?.device !== device || pids.inode !== inode) return errno(EINVAL);
    memory.view.setUint32(at, pids.tid, true);
    memory.view.setUint32(at + 4, pids.tgid, true);
    return 0n;
  },

  get_numa_node_id: (context) => known(context, context.world.numaNode(), 'numa node'),
};
