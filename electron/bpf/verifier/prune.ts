/**
 * Whether a state adds nothing to one that was followed to its end: everything it may hold, the old one
 * could hold. After states_equal() of Linux 6.18. `exact` asks for the very same state instead: a loop
 * that comes back to it never ends.
 */
import type { Relevance } from './liveness.ts';
import { isPointer, scalarRegister, type PointerRegister, type Register } from './register.ts';
import { includesScalar, isEqualScalar, unknownScalar } from './scalar.ts';
import { FRAME_POINTER, REGISTER_COUNT, SLOT_BYTES } from './limits.ts';
import type { Speculation } from './speculation.ts';
import type { StackObject } from './stack-object.ts';
import { untouchedSlot, type Frame, type Slot, type State } from './state.ts';

/** Pairs ids of the old state with those of the current one, each with one. */
class IdPairs {
  // Most comparisons end before they meet an id: nothing is allocated for those.
  #byOld: Map<number, number> | undefined;
  #byCurrent: Map<number, number> | undefined;

  matches(old: number, current: number): boolean {
    if (old === 0 && current === 0) return true;
    if (old === 0 || current === 0) return false;
    this.#byOld ??= new Map();
    this.#byCurrent ??= new Map();
    const known = this.#byOld.get(old);
    if (known !== undefined) return known === current;
    if (this.#byCurrent.has(current)) return false;
    this.#byOld.set(old, current);
    this.#byCurrent.set(current, old);
    return true;
  }
}

export interface Comparison {
  readonly relevance: Relevance;
  readonly isExact: boolean;
  /** Every number that is read counts, whether or not it was seen to decide something: RANGE_WITHIN. */
  readonly isAllPrecise: boolean;
  /** Where numbers that differ at all make a difference: explore_alu_limits. */
  readonly speculation: Speculation | undefined;
  /** Whether bytes that were never written may be read. */
  readonly isPrivileged: boolean;
}

export function covers(old: State, current: State, pc: number, comparison: Comparison): boolean {
  if (old.isSpeculative && !current.isSpeculative) return false;
  if (old.frames.length !== current.frames.length || old.references.length !== current.references.length)
    return false;
  if (old.regions.rcu !== current.regions.rcu || old.regions.preemption !== current.regions.preemption)
    return false;
  const ids = new IdPairs();
  for (const [index, reference] of old.references.entries()) {
    const other = current.references[index];
    if (!ids.matches(reference.id, other?.id ?? 0)) return false;
    if (reference.isInterruptFlags !== other?.isInterruptFlags) return false;
  }
  return old.frames.every((frame, index) => {
    const other = current.frames[index];
    if (other === undefined || !isSameCall(frame, other)) return false;
    if (frame.callbackRounds > other.callbackRounds) return false;
    const resumesAt = old.frames[index + 1]?.returnsTo ?? pc;
    return coversFrame(frame, other, resumesAt, ids, comparison);
  });
}

/** Frames of one function called at one place, both as callbacks or neither. */
export function isSameCall(a: Frame, b: Frame): boolean {
  return (
    a.callSite === b.callSite &&
    a.subprogram === b.subprogram &&
    (a.callback === undefined) === (b.callback === undefined)
  );
}

function coversFrame(old: Frame, current: Frame, pc: number, ids: IdPairs, comparison: Comparison): boolean {
  const live = comparison.relevance.live(pc);
  const precise = comparison.isAllPrecise ? 0 : comparison.relevance.precise(pc);
  for (let register = 0; register < REGISTER_COUNT; register += 1) {
    if (register !== FRAME_POINTER && (live & (1 << register)) === 0) continue;
    const a = old.registers[register];
    const b = current.registers[register];
    if (a === undefined || b === undefined) throw new Error('a frame has all registers');
    const isPrecise = comparison.isExact || comparison.isAllPrecise || (precise & (1 << register)) !== 0;
    if (!coversRegister(a, b, isPrecise, ids, comparison)) return false;
  }
  return coversStack(old, current, ids, comparison);
}

function coversRegister(
  a: Register,
  b: Register,
  isPrecise: boolean,
  ids: IdPairs,
  comparison: Comparison,
): boolean {
  if (comparison.isExact) return isSameRegister(a, b, ids);
  if (a.kind === 'uninitialised') return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'scalar' && b.kind === 'scalar') {
    if (comparison.speculation?.isSearchingMasks === true)
      return isEqualScalar(a.scalar, b.scalar) && (a.id === 0 || ids.matches(a.id, b.id));
    if (!isPrecise) return true;
    if (a.id !== 0 && !ids.matches(a.id, b.id)) return false;
    if (a.id !== 0 && (a.delta ?? 0) !== (b.delta ?? 0)) return false;
    return includesScalar(a.scalar, b.scalar);
  }
  return isPointer(a) && isPointer(b) && coversPointer(a, b, ids);
}

