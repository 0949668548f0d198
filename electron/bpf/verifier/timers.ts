/**
 * bpf_timer and bpf_wq: where it lies, and the function it calls, which runs by itself some time later and so is
 * followed on its own; that of a work queue may sleep. After process_timer_func(), push_async_cb() and set_timer_callback_state() of
 * Linux 6.18.
 */
import { requireField } from './locks.ts';
import { isPointer, pointerRegister, type PointerRegister, type Register } from './register.ts';
import { TIMER, WORK_QUEUE } from './special-fields.ts';
import { Frame, State } from './state.ts';
import type { Walk } from './walk.ts';

/** Refuses a pointer that is not to a timer. */
export function requireTimer(walk: Walk, pointer: PointerRegister, register: number): void {
  requireField(walk, pointer, register, TIMER);
}

/** Number of the map that the work queue in the register lies in; refuses what is none. */
export function workQueueAt(walk: Walk, content: Register, register: number): number {
  if (!isPointer(content) || content.target !== 'map-value')
    walk.refuse('bad-argument', `arg#${register - 1} doesn't point to a map value`);
  if (content.isMaybeNull) walk.refuse('maybe-null', `Possibly NULL pointer passed to arg${register - 1}`);
  requireField(walk, content, register, WORK_QUEUE);
  return content.map;
}

/** Refuses any other map than the one that the work queue before it lies in. */
export function requireMapOfQueue(walk: Walk, content: Register, register: number, map: number): void {
  if (!isPointer(content) || content.target !== 'map')
    walk.refuse('bad-argument', `pointer in R${register} isn't map pointer`);
  if (content.map !== map)
    walk.refuse('bad-argument', `workqueue pointer in R1 doesn't match map pointer in R${register}`);
}

/** As calledByTimer(), of a work queue. */
export function calledByQueue(walk: Walk, entry: number, map: number): State {
  return calledByTimer(walk, entry, map, true);
}

/** The state in which the timer of map `map` calls the function at `entry`. */
export function calledByTimer(walk: Walk, entry: number, map: number, maySleep = false): State {
  const number = walk.subprograms.findIndex(({ start }) => start === entry);
  if (number < 0) throw new Error(`no function begins at ${entry}`);
  walk.asynchronous.add(number);
  const frame = new Frame(number, -1, 0);
  frame.asynchronousEntries = walk.frame.asynchronousEntries + 1;
  frame.registers[1] = pointerRegister('map', { map });
  frame.registers[2] = pointerRegister('map-key', { map });
  frame.registers[3] = pointerRegister('map-value', { map });
  const state = new State([frame]);
  state.maySleep = maySleep;
  return state;
}
