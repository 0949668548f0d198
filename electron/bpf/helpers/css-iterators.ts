/**
 * Iterators over control groups and the tasks in one: bpf_iter_css and bpf_iter_css_task. Of a control group's
 * subsystems the modelled kernel has what every group begins with (`cgroup.self`), which lies where the group does.
 * Children are visited in the order of their ids: Linux goes by the time of their birth.
 */
import { EINVAL } from '../maps/errno.ts';
import type { LinearMemory } from '../vm/memory.ts';
import { int, memoryArgument, s32 } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';
import type { ObjectDirectory } from './object-directory.ts';

/** Layout of bpf_iter_css here: where it starts, 0 once it has ended; how many it gave; in which order. */
const CSS_BYTES = 24;
const START = 0;
const GIVEN = 8;
const ORDER = 12;
/** enum bpf_cgroup_iter_order; between the two, parents come after their children. */
const DESCENDANTS_PRE = 2;
const ANCESTORS_UP = 4;

/** Layout of bpf_iter_css_task here: the group, 0 once it has ended, with what is asked for in its low bits; the least tid that may come next. */
const TASKS_BYTES = 8;
const GROUP = 0;
const NEXT = 4;
/** CSS_TASK_ITER_PROCS: leaders of their processes alone; CSS_TASK_ITER_THREADED adds to it. */
const PROCESSES = 1;
const THREADED = 2;

/** Addresses of the group and of all below it. */
function descendants(objects: ObjectDirectory, start: bigint, parentsFirst: boolean): readonly bigint[] {
  const depth = objects.cgroupLine(Number(start))?.length;
  const id = objects.cgroupLine(Number(start))?.at(-1);
  if (depth === undefined || id === undefined) return [];
  const lines = objects
    .cgroupIds()
    .map((each) => objects.cgroupLine(objects.cgroup(each)) ?? [])
    .filter((line) => line[depth - 1] === id);
  lines.sort((a, b) => compareLines(a, b, parentsFirst));
  return lines.map((line) => BigInt(objects.cgroup(line.at(-1) ?? 0n)));
}

function compareLines(a: readonly bigint[], b: readonly bigint[], parentsFirst: boolean): number {
  for (let level = 0; level < Math.min(a.length, b.length); level += 1) {
    const [one = 0n, other = 0n] = [a[level], b[level]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return parentsFirst ? a.length - b.length : b.length - a.length;
}

function inOrder(objects: ObjectDirectory, start: bigint, order: number): readonly bigint[] {
  if (order !== ANCESTORS_UP) return descendants(objects, start, order === DESCENDANTS_PRE);
  const line = objects.cgroupLine(Number(start)) ?? [];
  return [...line].reverse().map((id) => BigInt(objects.cgroup(id)));
}

/** Whether the thread is in the group; of one whose group is unknown, that is counted. */
function isIn({ world }: HelperContext, tid: number, group: bigint, flags: number): boolean {
  const objects = world.objects();
  const line = objects.cgroupLineOf(tid);
  if (line === undefined) world.missing('cgroup');
  if (line?.at(-1) !== group) return false;
  if ((flags & PROCESSES) === 0) return true;
  const tgid = objects.tgid(tid);
  if (tgid < 0) world.missing('tgid');
  return tgid === tid;
}

function clear(memory: LinearMemory, iterator: bigint, sizeBytes: number): number {
  const at = memoryArgument(memory, iterator, sizeBytes);
  memory.bytes.fill(0, at, at + sizeBytes);
  return at;
}

export const cssFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_iter_css_new({ memory }, iterator, start, flags) {
    const at = clear(memory, iterator, CSS_BYTES);
    const order = s32(flags);
    if (order < DESCENDANTS_PRE || order > ANCESTORS_UP) return int(-EINVAL);
    memory.view.setBigUint64(at + START, start, true);
    memory.view.setUint32(at + ORDER, order, true);
    return 0n;
  },

  bpf_iter_css_next({ memory, world }, iterator) {
    const at = memoryArgument(memory, iterator, CSS_BYTES);
    const start = memory.view.getBigUint64(at + START, true);
    if (start === 0n) return 0n;
    const given = memory.view.getUint32(at + GIVEN, true);
    const groups = inOrder(world.objects(), start, memory.view.getUint32(at + ORDER, true));
    if (groups.length === 0) world.missing('cgroup');
    memory.view.setUint32(at + GIVEN, given + 1, true);
    const group = groups[given];
    if (group === undefined) memory.view.setBigUint64(at + START, 0n, true);
    return group ?? 0n;
  },

  bpf_iter_css_destroy({ memory }, iterator) {
    clear(memory, iterator, CSS_BYTES);
    return 0n;
  },

  bpf_iter_css_task_new({ memory }, iterator, group, flagsRegister) {
    const at = clear(memory, iterator, TASKS_BYTES);
    const flags = s32(flagsRegister);
    if (flags !== 0 && flags !== PROCESSES && flags !== (PROCESSES | THREADED)) return int(-EINVAL);
    memory.view.setUint32(at + GROUP, Number(group) | flags, true);
    memory.view.setUint32(at + NEXT, 1, true);
    return 0n;
  },

  bpf_iter_css_task_next(context, iterator) {
    const { memory, world } = context;
    const at = memoryArgument(memory, iterator, TASKS_BYTES);
    const packed = memory.view.getUint32(at + GROUP, true);
    if (packed === 0) return 0n;
    const flags = packed & (PROCESSES | THREADED);
    const from = memory.view.getUint32(at + NEXT, true);
    const objects = world.objects();
    const group = objects.cgroupLine(packed - flags)?.at(-1);
    if (group === undefined) world.missing('cgroup');
    const tid =
      group === undefined
        ? undefined
        : objects.tids().find((each) => each >= from && isIn(context, each, group, flags));
    memory.view.setUint32(at + NEXT, (tid ?? 0) + 1, true);
    if (tid === undefined) memory.view.setUint32(at + GROUP, 0, true);
    return tid === undefined ? 0n : BigInt(objects.task(tid));
  },

  bpf_iter_css_task_destroy({ memory }, iterator) {
    clear(memory, iterator, TASKS_BYTES);
    return 0n;
  },
};
