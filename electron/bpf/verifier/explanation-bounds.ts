/** Refusals of accesses that may leave their memory, in plain words. */
import { callee, fact, name, rangeOf, type Explanation, type Refused } from './explanation-words.ts';
import type { RejectedRegister } from './rejection.ts';

export function stackAccess(refused: Refused, subject: RejectedRegister | undefined): Explanation {
  if (refused.text.startsWith('misaligned')) {
    return {
      reason: "the stack is accessed at an offset that is not a multiple of the access's size.",
      suggestion:
        'align the variable or the field (`__attribute__((aligned(8)))`), or access it byte by byte.',
    };
  }
  if (/!root/.test(refused.text)) {
    return {
      reason: `without privilege a pointer to the stack moves by constants alone, and stays within the stack${rangeOf(subject)}.`,
      suggestion:
        'index arrays on the stack by constants (unroll the loop), keep the array in a map, or load with CAP_PERFMON.',
    };
  }
  const offset = fact(refused.text, 'off');
  const size = fact(refused.text, 'size');
  const where =
    offset === undefined ? '' : ` (${size ?? '?'} bytes at r10${Number(offset) < 0 ? '' : '+'}${offset})`;
  return {
    reason: `the access may leave the 512 bytes of this function's stack${where}${rangeOf(subject)}.`,
    suggestion:
      subject?.bounds === undefined
        ? 'keep to the variable: its bytes are from r10-512 to r10-1. Put large data into a per-CPU array map.'
        : "check the index against the array's length just before this line, or mask it: `i &= LENGTH - 1`.",
  };
}

export function bounds(refused: Refused, subject: RejectedRegister | undefined): Explanation {
  const { text } = refused;
  const isSize = refused.called !== undefined;
  const size = fact(text, 'value_size') ?? fact(text, 'mem_size');
  const what = text.includes('map value') || subject?.kind === 'map_value' ? 'the map value' : 'the memory';
  const whole = size === undefined ? what : `${what} of ${size} bytes`;
  if (text.includes('!root'))
    return {
      reason: `without privilege a pointer may not even be moved out of ${whole}, whether or not it is used there.`,
      suggestion:
        'check the index before the addition, and add in an order that never leaves the value; or load with CAP_PERFMON.',
    };
  if (text.includes('zero-sized'))
    return {
      reason: `the size in ${name(subject)} may be 0${rangeOf(subject)}, which ${callee(refused)} does not take.`,
      suggestion: 'make sure that the size is at least 1 before the call: `if (size == 0) return 0;`.',
    };
  if (text.includes('min value is negative'))
    return {
      reason: `${isSize ? 'the size' : 'the offset'} in ${name(subject)} may be negative${rangeOf(subject)}.`,
      suggestion: 'use an unsigned variable (`__u32`, `size_t`), or check `>= 0` as well as the upper bound.',
    };
  if (text.includes('unbounded'))
    return {
      reason: `nothing bounds ${isSize ? 'the size in' : 'the offset in'} ${name(subject)} from above${rangeOf(subject)}.`,
      suggestion: isSize
        ? 'compare with the size of the buffer before the call (`if (size > sizeof(buffer)) return 0;`) or mask (`size &= sizeof(buffer) - 1`), in the very variable that is passed.'
        : 'compare with the length just before this line (`if (i >= LENGTH) return 0;`) or mask (`i &= LENGTH - 1`), and use the very variable that was checked.',
    };
  const from = fact(text, 'off');
  const bytes = fact(text, 'size');
  const reach = from === undefined ? '' : `: ${bytes ?? '?'} bytes from offset ${from}`;
  return {
    reason: `the access reaches out of ${whole}${reach}${rangeOf(subject)}.`,
    suggestion:
      subject?.bounds === undefined
        ? `the offset is a constant: check the type the pointer is cast to against the ${what === 'the map value' ? "map's value type" : 'size that was asked for'}.`
        : 'check the index against the size just before this line; an unsigned index needs only the upper bound, and the size of the access counts.',
  };
}
