/**
 * Additions to pointers in programs loaded without privilege: the kernel masks a number that is added,
 * so that the pointer stays within its target even where a processor guesses wrongly. Where it cannot,
 * it refuses. As sanitize_ptr_alu(), sanitize_val_alu() and sanitize_check_bounds() of Linux 6.18.
 */
import type { OpcodeInfo } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { STACK_BYTES_MAX } from './limits.ts';
import { checkRegion } from './map-value.ts';
import type { PointerRegister } from './register.ts';
import { constantOf, type Scalar } from './scalar.ts';
import { renderTnum } from './tnum.ts';
import { Refusal, type Walk } from './walk.ts';

const CODE = 'pointer-guard';
const PROHIBITED = 'pointer arithmetic with it prohibited for !root';

/** One addition or subtraction of a register, between its two checks. */
export interface Guard {
  readonly isToLeft: boolean;
  readonly kind: string;
  readonly limit: number;
}

/** Whether the kernel would mask the instruction's operand. */
function isGuarded(walk: Walk, info: OpcodeInfo): boolean {
  const { speculation } = walk;
  if (speculation === undefined || !info.usesSource || speculation.isBarred(walk.pc)) return false;
  return info.name === 'add' || info.name === 'sub';
}

/** Numbers need no mask: but not where the same instruction moves a pointer on another path. */
export function guardNumbers(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  if (!isGuarded(walk, info)) return;
  if (walk.speculation?.mask(walk.pc, { kind: 'number', limit: 0 }) === false)
    refusePaths(walk, instruction.dst, info);
}

/** Before a pointer is moved by a register: what the mask would be, undefined where there is none. */
export function guardMove(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  pointer: PointerRegister,
  by: Scalar,
): Guard | undefined {
  const { speculation } = walk;
  if (speculation === undefined || !isGuarded(walk, info)) return undefined;
  const isConstant = constantOf(by) !== undefined;
  const guard = walk.state.isSpeculative ? undefined : planned(walk, instruction, info, pointer, by);
  if (!isConstant) {
    // The masked number may be 0: then the pointer stays where it is.
    const unmoved = walk.state.copy();
    unmoved.frame.registers[instruction.dst] = pointer;
    speculation.put(unmoved);
  }
  return guard;
}

function planned(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  pointer: PointerRegister,
  by: Scalar,
): Guard {
  const { dst, src } = instruction;
  const isConstant = constantOf(by) !== undefined;
  const isNegative = by.smin < 0n;
  const isSwapped = walk.peek(dst).kind === 'scalar';
  if (!isConstant && isNegative !== by.smax < 0n) {
    const register = isSwapped ? dst : src;
    walk.refuse(CODE, `R${register} has unknown scalar with mixed signed bounds, ${PROHIBITED}`);
  }
  const isToLeft = (info.name === 'add') === isNegative;
  const limit = limitOf(walk, instruction, info, pointer, isToLeft, isSwapped);
  const kind = `${isNegative ? 'negative' : ''} ${isConstant ? 'constant' : ''} ${isSwapped ? 'dst' : 'src'}`;
  const { speculation } = walk;
  if (!isConstant && speculation !== undefined) speculation.isSearchingMasks = true;
  return { isToLeft, kind, limit };
}

/** Bytes that the pointer may move in the direction: retrieve_ptr_limit(). */
function limitOf(
  walk: Walk,
  { dst, src }: Instruction,
  info: OpcodeInfo,
  pointer: PointerRegister,
  isToLeft: boolean,
  isSwapped: boolean,
): number {
  let limit: number;
  let max: number;
  if (pointer.target === 'stack') {
    max = STACK_BYTES_MAX + (isToLeft ? 1 : 0);
    limit = Number(BigInt.asUintN(32, -(pointer.variable.bits.value + BigInt(pointer.offset))));
  } else if (pointer.target === 'map-value') {
    max = walk.map(pointer.map).valueSizeBytes;
    const end = isToLeft ? pointer.variable.smin : pointer.variable.umax;
    limit = Number(BigInt.asUintN(32, end + BigInt(pointer.offset)));
  } else {
    const register = isSwapped ? src : dst;
    walk.refuse(CODE, `R${register} has pointer with unsupported alu operation, ${PROHIBITED}`);
  }
  if (limit >= max) walk.refuse(CODE, `R${dst} tried to ${info.name} beyond pointer bounds, ${PROHIBITED}`);
  return limit;
}

/** After the pointer was moved: it stays within its target, and is masked alike on every path. */
export function checkMoved(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  moved: PointerRegister,
  guard: Guard | undefined,
): void {
  if (walk.speculation === undefined) return;
  checkWithin(walk, instruction.dst, moved);
  if (guard === undefined) return;
  const limit = limitOf(walk, instruction, info, moved, guard.isToLeft, false);
  const mask = { kind: guard.kind, limit: Math.abs((guard.limit - limit) | 0) };
  if (!walk.speculation.mask(walk.pc, mask)) refusePaths(walk, instruction.dst, info);
}

function refusePaths(walk: Walk, dst: number, info: OpcodeInfo): never {
  return walk.refuse(
    CODE,
    `R${dst} tried to ${info.name} from different maps, paths or scalars, ${PROHIBITED}`,
  );
}

function checkWithin(walk: Walk, register: number, moved: PointerRegister): void {
  if (moved.target === 'stack') checkOnStack(walk, register, moved);
  if (moved.target !== 'map-value') return;
  try {
    checkRegion(walk, moved, register, 0, 1);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    walk.refuse(
      error.code,
      `${error.message}\nR${register} pointer arithmetic of map value goes out of range, prohibited for !root`,
    );
  }
}

function checkOnStack(walk: Walk, register: number, { offset, variable }: PointerRegister): void {
  const known = constantOf(variable);
  if (known === undefined) {
    walk.refuse(
      'stack-bounds',
      `R${register} variable stack access prohibited for !root, var_off=${renderTnum(variable.bits)} off=${offset}`,
    );
  }
  const at = offset + Number(BigInt.asIntN(64, known));
  if (at >= 0 || at < -STACK_BYTES_MAX) {
    walk.refuse(
      'stack-bounds',
      `R${register} stack pointer arithmetic goes out of range, prohibited for !root; off=${at}`,
    );
  }
}
