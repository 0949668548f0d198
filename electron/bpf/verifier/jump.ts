/**
 * Conditional jumps: which ways are possible, and what each tells. After check_cond_jmp_op() of Linux 6.18.
 */
import type { OpcodeInfo } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { isTrusted } from './btf-pointer.ts';
import { isBranchTaken, refine, type Condition } from './branch.ts';
import { holdsLock } from './graph-record.ts';
import { syncLinked } from './identity.ts';
import type { Relevance } from './liveness.ts';
import { areOfPacket, decidePackets, isPacketData, learnPackets } from './packet-pointers.ts';
import { NON_OWNING, UNTRUSTED } from './pointer-flags.ts';
import { forget } from './references.ts';
import {
  constantRegister,
  isPointer,
  isProbedMemory,
  knownNumber,
  zeroRegister,
  type PointerRegister,
  type Register,
  type ScalarRegister,
} from './register.ts';
import { socketInMap, type SocketTarget } from './socket.ts';
import type { State } from './state.ts';
import type { Walk } from './walk.ts';

export interface Ways {
  /** State at the jump's target; undefined where it is never taken. */
  readonly taken: State | undefined;
  /** State at the next instruction; undefined where it is always taken. */
  readonly notTaken: State | undefined;
}

type Initialised = Exclude<Register, { kind: 'uninitialised' }>;

interface Operands {
  readonly left: Initialised;
  readonly right: Initialised;
  /** Registers and slots that learn with them. */
  readonly linked: readonly number[];
}

export function stepBranch(
  walk: Walk,
  instruction: Instruction,
  info: OpcodeInfo,
  relevance: Relevance,
): Ways {
  const { dst, src, imm } = instruction;
  const right: Initialised = info.usesSource ? walk.read(src) : constantRegister(BigInt(imm));
  const left = walk.read(dst);
  const condition = info.name as Condition;
  const arePackets = info.usesSource && areOfPacket(left, right);
  if (info.usesSource && walk.leaks(right) && !arePackets)
    walk.refuse('pointer-leak', `R${src} pointer comparison prohibited`);
  const stackPointers = [left, right].map((each) => isPointer(each) && each.target === 'stack');
  walk.precision.noteStackPointers(
    (stackPointers[0] === true ? 1 << dst : 0) |
      (info.usesSource && stackPointers[1] === true ? 1 << src : 0),
  );
  const decided = decide(condition, left, right, info.width);
  if (decided !== undefined) {
    if (!isPointer(left)) relevance.noteDecided(walk.pc, dst);
    if (info.usesSource && !isPointer(right)) relevance.noteDecided(walk.pc, src);
    return decided ? { taken: walk.state, notTaken: undefined } : { taken: undefined, notTaken: walk.state };
  }
  const isNullCheck =
    !info.usesSource &&
    imm === 0 &&
    info.width === 64 &&
    isEquality(condition) &&
    isPointer(left) &&
    left.isMaybeNull;
  const operands = info.usesSource ? [right, left] : [left];
  const linked = walk.precision.noteLinked(walk.state, operands, (slot) => relevance.live(slot));
  const notTaken = walk.state;
  const taken = notTaken.copy();
  if (isPointer(left) && isPointer(right) && info.width === 64) {
    const registers = { left: dst, right: src };
    if (learnPackets(condition, { left, right }, registers, { taken, notTaken })) return { taken, notTaken };
  }
  if (isPointer(left) && !isNullCheck && walk.leaks(left)) {
    walk.refuse('pointer-leak', `R${dst} pointer comparison prohibited`);
  }
  const tied = {
    left: walk.read(dst),
    right: info.usesSource ? walk.read(src) : right,
    linked,
  };
  learn(walk, taken, true, instruction, info, tied);
  learn(walk, notTaken, false, instruction, info, tied);
  return { taken, notTaken };
}

function isEquality(condition: Condition): boolean {
  return condition === 'jeq' || condition === 'jne';
}

function decide(
  condition: Condition,
  left: Initialised,
  right: Initialised,
  width: 32 | 64,
): boolean | undefined {
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return isBranchTaken(condition, left.scalar, right.scalar, width);
  if (isPointer(left) && isPointer(right) && width === 64 && areOfPacket(left, right))
    return decidePackets(condition, left, right);
  const [pointer, other] = isPointer(left) ? [left, right] : [right, left];
  if (!isPointer(pointer) || isPointer(other) || !isNeverNull(pointer) || !isEquality(condition))
    return undefined;
  const known = width === 64 ? knownNumber(other) : lowerKnown(other);
  return known === 0n ? condition === 'jne' : undefined;
}

