/**
 * Whether a state adds nothing to one that was followed to its end: everything it may hold, the old one
 * could hold. After states_equal() of Linux 6.18.
 */
import type { Checkpoint } from './checkpoint.ts';
import { IdPairs } from './id-pairs.ts';
import { FRAME_POINTER, REGISTER_COUNT, SLOT_BYTES } from './limits.ts';
import type { LiveStack } from './live-stack.ts';
import type { Relevance } from './liveness.ts';
import { coversRange } from './packet-pointers.ts';
import { isPointer, scalarRegister, type PointerRegister, type Register } from './register.ts';
import { includesScalar, isEqualScalar, unknownScalar } from './scalar.ts';
import type { Speculation } from './speculation.ts';
import type { StackObject } from './stack-object.ts';
import { untouchedSlot, type Frame, type HeldLock, type Slot, type State } from './state.ts';

/**
 * How alike states must be. `marked`: what matters in the old one must be within it; nothing else counts.
 * `within`: everything must be within it, for what matters is not known in full yet. `same`: to the bit.
 */
export type Level = 'marked' | 'within' | 'same';

export interface Comparison {
  readonly relevance: Relevance;
  readonly liveStack: LiveStack;
  /** Where numbers that differ at all make a difference: explore_alu_limits. */
  readonly speculation: Speculation | undefined;
  /** Whether bytes that were never written may be read. */
  readonly isPrivileged: boolean;
  /** Whether every number matters, found to or not. */
  readonly isAllPrecise: boolean;
}

/** A comparison under way. */
interface Match {
  readonly old: Checkpoint;
  readonly level: Level;
  readonly ids: IdPairs;
  readonly comparison: Comparison;
}

export function covers(
  checkpoint: Checkpoint,
  current: State,
  level: Level,
  comparison: Comparison,
): boolean {
  const { state: old, pc } = checkpoint;
  const { relevance, liveStack } = comparison;
  if (old.isSpeculative && !current.isSpeculative) return false;
  if (old.frames.length !== current.frames.length || old.references.length !== current.references.length)
    return false;
  if (old.maySleep !== current.maySleep) return false;
  if (old.regions.rcu !== current.regions.rcu || old.regions.preemption !== current.regions.preemption)
    return false;
  const ids = new IdPairs();
  if (!areSameLocks(old.locks, current.locks, ids)) return false;
  for (const [index, reference] of old.references.entries()) {
    const other = current.references[index];
    if (!ids.matches(reference.id, other?.id ?? 0)) return false;
    if (reference.isInterruptFlags !== other?.isInterruptFlags) return false;
  }
  const match: Match = { old: checkpoint, level, ids, comparison };
  for (let index = 0; index < old.frames.length; index += 1) {
    const frame = old.frames[index];
    const other = current.frames[index];
    if (frame === undefined || other === undefined || !isSameCall(frame, other)) return false;
    if (frame.callbackRounds > other.callbackRounds) return false;
    const live = relevance.live(old.frames[index + 1]?.returnsTo ?? pc);
    if (!coversRegisters(frame, other, index, live, match)) return false;
    const isLive = (slot: number): boolean => level !== 'marked' || liveStack.isLive(old, pc, index, slot);
    if (!coversStack(frame, other, index, isLive, match)) return false;
  }
  return true;
}

function areSameLocks(old: readonly HeldLock[], current: readonly HeldLock[], ids: IdPairs): boolean {
  if (old.length !== current.length) return false;
  return old.every((a, index) => {
    const b = current[index];
    return b !== undefined && a.kind === b.kind && a.map === b.map && ids.matches(a.id, b.id);
  });
}

/** Frames of one function called at one place, both as callbacks or neither. */
export function isSameCall(a: Frame, b: Frame): boolean {
  return (
    a.callSite === b.callSite &&
    a.subprogram === b.subprogram &&
    (a.callback === undefined) === (b.callback === undefined) &&
    a.asynchronousEntries > 0 === b.asynchronousEntries > 0
  );
}

/** Whether the innermost frames hold the very same registers: else they need not be compared at all. */
export function mayBeSame(old: State, current: State): boolean {
  if (old.frames.length !== current.frames.length) return false;
  const { registers } = old.frame;
  return current.frame.registers.every((register, number) => {
    const other = registers[number];
    if (other === register) return true;
    if (other?.kind !== 'scalar' || register.kind !== 'scalar') return other?.kind === register.kind;
    return other.id === register.id && isEqualScalar(other.scalar, register.scalar);
  });
}

function coversRegisters(old: Frame, current: Frame, index: number, live: number, match: Match): boolean {
  for (let register = 0; register < REGISTER_COUNT; register += 1) {
    if (register !== FRAME_POINTER && (live & (1 << register)) === 0) continue;
    const a = old.registers[register];
    const b = current.registers[register];
    if (a === undefined || b === undefined) throw new Error('a frame has all registers');
    const isPrecise = match.comparison.isAllPrecise || match.old.isRegisterPrecise(index, register);
    if (!coversRegister(a, b, isPrecise, match)) return false;
  }
  return true;
}

