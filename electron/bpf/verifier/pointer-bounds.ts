/** Where a pointer may point after a number was added or taken away. */
import { movedBy, movedSomewhere } from './packet-pointers.ts';
import { isPointer, type PointerRegister } from './register.ts';
import { constantOf, draftOf, forget32, S64_MAX, S64_MIN, U64_MAX, type Scalar } from './scalar.ts';
import * as tnums from './tnum.ts';
import type { Walk } from './walk.ts';

const S32_MIN = -(2 ** 31);
const S32_MAX = 2 ** 31 - 1;

/** The pointer moved by `add` or `sub`; refuses every other operation. */
export function movePointer(
  walk: Walk,
  name: string,
  operator: string,
  pointer: PointerRegister,
  by: Scalar,
  dst: number,
  isSwapped: boolean,
): PointerRegister {
  if (!isPointer(pointer)) throw new Error('not a pointer');
  switch (name) {
    case 'add':
      return moveByKnown(pointer, by, 1) ?? movedSomewhere(walk, addVariable(pointer, by), false);
    case 'sub':
      if (isSwapped) walk.refuse('pointer-arithmetic', `R${dst} tried to subtract pointer from scalar`);
      if (pointer.target === 'stack')
        walk.refuse('pointer-arithmetic', `R${dst} subtraction from stack pointer prohibited`);
      return (
        moveByKnown(pointer, by, -1) ?? movedSomewhere(walk, subtractVariable(pointer, by), by.smin >= 0n)
      );
    case 'and':
    case 'or':
    case 'xor':
      return walk.refuse('pointer-arithmetic', `R${dst} bitwise operator ${operator} on pointer prohibited`);
    default:
      return walk.refuse(
        'pointer-arithmetic',
        `R${dst} pointer arithmetic with ${operator} operator prohibited`,
      );
  }
}

function moveByKnown(pointer: PointerRegister, by: Scalar, sign: 1 | -1): PointerRegister | undefined {
  if (constantOf(by) === undefined) return undefined;
  const offset = BigInt(pointer.offset) + BigInt(sign) * by.smin;
  if (offset < BigInt(S32_MIN) || offset > BigInt(S32_MAX)) return undefined;
  const variable = draftOf(pointer.variable);
  forget32(variable);
  return movedBy({ ...pointer, offset: Number(offset), variable }, BigInt(sign) * by.smin);
}

function addVariable(pointer: PointerRegister, by: Scalar): PointerRegister {
  const variable = draftOf(pointer.variable);
  forget32(variable);
  setSigned(variable, variable.smin + by.smin, variable.smax + by.smax);
  const umax = variable.umax + by.umax;
  variable.umin = umax > U64_MAX ? 0n : variable.umin + by.umin;
  variable.umax = umax > U64_MAX ? U64_MAX : umax;
  variable.bits = tnums.add(variable.bits, by.bits);
  return { ...pointer, variable };
}

function subtractVariable(pointer: PointerRegister, by: Scalar): PointerRegister {
  const variable = draftOf(pointer.variable);
  forget32(variable);
  setSigned(variable, variable.smin - by.smax, variable.smax - by.smin);
  const mayWrap = variable.umin < by.umax;
  const { umin, umax } = variable;
  variable.umin = mayWrap ? 0n : umin - by.umax;
  variable.umax = mayWrap ? U64_MAX : umax - by.umin;
  variable.bits = tnums.subtract(variable.bits, by.bits);
  return { ...pointer, variable };
}

function setSigned(variable: { smin: bigint; smax: bigint }, smin: bigint, smax: bigint): void {
  const fits = smin >= S64_MIN && smax <= S64_MAX && smin <= S64_MAX && smax >= S64_MIN;
  variable.smin = fits ? smin : S64_MIN;
  variable.smax = fits ? smax : S64_MAX;
}