function lowerKnown(register: Initialised): bigint | undefined {
  if (register.kind !== 'scalar') return undefined;
  const { value, mask } = register.scalar.bits;
  return (mask & 0xffff_ffffn) === 0n ? value & 0xffff_ffffn : undefined;
}

/** reg_not_null(): kinds that are never compared equal to zero. */
function isNeverNull(pointer: PointerRegister): boolean {
  if (pointer.target === 'btf') return !pointer.isMaybeNull && isTrusted(pointer);
  if (pointer.target === 'object')
    return !pointer.isMaybeNull && (pointer.reference !== 0 || pointer.flags === NON_OWNING);
  return (
    !pointer.isMaybeNull &&
    pointer.target !== 'buffer' &&
    pointer.target !== 'tracepoint-buffer' &&
    pointer.target !== 'flow-keys' &&
    pointer.target !== 'xdp-sock' &&
    pointer.target !== 'packet-end' &&
    !isPacketData(pointer) &&
    (pointer.flags & UNTRUSTED) === 0 &&
    pointer.target !== 'stack' &&
    pointer.target !== 'ctx' &&
    pointer.target !== 'function'
  );
}

/** Changes `state` by what holds on its way. */
function learn(
  walk: Walk,
  state: State,
  isTaken: boolean,
  instruction: Instruction,
  info: OpcodeInfo,
  operands: Operands,
): void {
  const { left, right } = operands;
  const condition = info.name as Condition;
  const within = walk.state;
  walk.state = state;
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    learnScalars(walk, condition, isTaken, instruction, info, left, right, operands.linked);
  } else if (isEquality(condition) && info.width === 64) {
    const isEqual = (condition === 'jeq') === isTaken;
    if (!info.usesSource && instruction.imm === 0 && isPointer(left) && left.isMaybeNull)
      setNull(walk, left, isEqual);
    const arePointers = isPointer(left) && isPointer(right) && !mayHideNull(left) && !mayHideNull(right);
    if (arePointers && isEqual && left.isMaybeNull !== right.isMaybeNull) {
      setNull(walk, left.isMaybeNull ? left : right, false);
    }
  }
  walk.state = within;
}

/** What is followed by probed loads may be null without saying so: being equal to it tells nothing. */
function mayHideNull(pointer: PointerRegister): boolean {
  return pointer.target === 'btf' || pointer.target === 'object' || isProbedMemory(pointer);
}

function learnScalars(
  walk: Walk,
  condition: Condition,
  isTaken: boolean,
  instruction: Instruction,
  info: OpcodeInfo,
  left: ScalarRegister,
  right: ScalarRegister,
  linked: readonly number[],
): void {
  const isSame = info.usesSource && instruction.dst === instruction.src;
  const refined = refine(condition, isTaken, left.scalar, right.scalar, info.width, isSame);
  const newLeft: ScalarRegister = { ...left, scalar: refined.a };
  const newRight: ScalarRegister = { ...right, scalar: refined.b };
  walk.frame.registers[instruction.dst] = newLeft;
  if (info.usesSource) {
    walk.frame.registers[instruction.src] = newRight;
    syncLinked(walk.state, newRight, linked);
  }
  const current = walk.frame.registers[instruction.dst];
  if (current?.kind === 'scalar') syncLinked(walk.state, current, linked);
}

/** What is found in a map of sockets is one: mark_ptr_not_null_reg(). */
function socketFound(walk: Walk, { target, map }: PointerRegister): SocketTarget | undefined {
  return target === 'map-value' ? socketInMap(walk.map(map).type) : undefined;
}

/** All pointers of one call turn out null, or not, together. */
function setNull(walk: Walk, checked: PointerRegister, isNull: boolean): void {
  if (isNull && checked.reference !== 0 && checked.reference === checked.id) forget(walk, checked.reference);
  walk.state.replaceRegisters((register) => {
    if (register.kind !== 'pointer' || !register.isMaybeNull || register.id !== checked.id) return register;
    if (isNull) return zeroRegister;
    const target = socketFound(walk, register) ?? register.target;
    return { ...register, target, isMaybeNull: false, id: holdsLock(walk, register) ? register.id : 0 };
  });
}
