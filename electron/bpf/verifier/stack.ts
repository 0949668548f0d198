/**
 * The stack of a frame: what a store leaves in its slots and what a load finds, spilled registers
 * included. After check_stack_read() and check_stack_write() of Linux 6.18.
 */
import { withIdentity } from './identity.ts';
import { SLOT_BYTES, STACK_BYTES_MAX } from './limits.ts';
import {
  isPointer,
  knownNumber,
  scalarRegister,
  uninitialised,
  unknownRegister,
  zeroRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { widthBits } from './scalar.ts';
import { isOvertakable } from './speculation.ts';
import { overwriteDynptr, type Place } from './stack-object.ts';
import { untouchedSlot, type Frame, type Slot } from './state.ts';
import { renderTnum } from './tnum.ts';
import type { Walk } from './walk.ts';

export interface StackRange {
  readonly frame: Frame;
  /** Lowest and highest offset from r10 that the access may begin at: equal for a fixed one. */
  readonly min: number;
  readonly max: number;
}

const words = { read: 'read from', write: 'write to' } as const;

/** Where the pointer may point, after checking that `sizeBytes` from there lie on the stack. */
export function stackRange(
  walk: Walk,
  pointer: PointerRegister,
  offset: number,
  sizeBytes: number,
  register: number,
  use: 'read' | 'write' = 'write',
): StackRange {
  const frame = walk.state.frames[pointer.frame];
  if (frame === undefined) throw new Error('a pointer to the stack of a frame that ended');
  const fixed = pointer.offset + offset;
  const { smin, smax } = pointer.variable;
  const limit = BigInt(1 << 29);
  if (smax >= limit || smin <= -limit) {
    walk.refuse('stack-bounds', `invalid unbounded variable-offset ${words[use]} stack R${register}`);
  }
  const min = fixed + Number(smin);
  const max = fixed + Number(smax);
  const isUntouched = use === 'read' && !walk.isPrivileged && min < -SLOT_BYTES * frame.stack.length;
  // Not even nothing is read where the stack ends.
  const isOutside = min < -STACK_BYTES_MAX || min >= 0 || max + sizeBytes > 0;
  if (isOutside || isUntouched) {
    const [kind, bits] =
      min === max ? ['', ''] : ['variable-offset ', `var_off=${renderTnum(pointer.variable.bits)} `];
    const where = `${bits}off=${min === max ? min : fixed} size=${sizeBytes}`;
    const code = min >= -STACK_BYTES_MAX && isUntouched ? 'uninitialised-stack' : 'stack-bounds';
    walk.refuse(code, `invalid ${kind}${words[use]} stack R${register} ${where}`);
  }
  walk.touchStack(frame, -min);
  return { frame, min, max };
}

function slotIndex(offset: number): number {
  return Math.floor((-offset - 1) / SLOT_BYTES);
}

/** Place of the byte in its slot, the lowest address 0. */
function byteIndex(offset: number): number {
  return ((offset % SLOT_BYTES) + SLOT_BYTES) % SLOT_BYTES;
}

function kindAt(frame: Frame, offset: number): string {
  return frame.slot(slotIndex(offset)).kinds[byteIndex(offset)] ?? '?';
}

function withKind(slot: Slot, byte: number, kind: string): Slot {
  return { ...slot, kinds: slot.kinds.slice(0, byte) + kind + slot.kinds.slice(byte + 1) };
}

/** The rest of what was partly overwritten, a spilled register or what the kernel kept there, is some number. */
function scrub(slot: Slot): Slot {
  if (slot.object !== undefined) return { kinds: 'mmmmmmmm', spilled: uninitialised };
  return slot.kinds[0] === 's' ? { kinds: slot.kinds.replaceAll('s', 'm'), spilled: uninitialised } : slot;
}

/** Stores `content`, which register `source` holds where it has one; `isOpaque` leaves plain bytes in any case. */
export function storeToStack(
  walk: Walk,
  range: StackRange,
  sizeBytes: number,
  content: Register,
  source: number | undefined,
  isOpaque = false,
): void {
  if (range.min !== range.max) {
    storeSomewhere(walk, range, sizeBytes, content, source);
    return;
  }
  const { frame, min: offset } = range;
  const index = slotIndex(offset);
  let slot = frame.slot(index);
  const isAligned = byteIndex(offset) === 0;
  if (sizeBytes !== SLOT_BYTES) checkNotCorrupted(walk, slot);
  if (walk.speculation !== undefined && isOvertakable(content, slot, byteIndex(offset), sizeBytes))
    walk.speculation.noteStore(walk.pc);
  if (slot.object !== undefined) {
    overwriteDynptr(walk, frame, index);
    slot = frame.slot(index);
  }
  if (isPointer(content)) {
    spillPointer(walk, frame, index, sizeBytes, content, isAligned);
    walk.noteStackAccess(frame, index);
  } else if (isAligned && content.kind === 'scalar' && !isOpaque && walk.isBpfCapable) {
    spillScalar(walk, frame, index, sizeBytes, content, source);
    walk.noteStackAccess(frame, index);
  } else {
    const kind = knownNumber(content) === 0n ? '0' : 'm';
    // Bytes known to be zero do not remember the register they came from.
    if (kind === '0' && source !== undefined) walk.precision.require(walk.state, source);
    let written = scrub(slot);
    for (let byte = 0; byte < sizeBytes; byte += 1)
      written = withKind(written, byteIndex(offset) + byte, kind);
    frame.setSlot(index, written);
  }
}

/** Without privilege a spilled pointer is overwritten as a whole, or not at all. */
function checkNotCorrupted(walk: Walk, slot: Slot): void {
  if (!walk.isPrivileged && slot.kinds[0] === 's' && isPointer(slot.spilled))
    walk.refuse('pointer-leak', 'attempt to corrupt spilled pointer on stack');
}

function spillPointer(
  walk: Walk,
  frame: Frame,
  index: number,
  sizeBytes: number,
  content: PointerRegister,
  isAligned: boolean,
): void {
  if (sizeBytes !== SLOT_BYTES || !isAligned) walk.refuse('bad-spill', 'invalid size of register spill');
  if (frame !== walk.frame && content.target === 'stack') {
    walk.refuse('pointer-leak', 'cannot spill pointers to stack into stack frame of the caller');
  }
  frame.setSlot(index, { kinds: 'ssssssss', spilled: content });
}

function spillScalar(
  walk: Walk,
  frame: Frame,
  index: number,
  sizeBytes: number,
  content: Extract<Register, { kind: 'scalar' }>,
  source: number | undefined,
): void {
  const fits = widthBits(content.scalar) <= 8 * sizeBytes;
  let spilled = content;
  if (fits && source !== undefined) {
    spilled = withIdentity(walk, content);
    if (spilled !== content) walk.write(source, spilled);
  }
  if (!fits) spilled = scalarRegister(content.scalar, 0, undefined);
  const rest = scrub(frame.slot(index)).kinds.slice(sizeBytes);
  frame.setSlot(index, { kinds: 's'.repeat(sizeBytes) + rest, spilled });
}

/** A store at one of several offsets: each byte there may or may not be overwritten. */
function storeSomewhere(
  walk: Walk,
  range: StackRange,
  sizeBytes: number,
  content: Register,
  source: number | undefined,
): void {
  const isZero = knownNumber(content) === 0n;
  if (isZero && source !== undefined) walk.precision.require(walk.state, source);
  const { frame } = range;
  for (let index = slotIndex(range.max + sizeBytes - 1); index <= slotIndex(range.min); index += 1)
    overwriteDynptr(walk, frame, index);
  for (let offset = range.min; offset < range.max + sizeBytes; offset += 1) {
    const index = slotIndex(offset);
    const slot = frame.slot(index);
    const kind = slot.kinds[byteIndex(offset)];
    if (!walk.isPrivileged && kind === 's') {
      walk.refuse(
        'pointer-leak',
        `spilled ptr in range of var-offset stack write; insn ${walk.pc}, ptr off: ${offset}`,
      );
    }
    if (kind === '?' && !walk.isPrivileged) {
      walk.refuse(
        'uninitialised-stack',
        `uninit stack in range of var-offset write prohibited; off: ${offset}`,
      );
    }
    const holdsZero =
      slot.kinds[0] === 's' && slot.spilled.kind === 'scalar' && knownNumber(slot.spilled) === 0n;
    if (isZero && holdsZero && kind === 's') continue;
    frame.setSlot(index, withKind(scrub(slot), byteIndex(offset), isZero && kind === '0' ? '0' : 'm'));
  }
}

/** What a load finds: a register as it was spilled, zero, or some number. Not yet cut to the load's size. */
export function loadFromStack(walk: Walk, range: StackRange, sizeBytes: number): Register {
  for (let index = slotIndex(range.max + sizeBytes - 1); index <= slotIndex(range.min); index += 1)
    walk.noteStackRead(range.frame, index);
  if (range.min !== range.max) return loadSomewhere(walk, range, sizeBytes);
  const { frame, min: offset } = range;
  const index = slotIndex(offset);
  const slot = frame.slot(index);
  if (slot.kinds[0] === 's') return loadSpilled(walk, frame, index, offset, sizeBytes);
  return loadBytes(walk, range, sizeBytes);
}

function loadSpilled(walk: Walk, frame: Frame, index: number, offset: number, sizeBytes: number): Register {
  const slot = frame.slot(index);
  const spilledBytes = /^s+/.exec(slot.kinds)?.[0].length ?? 0;
  const { spilled } = slot;
  if (sizeBytes === SLOT_BYTES && spilledBytes === SLOT_BYTES) {
    walk.noteStackAccess(frame, index);
    if (spilled.kind !== 'scalar') return spilled;
    return loadTied(walk, frame, index, slot);
  }
  if (spilled.kind !== 'scalar') walk.refuse('bad-spill', 'invalid size of register fill');
  if (sizeBytes <= spilledBytes && byteIndex(offset) === 0) {
    walk.noteStackAccess(frame, index);
    const width = widthBits(spilled.scalar);
    if (sizeBytes === 4 && spilledBytes === 4 && width <= 32) return loadTied(walk, frame, index, slot);
    return width > 8 * sizeBytes ? scalarRegister(spilled.scalar) : spilled;
  }
  const kinds = slot.kinds.slice(byteIndex(offset), byteIndex(offset) + sizeBytes);
  checkReadable(walk, kinds, offset, sizeBytes);
  const isSpilledZero = /^s+$/.test(kinds) && knownNumber(spilled) === 0n;
  if (isSpilledZero) walk.noteStackAccess(frame, index);
  const isZero = /^0+$/.test(kinds) || isSpilledZero;
  return isZero ? zeroRegister : unknownRegister;
}

/** A load of the very number that was spilled: the slot and the register stay tied. */
function loadTied(walk: Walk, frame: Frame, index: number, slot: Slot): Register {
  if (slot.spilled.kind !== 'scalar') throw new Error('not a number');
  const tied = withIdentity(walk, slot.spilled);
  if (tied !== slot.spilled) frame.setSlot(index, { ...slot, spilled: tied });
  return tied;
}

function checkReadable(walk: Walk, kinds: string, offset: number, sizeBytes: number, at = 0): void {
  if (walk.isPrivileged) return;
  const bad = kinds.indexOf('?');
  if (bad >= 0) {
    walk.refuse('uninitialised-stack', `invalid read from stack off ${offset}+${at + bad} size ${sizeBytes}`);
  }
}

function loadBytes(walk: Walk, range: StackRange, sizeBytes: number): Register {
  let isZero = true;
  for (let offset = range.min; offset < range.max + sizeBytes; offset += 1) {
    const kind = kindAt(range.frame, offset);
    if (kind !== '0') isZero = false;
    requireNoObject(walk, range.frame, offset, sizeBytes);
    checkReadable(walk, kind, range.min, sizeBytes, offset - range.min);
  }
  return isZero ? zeroRegister : unknownRegister;
}

/** What the kernel keeps on the stack is not for the program to read. */
function requireNoObject(walk: Walk, frame: Frame, offset: number, sizeBytes: number): void {
  if (frame.slot(slotIndex(offset)).object !== undefined)
    walk.refuse('stack-object', `invalid read from stack off ${offset}+0 size ${sizeBytes}`);
}

/** As the kernel's stores before it makes an object on the stack: whatever was there is gone. */
export function clearForObject(walk: Walk, pointer: PointerRegister, place: Place, register: number): void {
  const { frame, first, slots } = place;
  stackRange(walk, pointer, 0, slots * SLOT_BYTES, register);
  for (let number = 0; number < slots; number += 1) {
    overwriteDynptr(walk, frame, first - number);
    frame.setSlot(first - number, untouchedSlot);
  }
}

/** Refuses memory that a helper fills where a dynptr is in it: the helper may be given that, too. */
export function requireNoDynptr(walk: Walk, range: StackRange, sizeBytes: number): void {
  for (let offset = range.min; offset < range.max + sizeBytes; offset += 1) {
    if (range.frame.slot(slotIndex(offset)).object?.kind === 'dynptr')
      walk.refuse('dynptr', `potential write to dynptr at off=${offset} disallowed`);
  }
}

function loadSomewhere(walk: Walk, range: StackRange, sizeBytes: number): Register {
  if (!walk.isPrivileged) walk.refuse('stack-bounds', 'variable stack access prohibited for !root');
  requireInitialised(walk, range, sizeBytes, false, walk.program.instructions[walk.pc]?.src ?? 0);
  let isZero = true;
  for (let offset = range.min; offset < range.max + sizeBytes; offset += 1) {
    if (kindAt(range.frame, offset) !== '0') isZero = false;
  }
  return isZero ? zeroRegister : unknownRegister;
}

/**
 * Bytes that a helper reads (or, with `isWritten`, may write): check_stack_range_initialized(). Spilled
 * numbers become plain bytes; spilled pointers are handed over only where addresses may leak.
 */
export function requireInitialised(
  walk: Walk,
  range: StackRange,
  sizeBytes: number,
  isWritten: boolean,
  register: number,
): void {
  const { frame } = range;
  for (let offset = range.min; offset < range.max + sizeBytes; offset += 1) {
    const index = slotIndex(offset);
    walk.noteStackRead(frame, index);
    const slot = frame.slot(index);
    const kind = slot.kinds[byteIndex(offset)] ?? '?';
    if (kind === 'm' || (kind === '?' && walk.isPrivileged)) {
      if (isWritten) frame.setSlot(index, withKind(slot, byteIndex(offset), 'm'));
      continue;
    }
    if (kind === '0') {
      if (isWritten) frame.setSlot(index, withKind(slot, byteIndex(offset), 'm'));
      continue;
    }
    if (slot.kinds[0] === 's' && (slot.spilled.kind === 'scalar' || walk.isPrivileged)) {
      if (isWritten) frame.setSlot(index, scrub(slot));
      continue;
    }
    walk.refuse(
      'uninitialised-stack',
      `invalid read from stack R${register} off ${range.min}+${offset - range.min} size ${sizeBytes}`,
    );
  }
}

/** What helpers leave behind in memory they fill. */
export function fillWithUnknown(walk: Walk, range: StackRange, sizeBytes: number): void {
  for (let offset = range.min; offset < range.max + sizeBytes; offset += 1) {
    const index = slotIndex(offset);
    checkNotCorrupted(walk, range.frame.slot(index));
    if (isOvertakable(unknownRegister, range.frame.slot(index), byteIndex(offset), 1))
      walk.speculation?.noteStore(walk.pc);
    range.frame.setSlot(index, withKind(scrub(range.frame.slot(index)), byteIndex(offset), 'm'));
  }
}
