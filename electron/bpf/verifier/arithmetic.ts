/**
 * ALU instructions, on scalars and on pointers. After check_alu_op() and adjust_ptr_min_max_vals() of
 * Linux 6.18.
 */
import type { OpcodeInfo } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { checkMoved, guardMove, guardNumbers } from './alu-guards.ts';
import {
  computeScalar,
  signExtend32,
  signExtend64,
  swapScalar,
  truncateTo32,
  truncateToBytes,
  type AluName,
} from './alu.ts';
import { withIdentity } from './identity.ts';
import type { Relevance } from './liveness.ts';
import { POINTER_OFFSET_MAX } from './limits.ts';
import {
  constantRegister,
  isPointer,
  isProbedMemory,
  kindName,
  scalarRegister,
  unknownRegister,
  type PointerRegister,
  type Register,
  type ScalarRegister,
} from './register.ts';
import { constantOf, draftOf, S64_MIN, widthBits, type Scalar } from './scalar.ts';
import { settle } from './settle.ts';
import * as alu from './pointer-bounds.ts';
import { isConstant } from './tnum.ts';
import type { Walk } from './walk.ts';

type Initialised = Exclude<Register, { kind: 'uninitialised' }>;

/** Executes one ALU or byte swap instruction. */
export function stepArithmetic(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  relevance: Relevance,
): void {
  if (info.kind === 'byteswap' || info.name === 'neg') stepUnary(walk, instruction, info);
  else if (info.name === 'mov') stepMove(walk, instruction, info);
  else stepBinary(walk, instruction, info, relevance);
}

function stepUnary(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  const { dst, imm } = instruction;
  const operand = walk.read(dst);
  if (walk.leaks(operand)) walk.refuse('pointer-leak', `R${dst} pointer arithmetic prohibited`);
  // Where addresses may leak, a mangled pointer is some number.
  if (isPointer(operand)) walk.write(dst, unknownRegister);
  else if (info.kind === 'byteswap') walk.write(dst, inByteOrder(operand, imm / 8, info.name !== 'le'));
  else walk.write(dst, scalarRegister(computeScalar('neg', operand.scalar, operand.scalar, info.width)));
}

/** To little-endian order, which it is in, nothing moves: the lower bytes stay, and all eight are the register. */
function inByteOrder(operand: ScalarRegister, sizeBytes: number, isSwapped: boolean): ScalarRegister {
  if (isSwapped) return scalarRegister(swapScalar(operand.scalar, sizeBytes));
  return sizeBytes === 8 ? operand : scalarRegister(truncateToBytes(operand.scalar, sizeBytes));
}

function stepMove(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  const { dst, src, imm, offset } = instruction;
  if (!info.usesSource) {
    walk.write(dst, constantRegister(info.width === 64 ? BigInt(imm) : BigInt(imm >>> 0)));
    return;
  }
  const source = walk.read(src);
  if (isPointer(source)) walk.write(dst, movePointer(walk, source, src, info.width, offset));
  else walk.write(dst, moveScalar(walk, source, src, info.width, offset));
}

function movePointer(
  walk: Walk,
  source: PointerRegister,
  src: number,
  width: 32 | 64,
  extendBits: number,
): Register {
  if (width === 64 && extendBits === 0) return source;
  if (!walk.isPrivileged) {
    walk.refuse(
      'pointer-leak',
      `R${src} ${width === 64 ? 'sign-extension part of' : 'partial copy of'} pointer`,
    );
  }
  return unknownRegister;
}

function moveScalar(
  walk: Walk,
  source: ScalarRegister,
  src: number,
  width: 32 | 64,
  extendBits: number,
): Register {
  const keepsValue =
    extendBits === 0
      ? width === 64 || widthBits(source.scalar) <= 32
      : source.scalar.umax < 1n << BigInt(extendBits - 1);
  let from = source;
  if (keepsValue) {
    from = withIdentity(walk, source);
    if (from !== source) walk.write(src, from);
  }
  const scalar = moved(from.scalar, width, extendBits);
  return scalarRegister(scalar, keepsValue ? from.id : 0, keepsValue ? from.delta : undefined);
}

function moved(scalar: Scalar, width: 32 | 64, extendBits: number): Scalar {
  const bytes = extendBits / 8;
  if (width === 64) return bytes === 1 || bytes === 2 || bytes === 4 ? signExtend64(scalar, bytes) : scalar;
  return bytes === 1 || bytes === 2 ? signExtend32(scalar, bytes) : truncateTo32(scalar);
}

function stepBinary(walk: Walk, instruction: Instruction, info: OpcodeInfo, relevance: Relevance): void {
  const { dst, src, imm, offset } = instruction;
  const right: Initialised = info.usesSource ? walk.read(src) : constantRegister(BigInt(imm));
  const left = walk.read(dst);
  checkImmediate(walk, info, imm);
  if (isPointer(left) || isPointer(right)) {
    walk.write(dst, pointerResult(walk, instruction, info, left, right, relevance));
    return;
  }
  const name = info.name as AluName;
  if (offset !== 0 && name !== 'div' && name !== 'mod')
    throw new Error('a variant of arithmetic passed the check');
  guardNumbers(walk, instruction, info);
  const scalar = computeScalar(name, left.scalar, right.scalar, info.width);
  const isTied = walk.isBpfCapable && name === 'add' && info.width === 64;
  walk.write(dst, isTied ? withDelta(left, right, scalar) : scalarRegister(scalar));
}

