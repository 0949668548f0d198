/**
 * What sched_switch reports of the task that leaves, and what its `__state` was. The kernel reports the highest of
 * the states that ps shows and not the bits themselves (__trace_sched_switch_state()): TASK_FREEZABLE and the like
 * are not in a record, and a task that was preempted is reported as running whatever it had set.
 */
import type { EventType } from '../../trace/event.ts';

/** Linux 6.18, include/linux/sched.h. */
export const TASK_RUNNING = 0;
export const TASK_NEW = 0x800;
const TASK_DEAD = 0x80;
/** TASK_UNINTERRUPTIBLE | TASK_NOLOAD. */
const TASK_IDLE = 0x402;

const STATE_BY_LETTER: Readonly<Record<string, number>> = {
  R: TASK_RUNNING,
  S: 1,
  D: 2,
  T: 4,
  t: 8,
  // Both are of tasks that end, whose __state is TASK_DEAD by their last switch.
  X: TASK_DEAD,
  Z: TASK_DEAD,
  x: TASK_DEAD,
  P: 0x40,
  I: TASK_IDLE,
};

/** Bits as Linux has reported them since 4.14, where the recording does not say what they stand for. */
const LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [1, 'S'],
  [2, 'D'],
  [4, 'T'],
  [8, 't'],
  [0x10, 'X'],
  [0x20, 'Z'],
  [0x40, 'P'],
  [0x80, 'I'],
];
/** The bit of a preempted task: since 4.14, and the two that it was before. */
const PREEMPTED = 0x100 | 0x400 | 0x800;

/** Combinations of bits that are looked up but once; a kernel reports some ten. */
const STATES_KEPT_MAX = 1_000;

export interface LeavingState {
  /** Bits of `__state`. */
  readonly state: number;
  readonly isPreempted: boolean;
}

/** Reads `prev_state` of a record of the type. */
export type StateReader = (reported: number) => LeavingState;

/** By the letters that the recording's own format of the event gives the bits. */
export function stateReader({ printFormat = '' }: EventType): StateReader {
  const pairs = [...(printFormat.match(/\{\s*0x[0-9a-f]+,\s*"\w"\s*\}/gi) ?? [])].map(bitAndLetter);
  const letters = pairs.length === 0 ? LETTERS : pairs;
  const preempted = /&\s*\(?(0x[0-9a-f]+|\d+)\)?\s*\?\s*"\+"/i.exec(printFormat)?.[1];
  const preemptedBits = preempted === undefined ? PREEMPTED : Number(preempted);
  const known = new Map<number, LeavingState>();
  return (reported) => {
    let leaving = known.get(reported);
    if (leaving === undefined) {
      const isPreempted = (reported & preemptedBits) !== 0;
      const named = letters.findLast(([bit]) => (reported & bit) !== 0);
      const state = named === undefined ? TASK_RUNNING : (STATE_BY_LETTER[named[1]] ?? reported);
      leaving = { state, isPreempted };
      if (known.size < STATES_KEPT_MAX) known.set(reported, leaving);
    }
    return leaving;
  };
}

function bitAndLetter(pair: string): readonly [number, string] {
  const [, bit = '0', letter = ''] = /(0x[0-9a-f]+),\s*"(\w)"/i.exec(pair) ?? [];
  return [Number(bit), letter];
}

/** Hot: tells `told` of every thread whose state the record says, which is so many bytes of `view` from `at` on; the last word last. */
export type StateTeller = (
  view: DataView,
  at: number,
  sizeBytes: number,
  isLittleEndian: boolean,
  told: (tid: number, state: number) => void,
) => void;

/** undefined for a type that tells of no state. A task that runs is taken to be running until it leaves. */
export function stateTeller(type: EventType): StateTeller | undefined {
  const place = (name: string): number | undefined =>
    type.fields.find((field) => field.name === name && field.sizeBytes >= 4)?.offsetBytes;
  switch (`${type.system}:${type.name}`) {
    case 'sched:sched_switch':
      return switchTeller(type, place('prev_pid'), place('next_pid'));
    case 'sched:sched_wakeup':
    case 'sched:sched_wakeup_new':
      return fixedTeller(place('pid'), TASK_RUNNING);
    case 'task:task_newtask':
      return fixedTeller(place('pid'), TASK_NEW);
    case 'sched:sched_process_fork':
      return fixedTeller(place('child_pid'), TASK_NEW);
    default:
      return undefined;
  }
}

function fixedTeller(pidAt: number | undefined, state: number): StateTeller | undefined {
  if (pidAt === undefined) return undefined;
  return (view, at, sizeBytes, isLittleEndian, told) => {
    if (sizeBytes >= pidAt + 4) told(view.getInt32(at + pidAt, isLittleEndian), state);
  };
}

function switchTeller(
  type: EventType,
  previousAt: number | undefined,
  nextAt: number | undefined,
): StateTeller | undefined {
  const field = type.fields.find(({ name }) => name === 'prev_state');
  if (previousAt === undefined || nextAt === undefined) return undefined;
  const stateOf = stateReader(type);
  return (view, at, sizeBytes, isLittleEndian, told) => {
    if (sizeBytes < type.sizeBytes) return;
    if (field !== undefined) {
      const low = field.offsetBytes + (isLittleEndian || field.sizeBytes === 4 ? 0 : 4);
      const { state } = stateOf(view.getInt32(at + low, isLittleEndian));
      told(view.getInt32(at + previousAt, isLittleEndian), state);
    }
    told(view.getInt32(at + nextAt, isLittleEndian), TASK_RUNNING);
  };
}