function isSameRegister(a: Register, b: Register, ids: IdPairs): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'scalar' && b.kind === 'scalar') {
    return isEqualScalar(a.scalar, b.scalar) && a.delta === b.delta && ids.matches(a.id, b.id);
  }
  return !isPointer(a) || (isPointer(b) && isEqualScalar(a.variable, b.variable) && coversPointer(a, b, ids));
}

function coversPointer(a: PointerRegister, b: PointerRegister, ids: IdPairs): boolean {
  return (
    a.target === b.target &&
    a.isMaybeNull === b.isMaybeNull &&
    a.map === b.map &&
    a.frame === b.frame &&
    a.sizeBytes === b.sizeBytes &&
    a.entry === b.entry &&
    a.btfTypeId === b.btfTypeId &&
    a.flags === b.flags &&
    a.offset === b.offset &&
    a.sliceOf === b.sliceOf &&
    ids.matches(a.dynptr, b.dynptr) &&
    includesScalar(a.variable, b.variable) &&
    ids.matches(a.id, b.id) &&
    ids.matches(a.reference, b.reference)
  );
}

function coversStack(old: Frame, current: Frame, ids: IdPairs, comparison: Comparison): boolean {
  const length = comparison.isExact ? Math.max(old.stack.length, current.stack.length) : old.stack.length;
  for (let index = 0; index < length; index += 1) {
    const a = old.stack[index] ?? untouchedSlot;
    const b = current.stack[index] ?? untouchedSlot;
    if (a === b && comparison.isExact) continue;
    if (!coversSlot(a, b, ids, comparison)) return false;
  }
  return true;
}

const unbound = scalarRegister(unknownScalar);

/** The scalar that reading the whole slot gives, where the slot is one number. */
function wholeScalar(slot: Slot): Register | undefined {
  if (slot.kinds === 'ssssssss') return slot.spilled.kind === 'scalar' ? slot.spilled : undefined;
  return /^[m?]{8}$/.test(slot.kinds) ? unbound : undefined;
}

/** The rounds of an iterator tell endless loops from others, and nothing else. */
function coversObject(a: StackObject, b: StackObject, ids: IdPairs, isExact: boolean): boolean {
  if (a.kind !== b.kind || !ids.matches(a.reference, b.reference)) return false;
  if (a.kind === 'dynptr' && b.kind === 'dynptr')
    return a.type === b.type && a.isFirst === b.isFirst && ids.matches(a.id, b.id);
  if (a.kind === 'iterator' && b.kind === 'iterator') {
    const isSameRound = a.isDrained || a.depth === b.depth;
    return (
      a.type === b.type && a.isFirst === b.isFirst && a.isDrained === b.isDrained && (!isExact || isSameRound)
    );
  }
  return true;
}

function coversSlot(a: Slot, b: Slot, ids: IdPairs, comparison: Comparison): boolean {
  if (a.object !== undefined && b.object !== undefined)
    return coversObject(a.object, b.object, ids, comparison.isExact);
  if (comparison.isExact) {
    return a.kinds === b.kinds && (a.kinds[0] !== 's' || isSameRegister(a.spilled, b.spilled, ids));
  }
  if (a.kinds === '????????') return true;
  const aWhole = comparison.isPrivileged ? wholeScalar(a) : undefined;
  const bWhole = comparison.isPrivileged ? wholeScalar(b) : undefined;
  if (aWhole !== undefined && bWhole !== undefined)
    return coversRegister(aWhole, bWhole, true, ids, comparison);
  for (let byte = 0; byte < SLOT_BYTES; byte += 1) {
    const kind = a.kinds[byte];
    const other = b.kinds[byte];
    if (kind === '?' || (kind === 'm' && (comparison.isPrivileged || other === '0' || other === 'm')))
      continue;
    if (kind === 'm' && other === 's' && b.spilled.kind === 'scalar') continue;
    if (kind !== other) return false;
  }
  return a.kinds[0] !== 's' || coversRegister(a.spilled, b.spilled, true, ids, comparison);
}
