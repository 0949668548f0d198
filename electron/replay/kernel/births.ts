/**
 * Where events tell of births and deaths of threads. task_newtask says with its flags whether the child is a
 * thread or a process, and so whose child it is; sched_process_fork alone leaves that to saved tgids.
 */
import type { Batch, EventField, EventType } from '../../trace/event.ts';

const CLONE_PARENT = 0x8000n;
const CLONE_THREAD = 0x1_0000n;

export interface Birth {
  readonly tid: number;
  /** The thread that made it, -1 where unknown. */
  readonly maker: number;
  /** A thread of the maker's process, or a child of the maker's parent; undefined where not said. */
  readonly isThread: boolean | undefined;
  readonly isSibling: boolean | undefined;
}

export interface LifeEvent {
  readonly birth?: Birth;
  /** The thread that ended. */
  readonly exited?: number;
}

/** Reads the births and deaths of one event type; undefined for a type that tells of none. */
export type LifeReader = (record: DataView, isLittleEndian: boolean, batch: Batch, row: number) => LifeEvent;

export function lifeReader({ system, name, fields }: EventType): LifeReader | undefined {
  const place = (field: string): EventField | undefined => fields.find((each) => each.name === field);
  switch (`${system}:${name}`) {
    case 'task:task_newtask':
      return newTask(place('pid'), place('clone_flags'));
    case 'sched:sched_process_fork':
      return fork(place('parent_pid'), place('child_pid'));
    case 'sched:sched_process_exit':
      return exit(place('pid'));
    default:
      return undefined;
  }
}

function newTask(pid: EventField | undefined, cloneFlags: EventField | undefined): LifeReader | undefined {
  if (pid?.sizeBytes !== 4 || cloneFlags?.sizeBytes !== 8) return undefined;
  return (record, isLittleEndian, batch, row) => {
    const flags = record.getBigUint64(cloneFlags.offsetBytes, isLittleEndian);
    const isThread = (flags & CLONE_THREAD) !== 0n;
    const birth = {
      tid: record.getInt32(pid.offsetBytes, isLittleEndian),
      maker: batch.tid[row] ?? -1,
      isThread,
      isSibling: isThread || (flags & CLONE_PARENT) !== 0n,
    };
    return { birth };
  };
}

function fork(parent: EventField | undefined, child: EventField | undefined): LifeReader | undefined {
  if (parent?.sizeBytes !== 4 || child?.sizeBytes !== 4) return undefined;
  return (record, isLittleEndian) => ({
    birth: {
      tid: record.getInt32(child.offsetBytes, isLittleEndian),
      maker: record.getInt32(parent.offsetBytes, isLittleEndian),
      isThread: undefined,
      isSibling: undefined,
    },
  });
}

function exit(pid: EventField | undefined): LifeReader | undefined {
  if (pid?.sizeBytes !== 4) return undefined;
  return (record, isLittleEndian) => ({ exited: record.getInt32(pid.offsetBytes, isLittleEndian) });
}