function coversRegister(
  a: Register,
  b: Register,
  isPrecise: boolean,
  { level, ids, comparison }: Match,
): boolean {
  if (level === 'same') return isSameRegister(a, b, ids);
  if (a.kind === 'uninitialised') return level === 'marked' || b.kind === 'uninitialised';
  if (a.kind !== b.kind) return false;
  if (a.kind === 'scalar' && b.kind === 'scalar') {
    if (comparison.speculation?.isSearchingMasks === true)
      return isEqualScalar(a.scalar, b.scalar) && ids.matchesNumber(a.id, b.id);
    if (!isPrecise && level === 'marked') return true;
    if (!ids.matchesNumber(a.id, b.id)) return false;
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
  return (
    !isPointer(a) ||
    (isPointer(b) && a.range === b.range && isEqualScalar(a.variable, b.variable) && coversPointer(a, b, ids))
  );
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
    coversRange(a, b) &&
    includesScalar(a.variable, b.variable) &&
    ids.matches(a.id, b.id) &&
    ids.matches(a.reference, b.reference)
  );
}

function coversStack(
  old: Frame,
  current: Frame,
  index: number,
  isLive: (slot: number) => boolean,
  match: Match,
): boolean {
  for (let number = 0; number < old.stack.length; number += 1) {
    const a = old.stack[number] ?? untouchedSlot;
    const b = current.stack[number] ?? untouchedSlot;
    if (match.level === 'marked' && (a.kinds === '????????' || (isPlain(a.kinds) && !isLive(number))))
      continue;
    const isPrecise = match.comparison.isAllPrecise || match.old.isSlotPrecise(index, number);
    if (!coversSlot(a, b, isPrecise, match)) return false;
  }
  return true;
}

const plain = new Map<string, boolean>();

/** Whether the slot holds bytes or a register, nothing that stays whether or not it is read. */
function isPlain(kinds: string): boolean {
  let known = plain.get(kinds);
  if (known === undefined) plain.set(kinds, (known = /^[?sm0]*$/.test(kinds)));
  return known;
}

const unbound = scalarRegister(unknownScalar);

/** The scalar that reading the whole slot gives, where the slot is one number. */
function wholeScalar(slot: Slot, isPrivileged: boolean): Register | undefined {
  if (slot.kinds === 'ssssssss') return slot.spilled.kind === 'scalar' ? slot.spilled : undefined;
  return (isPrivileged ? /^[m?]{8}$/ : /^m{8}$/).test(slot.kinds) ? unbound : undefined;
}

/** The rounds of an iterator tell endless loops from others, and nothing else. */
function coversObject(a: StackObject, b: StackObject, { ids, level }: Match): boolean {
  if (a.kind !== b.kind || !ids.matches(a.reference, b.reference)) return false;
  if (a.kind === 'dynptr' && b.kind === 'dynptr')
    return a.type === b.type && a.isFirst === b.isFirst && ids.matches(a.id, b.id);
  if (a.kind === 'iterator' && b.kind === 'iterator') {
    const isSameRound = level !== 'same' || a.isDrained || a.depth === b.depth;
    const isAlike = a.type === b.type && a.isFirst === b.isFirst && a.isInSection === b.isInSection;
    return isAlike && a.isDrained === b.isDrained && isSameRound;
  }
  if (a.kind === 'irq-flag' && b.kind === 'irq-flag') return a.isOfLock === b.isOfLock;
  return true;
}

function coversSlot(a: Slot, b: Slot, isPrecise: boolean, match: Match): boolean {
  if (a.object !== undefined && b.object !== undefined) return coversObject(a.object, b.object, match);
  const { level } = match;
  const { isPrivileged } = match.comparison;
  if (level !== 'marked')
    return a.kinds === b.kinds && (a.kinds[0] !== 's' || coversRegister(a.spilled, b.spilled, true, match));
  const aWhole = wholeScalar(a, isPrivileged);
  const bWhole = aWhole === undefined ? undefined : wholeScalar(b, isPrivileged);
  if (aWhole !== undefined && bWhole !== undefined)
    return coversRegister(aWhole, bWhole, isPrecise && aWhole !== unbound, match);
  for (let byte = 0; byte < SLOT_BYTES; byte += 1) {
    const kind = a.kinds[byte];
    const other = b.kinds[byte];
    if (kind === '?' || (kind === 'm' && (isPrivileged || other === '0' || other === 'm'))) continue;
    if (kind !== other) return false;
  }
  return a.kinds[0] !== 's' || coversRegister(a.spilled, b.spilled, isPrecise, match);
}
