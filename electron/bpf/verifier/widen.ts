/**
 * Forgets numbers that a loop's round changes and nothing has been seen to depend on, so that the next
 * round looks like this one. widen_imprecise_scalars() of Linux 6.18.
 */
import type { Checkpoint } from './checkpoint.ts';
import { IdPairs } from './id-pairs.ts';
import { unknownRegister, type Register } from './register.ts';
import { isEqualScalar } from './scalar.ts';
import type { State } from './state.ts';

/** Changes `current` where it differs from `previous`, the state a round ago. */
export function widen(previous: Checkpoint, current: State): void {
  const ids = new IdPairs();
  current.frames.forEach((frame, index) => {
    const before = previous.state.frames[index];
    if (before === undefined) throw new Error('states of the same calls');
    frame.registers.forEach((register, number) => {
      if (!previous.isRegisterPrecise(index, number))
        frame.registers[number] = widened(before.registers[number], register, ids);
    });
    frame.stack.forEach((slot, number) => {
      const was = before.stack[number];
      if (was?.kinds[0] !== 's' || slot.kinds[0] !== 's' || previous.isSlotPrecise(index, number)) return;
      const spilled = widened(was.spilled, slot.spilled, ids);
      if (spilled !== slot.spilled) frame.stack[number] = { ...slot, spilled };
    });
  });
}

function widened(before: Register | undefined, now: Register, ids: IdPairs): Register {
  if (before?.kind !== 'scalar' || now.kind !== 'scalar') return now;
  const isSame = isEqualScalar(before.scalar, now.scalar) && before.delta === now.delta;
  return isSame && ids.matches(before.id, now.id) ? now : unknownRegister;
}
