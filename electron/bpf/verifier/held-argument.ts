/** What a program holds and hands to a helper. After check_func_arg() of Linux 6.18. */
import { isPointer, type PointerRegister, type Register } from './register.ts';
import type { Walk } from './walk.ts';

/** The resource that is given back with the pointer. */
export function heldBy(walk: Walk, content: Register, register: number): number {
  const reference = isPointer(content) ? content.reference : 0;
  if (reference === 0)
    walk.refuse('not-a-reference', `R${register} must be referenced when passed to release function`);
  return reference;
}

/** At most one argument of a call is something the program holds. */
export function noteHeld(
  walk: Walk,
  { reference }: PointerRegister,
  register: number,
  facts: { reference: number },
): void {
  if (reference === 0) return;
  if (facts.reference !== 0)
    walk.refuse(
      'bad-argument',
      `more than one arg with ref_obj_id R${register} ${reference} ${facts.reference}`,
    );
  facts.reference = reference;
}
