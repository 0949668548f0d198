/**
 * Arguments of a helper, each by its kind in the prototype. After check_func_arg() of Linux 6.18.
 */
import type { HelperArgument } from '../helpers/helper.ts';
import type { MapDefinition } from '../program.ts';
import { dynptrOf, makeDynptr, releaseDynptr } from './dynptr.ts';
import { checkBufferAccess } from './buffer.ts';
import type { Relevance } from './liveness.ts';
import { HELPER_BYTES_MAX } from './limits.ts';
import { heldBy, noteHeld } from './held-argument.ts';
import { exchangedPointer, heldForExchange, type KernelPointer } from './kptr.ts';
import { takeOrGiveLock } from './locks.ts';
import { checkMapDirection, checkRegion, constantTextAt } from './map-value.ts';
import {
  checkObjectArgument,
  checkObjectRead,
  isNullableObject,
  isObjectArgument,
  passesForMemory,
} from './object-arguments.ts';
import { checkPacketAccess, isPacketData, requirePacketArgument } from './packet-pointers.ts';
import { READ_ONLY } from './pointer-flags.ts';
import {
  isPointer,
  kindName,
  knownNumber,
  pointerRegister,
  type PointerRegister,
  type Register,
  type ScalarRegister,
} from './register.ts';
import { constantOf } from './scalar.ts';
import {
  checkSocketArgument,
  isNullableSocket,
  isSocketArgument,
  isSocketValue,
  takesObjects,
} from './socket.ts';
import { fillWithUnknown, requireInitialised, requireNoDynptr, stackRange } from './stack.ts';
import type { DynptrObject } from './stack-object.ts';
import { add, constantTnum, isAligned } from './tnum.ts';
import { requireTimer } from './timers.ts';
import type { Walk } from './walk.ts';

type Initialised = Exclude<Register, { kind: 'uninitialised' }>;

/** What the arguments of one call were found to be. */
export interface CallFacts {
  map: MapDefinition | undefined;
  mapIndex: number;
  /** The key's pointer, of helpers that take one. */
  key: PointerRegister | undefined;
  /** What the program holds and hands over, 0 for nothing. */
  reference: number;
  /** Resource that the call gives back, 0 for none. */
  released: number;
  /** First slot of the function that the helper calls, -1 for none. */
  callback: number;
  /** The dynptr that was handed over, of helpers that take one. */
  dynptr: DynptrObject | undefined;
  /** First object of the kernel handed over. */
  object: PointerRegister | undefined;
  /** The pointer in a map value that is exchanged. */
  exchanged: KernelPointer | undefined;
  /** Bytes to allocate, of helpers that hand out memory. */
  allocatedBytes: number;
  /** Whether the helper takes memory within a packet. */
  takesPackets: boolean;
  /** Greatest size handed over. */
  sizeMax: bigint;
  /** Memory the helper fills: done once all arguments are checked. */
  readonly filled: {
    readonly pointer: PointerRegister;
    readonly register: number;
    readonly sizeBytes: number;
  }[];
}

export function emptyFacts(): CallFacts {
  return {
    map: undefined,
    mapIndex: -1,
    key: undefined,
    reference: 0,
    released: 0,
    callback: -1,
    dynptr: undefined,
    object: undefined,
    exchanged: undefined,
    allocatedBytes: 0,
    takesPackets: false,
    sizeMax: 0n,
    filled: [],
  };
}

