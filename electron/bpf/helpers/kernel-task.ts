/**
 * Kernel functions on tasks and cgroups. Objects of the modelled kernel are never freed, so that taking hold of
 * one and letting go of it only pass it on. What is not known of a task is counted.
 */
import { EINVAL } from '../maps/errno.ts';
import { int, memoryArgument } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

const ITERATOR_BYTES = 24;
/** Layout of bpf_iter_task here: the least tid that may come next, flags, process, whether it goes on. */
const NEXT = 0;
const FLAGS = 4;
const PROCESS = 8;
const GOES_ON = 12;
/** enum bpf_task_iter flags. */
const ALL_PROCESSES = 0;
const ALL_THREADS = 1;
const PROCESS_THREADS = 2;

const passOn: HelperFunction = (_context, object) => object;
const letGo: HelperFunction = () => 0n;

function signed(register: bigint): number {
  return Number(BigInt.asIntN(32, register));
}

function taskOf({ world }: HelperContext, pid: bigint): bigint {
  const tid = signed(pid);
  return tid <= 0 ? 0n : BigInt(world.objects().task(tid));
}

/** Whether the iterator gives this thread; one whose process is unknown is in no process it asks for. */
function isGiven({ world }: HelperContext, tid: number, flags: number, process: number): boolean {
  if (flags === ALL_THREADS || tid === 0) return flags !== PROCESS_THREADS;
  const tgid = world.objects().tgid(tid);
  if (tgid < 0) world.missing('tgid');
  return tgid >= 0 && tgid === (flags === ALL_PROCESSES ? tid : process);
}

export const taskFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_task_from_pid: taskOf,

  /** A pid of the namespace that the current task is in. */
  bpf_task_from_vpid(context, pid) {
    if (context.world.namespacePids() !== undefined) return taskOf(context, pid);
    context.world.missing('pid namespace');
    return 0n;
  },

  bpf_task_acquire: passOn,
  bpf_task_release: letGo,
  bpf_cgroup_acquire: passOn,
  bpf_cgroup_release: letGo,

  bpf_task_under_cgroup({ world }, task, ancestor) {
    const objects = world.objects();
    const tid = objects.tidAt(Number(task));
    const line = tid === undefined ? undefined : objects.cgroupLineOf(tid);
    const id = objects.cgroupLine(Number(ancestor))?.at(-1);
    if (line === undefined || id === undefined) {
      world.missing('cgroup');
      return 0n;
    }
    return line.includes(id) ? 1n : 0n;
  },

  /** Of the hierarchies of cgroups of version 1 nothing is known. */
  bpf_task_get_cgroup1({ world }) {
    world.missing('cgroup of version 1');
    return 0n;
  },

  bpf_cgroup_from_id({ world }, id) {
    const cgroup = world.objects().cgroup(id);
    if (cgroup === 0) world.missing('cgroup');
    return BigInt(cgroup);
  },

  bpf_cgroup_ancestor({ world }, cgroup, level) {
    const objects = world.objects();
    const line = objects.cgroupLine(Number(cgroup));
    const wanted = signed(level);
    const id = wanted < 0 ? undefined : line?.[wanted];
    return id === undefined ? 0n : BigInt(objects.cgroup(id));
  },

  bpf_iter_task_new(context, iterator, task, flagsRegister) {
    const { memory, world } = context;
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    memory.bytes.fill(0, at, at + ITERATOR_BYTES);
    const flags = signed(flagsRegister);
    const tid = world.objects().tidAt(Number(task));
    if (flags < ALL_PROCESSES || flags > PROCESS_THREADS) return int(-EINVAL);
    if (flags === PROCESS_THREADS && task === 0n) return int(-EINVAL);
    memory.view.setInt32(at + NEXT, flags === PROCESS_THREADS ? (tid ?? 0) : 0, true);
    memory.view.setInt32(at + FLAGS, flags, true);
    memory.view.setInt32(at + PROCESS, tid === undefined ? -1 : world.objects().tgid(tid), true);
    memory.view.setInt32(at + GOES_ON, 1, true);
    return 0n;
  },

  /** Tasks in order of their ids, the idle task of CPU 0 first: Linux goes by the time of their birth. */
  bpf_iter_task_next(context, iterator) {
    const { memory, world } = context;
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    if (memory.view.getInt32(at + GOES_ON, true) === 0) return 0n;
    const from = memory.view.getInt32(at + NEXT, true);
    const flags = memory.view.getInt32(at + FLAGS, true);
    const process = memory.view.getInt32(at + PROCESS, true);
    const objects = world.objects();
    const idle = from === 0 ? [0] : [];
    const tid = [...idle, ...objects.tids()].find(
      (each) => each >= from && isGiven(context, each, flags, process),
    );
    memory.view.setInt32(at + NEXT, (tid ?? 0) + 1, true);
    if (tid === undefined) memory.view.setInt32(at + GOES_ON, 0, true);
    return tid === undefined ? 0n : BigInt(objects.task(tid));
  },

  bpf_iter_task_destroy({ memory }, iterator) {
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    memory.bytes.fill(0, at, at + ITERATOR_BYTES);
    return 0n;
  },
};