function checkImmediate(walk: Walk, info: OpcodeInfo, imm: number): void {
  if (info.usesSource) return;
  if ((info.name === 'div' || info.name === 'mod') && imm === 0)
    walk.refuse('division-by-zero', 'div by zero');
  const isShift = info.name === 'lsh' || info.name === 'rsh' || info.name === 'arsh';
  if (isShift && (imm < 0 || imm >= info.width)) walk.refuse('bad-shift', `invalid shift ${imm}`);
}

/** One 64-bit addition of a small constant keeps the tie to registers with the same id; anything else cuts it. */
function withDelta(left: ScalarRegister, right: ScalarRegister, scalar: Scalar): Register {
  const added = constantOf(right.scalar);
  if (left.id === 0 || added === undefined) return scalarRegister(scalar);
  if (left.delta !== undefined || (added & 0xffff_ffffn) > 0x7fff_ffffn) return scalarRegister(scalar);
  return scalarRegister(scalar, left.id, Number(BigInt.asIntN(32, added)));
}

function pointerResult(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  left: Initialised,
  right: Initialised,
  relevance: Relevance,
): Register {
  const { dst, src } = instruction;
  if (isPointer(left) && isPointer(right)) {
    if (info.name === 'sub' && walk.isPrivileged) return unknownRegister;
    walk.refuse('pointer-arithmetic', `R${dst} pointer ${info.symbol} pointer prohibited`);
  }
  if (isPointer(left)) {
    if (info.usesSource) relevance.noteDecided(walk.pc, src);
    if (right.kind !== 'scalar') throw new Error('one of the operands is a number');
    return movedPointer(walk, instruction, info, left, right, false);
  }
  relevance.noteDecided(walk.pc, dst);
  if (!isPointer(right)) throw new Error('one of the operands is a pointer');
  return movedPointer(walk, instruction, info, right, left, true);
}

/** `pointer OP number`; `isSwapped` where the number is the left operand. */
function movedPointer(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  pointer: PointerRegister,
  number: ScalarRegister,
  isSwapped: boolean,
): Register {
  const { dst } = instruction;
  const { scalar } = number;
  if (isNonsense(scalar)) return unknownRegister;
  const kind = kindName(pointer);
  if (info.width === 32) {
    if (info.name === 'sub' && walk.isPrivileged) return unknownRegister;
    walk.refuse('pointer-arithmetic', `R${dst} 32-bit pointer arithmetic prohibited`);
  }
  if (pointer.isMaybeNull) {
    walk.refuse('maybe-null', `R${dst} pointer arithmetic on ${kind} prohibited, null-check it first`);
  }
  if (isProbedMemory(pointer)) {
    // Its reads are probed wherever they are, so how far it was moved is not followed.
    if (!isSwapped) return pointer;
    walk.refuse('not-supported', `adding ${kind} to a number is not verified yet: add the number to it`);
  }
  if (!isMovable(pointer, info, scalar)) {
    walk.refuse('pointer-arithmetic', `R${dst} pointer arithmetic on ${kind} prohibited`);
  }
  checkSane(walk, scalar, 0, kind);
  checkSane(walk, pointer.variable, pointer.offset, kind);
  const guard = guardMove(walk, instruction, info, pointer, scalar);
  const result = alu.movePointer(walk, info.name, info.symbol, pointer, scalar, dst, isSwapped);
  checkSane(walk, result.variable, result.offset, kind);
  const moved = { ...result, variable: settle(draftOf(result.variable)) };
  checkMoved(walk, instruction, info, moved, guard);
  return moved;
}

function isMovable({ target }: PointerRegister, info: OpcodeInfo, scalar: Scalar): boolean {
  switch (target) {
    case 'function':
    case 'dynptr':
    case 'packet-end':
    case 'sock':
    case 'sock-common':
    case 'tcp-sock':
    case 'xdp-sock':
      return false;
    case 'map':
      return info.name === 'add' && constantOf(scalar) === 0n;
    case 'flow-keys':
      return constantOf(scalar) !== undefined;
    default:
      return true;
  }
}

/** Bounds that contradict each other: the path cannot happen, and Linux forgets the pointer. */
function isNonsense(scalar: Scalar): boolean {
  const isKnown = isConstant(scalar.bits);
  return (
    (isKnown && (scalar.smin !== scalar.smax || scalar.umin !== scalar.umax)) ||
    scalar.smin > scalar.smax ||
    scalar.umin > scalar.umax
  );
}

/** check_reg_sane_offset(). */
function checkSane(walk: Walk, scalar: Scalar, offset: number, kind: string): void {
  const max = BigInt(POINTER_OFFSET_MAX);
  const known = constantOf(scalar);
  if (known !== undefined) {
    const value = BigInt.asIntN(64, known);
    if (value >= max || value <= -max)
      walk.refuse('pointer-arithmetic', `math between ${kind} pointer and ${value} is not allowed`);
  }
  if (offset >= POINTER_OFFSET_MAX || offset <= -POINTER_OFFSET_MAX) {
    walk.refuse('pointer-arithmetic', `${kind} pointer offset ${offset} is not allowed`);
  }
  if (scalar.smin === S64_MIN) {
    walk.refuse(
      'unbounded-pointer',
      `math between ${kind} pointer and register with unbounded min value is not allowed`,
    );
  }
  if (scalar.smin >= max || scalar.smin <= -max) {
    walk.refuse('pointer-arithmetic', `value ${scalar.smin} makes ${kind} pointer be out of bounds`);
  }
}