/** Checks argument `index` (0 for r1) of those in `kinds`. */
export function checkArgument(
  walk: Walk,
  kinds: readonly HelperArgument[],
  index: number,
  facts: CallFacts,
  relevance: Relevance,
): void {
  const register = index + 1;
  const kind = isSocketValue(kinds[index], facts.map) ? 'btf_sock_common' : (kinds[index] ?? 'none');
  const content = walk.read(register);
  if (isPointer(content) && kind !== 'none' && kind !== 'anything') noteHeld(walk, content, register, facts);
  if (isSocketArgument(kind) && !(takesObjects(kind) && isPointer(content) && content.target === 'btf')) {
    if (isNullableSocket(kind) && isNull(walk, content, register)) return;
    checkSocketArgument(walk, kind, content, register);
    if (kind === 'released_sock_common') facts.released = heldBy(walk, content, register);
    return;
  }
  if (isObjectArgument(kind)) {
    if (isNullableObject(kind) && isNull(walk, content, register)) return;
    const object = checkObjectArgument(walk, kind, content, register);
    facts.object ??= object;
    if (kind === 'released_sock_common') {
      if (object.offset !== 0)
        walk.refuse('bad-argument', `R${register} must have zero offset when passed to release func`);
      facts.released = heldBy(walk, object, register);
    }
    return;
  }
  if (kind !== 'anything' && isPointer(content) && isPacketData(content))
    requirePacketArgument(walk, facts.takesPackets);
  switch (kind) {
    case 'none':
      return;
    case 'anything':
      if (walk.leaks(content)) walk.refuse('pointer-leak', `R${register} leaks addr into helper function`);
      return;
    case 'ctx':
      pointerTo(walk, 'ctx', content, register, true);
      return;
    case 'ctx_or_null':
      if (!isNull(walk, content, register)) pointerTo(walk, 'ctx', content, register, true);
      return;
    case 'mem_of_20':
    case 'mem_of_40':
      readableMemory(walk, content, register);
      if (isPointer(content)) checkMemory(walk, content, register, kind === 'mem_of_20' ? 20 : 40, 'read');
      return;
    case 'const_map_ptr': {
      const { map } = pointerTo(walk, 'map', content, register, true);
      // A timer's own map, of those that name both.
      if (facts.map !== undefined && facts.mapIndex !== map)
        walk.refuse('bad-argument', `the timer in R1 is not of the map in R${register}`);
      facts.mapIndex = map;
      facts.map = walk.map(facts.mapIndex);
      return;
    }
    case 'map_key':
      facts.key = plainMemory(walk, content, register);
      checkMemory(walk, facts.key, register, mapOf(walk, facts).keySizeBytes, 'read');
      return;
    case 'map_value':
    case 'map_value_or_null':
      if (kind === 'map_value_or_null' && isNull(walk, content, register)) return;
      checkMemory(
        walk,
        plainMemory(walk, content, register),
        register,
        mapOf(walk, facts).valueSizeBytes,
        'read',
      );
      return;
    case 'uninit_map_value':
      fill(walk, plainMemory(walk, content, register), register, mapOf(walk, facts).valueSizeBytes, facts);
      return;
    case 'mem':
      readableMemory(walk, content, register);
      return;
    case 'uninit_mem':
    case 'written_mem':
      writableMemory(walk, content, register);
      return;
    case 'mem_or_null':
      if (!isNull(walk, content, register)) readableMemory(walk, content, register);
      return;
    case 'uninit_u64':
      checkAligned(walk, writableMemory(walk, content, register), register, 8);
      fill(walk, writableMemory(walk, content, register), register, 8, facts);
      return;
    case 'written_u32':
      checkAligned(walk, writableMemory(walk, content, register), register, 4);
      checkMemory(walk, writableMemory(walk, content, register), register, 4, 'write');
      return;
    case 'uninit_mem_or_null':
      if (!isNull(walk, content, register)) writableMemory(walk, content, register);
      return;
    case 'const_size':
    case 'const_size_or_zero':
      checkSize(walk, kinds, index, content, facts, relevance);
      return;
    case 'const_alloc_size_or_zero':
      facts.allocatedBytes = allocationSize(walk, content, register);
      relevance.noteDecided(walk.pc, register);
      return;
    case 'ringbuf_record': {
      facts.released = heldBy(walk, pointerTo(walk, 'ringbuf-record', content, register, true), register);
      return;
    }
    case 'uninit_dynptr':
      makeDynptr(walk, content, register, 'local');
      return;
    case 'uninit_ringbuf_dynptr':
      makeDynptr(walk, content, register, 'ringbuf');
      return;
    case 'dynptr':
      facts.dynptr = dynptrOf(walk, content, register);
      return;
    case 'released_ringbuf_dynptr':
      releaseDynptr(walk, content, register);
      return;
    case 'const_str':
      checkText(walk, content, register);
      return;
    case 'stack_or_null':
      if (!isNull(walk, content, register)) pointerTo(walk, 'stack', content, register, false);
      return;
    case 'func':
    case 'async_func':
      facts.callback = pointerTo(walk, 'function', content, register, true).entry;
      return;
    case 'spin_lock':
    case 'held_spin_lock':
      takeOrGiveLock(
        walk,
        pointerTo(walk, isObject(content) ? 'object' : 'map-value', content, register, false),
        register,
        kind === 'spin_lock',
      );
      return;
    case 'timer': {
      const timer = pointerTo(walk, 'map-value', content, register, false);
      requireTimer(walk, timer, register);
      facts.mapIndex = timer.map;
      facts.map = walk.map(timer.map);
      return;
    }
    case 'kptr':
      facts.exchanged = exchangedPointer(
        walk,
        pointerTo(walk, 'map-value', content, register, false),
        register,
      );
      return;
    case 'exchanged_kptr_or_null':
      if (!isNull(walk, content, register))
        facts.released = heldForExchange(walk, facts.exchanged, content, register);
      return;
    case 'undescribed':
      walk.refuse('helper-undescribed', 'the helper is not described here');
  }
}

