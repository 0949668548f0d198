/**
 * Where events tell of births and deaths of threads. task_newtask says with its flags whether the child is a
 * thread or a process, and so whose child it is; so do perf's own records. sched_process_fork alone leaves that to
 * saved tgids. What ends tells with which code, as far as an event does.
 */
import type { Batch, EventField, EventType } from '../../trace/event.ts';

const CLONE_PARENT = 0x8000n;
const CLONE_THREAD = 0x1_0000n;

export type BirthTeller = 'task_newtask' | 'sched_process_fork' | 'perf';

export interface Birth {
  /** A birth may be told of by each of them, once. */
  readonly teller: BirthTeller;
  readonly tid: number;
  /** The thread that made it, -1 where unknown. */
  readonly maker: number;
  /** A thread of the maker's process, or a child of the maker's parent; undefined where not said. */
  readonly isThread: boolean | undefined;
  readonly isSibling: boolean | undefined;
}

export interface LifeEvent {
  readonly birth?: Birth;
  /** The thread that ends. */
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
    case 'perf:fork':
      return perfFork(place('pid'), place('tid'), place('ptid'));
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
      teller: 'task_newtask' as const,
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
      teller: 'sched_process_fork',
      tid: record.getInt32(child.offsetBytes, isLittleEndian),
      maker: record.getInt32(parent.offsetBytes, isLittleEndian),
      isThread: undefined,
      isSibling: undefined,
    },
  });
}

/** PERF_RECORD_FORK: the child's process tells whether it is a thread. */
function perfFork(
  pid: EventField | undefined,
  tid: EventField | undefined,
  maker: EventField | undefined,
): LifeReader | undefined {
  if (pid?.sizeBytes !== 4 || tid?.sizeBytes !== 4 || maker?.sizeBytes !== 4) return undefined;
  return (record, isLittleEndian) => {
    const child = record.getInt32(tid.offsetBytes, isLittleEndian);
    const isThread = record.getInt32(pid.offsetBytes, isLittleEndian) !== child;
    const makerTid = record.getInt32(maker.offsetBytes, isLittleEndian);
    // Without the flags of the call, a process is taken for its maker's child: CLONE_PARENT is not seen.
    return { birth: { teller: 'perf', tid: child, maker: makerTid, isThread, isSibling: isThread } };
  };
}

function exit(pid: EventField | undefined): LifeReader | undefined {
  if (pid?.sizeBytes !== 4) return undefined;
  return (record, isLittleEndian) => ({ exited: record.getInt32(pid.offsetBytes, isLittleEndian) });
}
