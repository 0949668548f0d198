/**
 * bpf_timer: where it lies, and the function it calls, which runs by itself some time later and so is
 * followed on its own. After process_timer_func(), push_async_cb() and set_timer_callback_state() of
 * Linux 6.18.
 */
import { requireField } from './locks.ts';
import { pointerRegister, type PointerRegister } from './register.ts';
import { TIMER } from './special-fields.ts';
import { Frame, State } from './state.ts';
import type { Walk } from './walk.ts';

/** Refuses a pointer that is not to a timer. */
export function requireTimer(walk: Walk, pointer: PointerRegister, register: number): void {
  requireField(walk, pointer, register, TIMER);
}

/** The state in which the timer of map `map` calls the function at `entry`. */
export function calledByTimer(walk: Walk, entry: number, map: number): State {
  const number = walk.subprograms.findIndex(({ start }) => start === entry);
  if (number < 0) throw new Error(`no function begins at ${entry}`);
  walk.asynchronous.add(number);
  const frame = new Frame(number, -1, 0);
  frame.asynchronousEntries = walk.frame.asynchronousEntries + 1;
  frame.registers[1] = pointerRegister('map', { map });
  frame.registers[2] = pointerRegister('map-key', { map });
  frame.registers[3] = pointerRegister('map-value', { map });
  return new State([frame]);
}
