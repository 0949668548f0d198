/**
 * The kernel's objects as programs reach them: by address in linear memory. Who lays them out, and by which
 * types, is the world's to know (electron/replay/kernel); helpers only pass addresses on.
 */
import type { Address } from '../vm/memory.ts';

export interface ObjectDirectory {
  /** Address of the thread's task_struct; 0 where no such thread is known. */
  task(tid: number): Address;
  /** The thread at an address that task() gave; undefined for any other. */
  tidAt(task: Address): number | undefined;
  /** Known threads, ascending, without the idle tasks. */
  tids(): readonly number[];
  /** -1 where unknown. */
  tgid(tid: number): number;
  /** Address of the cgroup of the default hierarchy with this id; 0 where none is known. */
  cgroup(id: bigint): Address;
  /** Ids of the cgroups that are known. */
  cgroupIds(): readonly bigint[];
  /** Ids of the cgroup at that address and of its ancestors, the root first; undefined where there is none. */
  cgroupLine(cgroup: Address): readonly bigint[] | undefined;
  /** As cgroupLine(), of the thread's cgroup; undefined where unknown. */
  cgroupLineOf(tid: number): readonly bigint[] | undefined;
  /** Text of a `struct path`; undefined where unknown. */
  path(address: Address): string | undefined;
}

/** Of a world that models no kernel. */
export const noObjects: ObjectDirectory = {
  task: () => 0,
  tidAt: () => undefined,
  tids: () => [],
  tgid: () => -1,
  cgroup: () => 0,
  cgroupIds: () => [],
  cgroupLine: () => undefined,
  cgroupLineOf: () => undefined,
  path: () => undefined,
};

/** Threads in the pid namespace that a device and an inode number name. */
export interface NamespacePids {
  readonly device: bigint;
  readonly inode: bigint;
  readonly tid: number;
  readonly tgid: number;
}

/** The function a program is attached to, as it was called. */
export interface FunctionCall {
  /** Where the function begins. */
  readonly address: bigint;
  /** undefined where unknown. */
  readonly parameters: readonly (bigint | undefined)[];
  /** undefined at its entry. */
  readonly result: bigint | undefined;
}