/** A zero in place of a pointer is zero in every state that counts as like this one. */
export function isNull(walk: Walk, content: Register, register: number): boolean {
  if (knownNumber(content) !== 0n) return false;
  walk.precision.require(walk.state, register);
  return true;
}

function isObject(content: Initialised): boolean {
  return isPointer(content) && content.target === 'object';
}

function mapOf(walk: Walk, facts: CallFacts): MapDefinition {
  if (facts.map === undefined) walk.refuse('bad-argument', 'a map comes before its key and value');
  return facts.map;
}

function pointerTo(
  walk: Walk,
  target: PointerRegister['target'],
  content: Initialised,
  register: number,
  isAtStart: boolean,
): PointerRegister {
  if (!isPointer(content) || content.target !== target || content.isMaybeNull) {
    const code = isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument';
    walk.refuse(code, `R${register} type=${kindName(content)} expected=${kindName(pointerRegister(target))}`);
  }
  if (isAtStart && (content.offset !== 0 || constantOf(content.variable) !== 0n)) {
    walk.refuse(
      'bad-argument',
      `R${register} must point to the very start of ${kindName(content)} when passed here`,
    );
  }
  return content;
}

const memoryTargets: ReadonlySet<string> = new Set([
  'stack',
  'map-value',
  'map-key',
  'mem',
  'ringbuf-record',
  'buffer',
  'packet',
  'packet-meta',
]);

function isPlainMemory({ target, flags }: PointerRegister): boolean {
  return memoryTargets.has(target) && (flags & ~READ_ONLY) === 0;
}

function memory(walk: Walk, content: Initialised, register: number): PointerRegister {
  if (!isPointer(content) || content.isMaybeNull || !isPlainMemory(content)) {
    const code = isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument';
    walk.refuse(
      code,
      `R${register} type=${kindName(content)} expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_`,
    );
  }
  return content;
}

/** Memory that the helper only reads: an object that is surely there passes for it, too. */
function readableMemory(walk: Walk, content: Initialised, register: number): void {
  if (!passesForMemory(content)) memory(walk, content, register);
}

function checkAligned(
  walk: Walk,
  { variable, offset }: PointerRegister,
  register: number,
  sizeBytes: number,
): void {
  if (!isAligned(add(variable.bits, constantTnum(BigInt(offset))), sizeBytes))
    walk.refuse('misaligned', `misaligned access of ${sizeBytes} bytes through R${register}`);
}

/** Memory that the helper writes. */
function writableMemory(walk: Walk, content: Initialised, register: number): PointerRegister {
  const pointer = memory(walk, content, register);
  if ((pointer.flags & READ_ONLY) !== 0)
    walk.refuse(
      'bad-argument',
      `R${register} type=${kindName(content)} expected=fp, map_key, map_value, mem`,
    );
  return pointer;
}

/** Memory for keys and values: not what an iterator or bpf_dynptr_slice() gave. */
function plainMemory(walk: Walk, content: Initialised, register: number): PointerRegister {
  const pointer = writableMemory(walk, content, register);
  if (pointer.sliceOf !== undefined)
    walk.refuse(
      'bad-argument',
      `R${register} type=${kindName(content)} expected=fp, map_key, map_value, mem`,
    );
  return pointer;
}

type Use = 'read' | 'write';

function checkMemory(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  sizeBytes: number,
  use: Use,
  isZeroAllowed = false,
): void {
  if (pointer.target === 'btf') {
    checkObjectRead(walk, pointer, register, sizeBytes);
    return;
  }
  if (pointer.target === 'buffer') {
    checkBufferAccess(walk, pointer, register, 0, sizeBytes, use === 'write');
    return;
  }
  if (pointer.target === 'stack') {
    if (sizeBytes === 0 && !isZeroAllowed) walk.refuse('bad-size', 'invalid zero-sized read');
    const range = stackRange(walk, pointer, 0, sizeBytes, register, use);
    if (range.min !== range.max && !walk.isPrivileged) {
      walk.refuse('stack-bounds', `R${register} variable offset stack access prohibited for !root`);
    }
    requireInitialised(walk, range, sizeBytes, use === 'write', register);
    return;
  }
  if (isPacketData(pointer)) {
    checkPacketAccess(walk, pointer, register, 0, sizeBytes, isZeroAllowed);
    return;
  }
  checkMapDirection(walk, pointer, use === 'write', register, 0, sizeBytes);
  checkRegion(walk, pointer, register, 0, sizeBytes, isZeroAllowed);
}

/** Memory handed to a function that may read and write all of it. */
export function checkHandedOver(
  walk: Walk,
  content: PointerRegister,
  register: number,
  sizeBytes: number,
): void {
  const pointer = memory(walk, content, register);
  if ((pointer.flags & READ_ONLY) !== 0)
    walk.refuse('read-only', `R${register} cannot write into ${kindName(pointer)}`);
  checkMemory(walk, pointer, register, sizeBytes, 'read', true);
  checkMemory(walk, pointer, register, sizeBytes, 'write', true);
}

/** Memory that the helper fills, so that it need not be initialised before. */
function fill(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  sizeBytes: number,
  facts: CallFacts,
  isZeroAllowed = false,
): void {
  if (pointer.target === 'stack') {
    const range = stackRange(walk, pointer, 0, sizeBytes, register, 'write');
    if (range.min === range.max) {
      if (sizeBytes === 0 && !isZeroAllowed) walk.refuse('bad-size', 'invalid zero-sized read');
      requireNoDynptr(walk, range, sizeBytes);
      facts.filled.push({ pointer, register, sizeBytes });
      return;
    }
  }
  checkMemory(walk, pointer, register, sizeBytes, 'write', isZeroAllowed);
}

/** After all arguments were checked: what the helper fills holds unknown numbers. */
export function fillMemory(walk: Walk, facts: CallFacts): void {
  for (const { pointer, register, sizeBytes } of facts.filled) {
    fillWithUnknown(walk, stackRange(walk, pointer, 0, sizeBytes, register), sizeBytes);
  }
}

/** The size of the memory that the argument before points to. */
function checkSize(
  walk: Walk,
  kinds: readonly HelperArgument[],
  index: number,
  content: Initialised,
  facts: CallFacts,
  relevance: Relevance,
): void {
  const register = index + 1;
  const isZeroAllowed = kinds[index] === 'const_size_or_zero';
  if (content.kind !== 'scalar')
    walk.refuse('bad-argument', `R${register} type=${kindName(content)} expected=scalar`);
  const { smin, umin, umax } = content.scalar;
  if (smin < 0n) {
    walk.refuse('memory-bounds', `R${register} min value is negative, either use unsigned or 'var &= const'`);
  }
  if (umin === 0n && !isZeroAllowed)
    walk.refuse('memory-bounds', `R${register} invalid zero-sized read: u64=[${umin},${umax}]`);
  if (umax >= BigInt(HELPER_BYTES_MAX)) {
    walk.refuse(
      'memory-bounds',
      `R${register} unbounded memory access, use 'var &= const' or 'if (var < const)'`,
    );
  }
  facts.sizeMax = umax;
  relevance.noteDecided(walk.pc, register);
  const before = walk.read(index);
  const memoryKind = kinds[index - 1] ?? 'none';
  if (!isPointer(before)) {
    if (knownNumber(before) === 0n && (memoryKind === 'mem_or_null' || memoryKind === 'uninit_mem_or_null')) {
      if (umax > 0n)
        walk.refuse('bad-argument', `R${index} type=scalar expected=fp: a null pointer goes with size 0`);
      return;
    }
    walk.refuse('bad-argument', `R${index} is not a pointer`);
  }
  const isFilled = memoryKind === 'uninit_mem' || memoryKind === 'uninit_mem_or_null';
  const isKnownSize = constantOf(content.scalar) !== undefined;
  if (isFilled && isKnownSize) fill(walk, before, index, Number(umax), facts, isZeroAllowed);
  else {
    const isWritten = isFilled || memoryKind === 'written_mem';
    checkMemory(walk, before, index, Number(umax), isWritten ? 'write' : 'read', isZeroAllowed);
  }
}

/** Memory of a kernel function with its size, read and written; a pointer that may be null is taken, too. */
export function checkSizedMemory(
  walk: Walk,
  content: Register,
  register: number,
  size: ScalarRegister,
  relevance: Relevance,
): void {
  const { smin, umax } = size.scalar;
  if (smin < 0n)
    walk.refuse(
      'memory-bounds',
      `R${register + 1} min value is negative, either use unsigned or 'var &= const'`,
    );
  if (umax >= BigInt(HELPER_BYTES_MAX))
    walk.refuse(
      'memory-bounds',
      `R${register + 1} unbounded memory access, use 'var &= const' or 'if (var < const)'`,
    );
  relevance.noteDecided(walk.pc, register + 1);
  if (!isPointer(content))
    walk.refuse('bad-argument', `R${register} type=${kindName(content)} expected=fp, map_value, mem`);
  const pointer = writableMemory(walk, { ...content, isMaybeNull: false }, register);
  checkMemory(walk, pointer, register, Number(umax), 'read', true);
  checkMemory(walk, pointer, register, Number(umax), 'write', true);
}

function allocationSize(walk: Walk, content: Initialised, register: number): number {
  const size = knownNumber(content);
  if (size === undefined) walk.refuse('bad-argument', `R${register} is not a known constant'`);
  // As the kernel keeps it; what is asked for beyond is never given.
  return Number(BigInt.asUintN(32, size));
}

function checkText(walk: Walk, content: Initialised, register: number): void {
  const pointer = pointerTo(walk, 'map-value', content, register, false);
  if (constantTextAt(walk, pointer) === undefined) {
    walk.refuse(
      'bad-argument',
      `R${register} does not point to a readonly map holding a zero-terminated text`,
    );
  }
}
