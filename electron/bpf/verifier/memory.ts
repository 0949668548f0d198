/**
 * Loads, stores and atomic operations: what a register points to decides who checks. After
 * check_mem_access() and check_atomic() of Linux 6.18.
 */
import {
  ATOMIC_CMPXCHG,
  ATOMIC_FETCH,
  ATOMIC_LOAD_ACQUIRE,
  ATOMIC_STORE_RELEASE,
  type OpcodeInfo,
} from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { signExtend64, truncateToBytes } from './alu.ts';
import { loadFromObject, requireWritableObject } from './btf-pointer.ts';
import { checkBufferAccess } from './buffer.ts';
import { loadFromContext, storeToContext } from './context.ts';
import { checkFlowKeys } from './flow-keys.ts';
import { kernelPointerAt, loadKernelPointer, storeKernelPointer } from './kptr.ts';
import { checkMapDirection, checkRegion, constantInMap } from './map-value.ts';
import {
  constantRegister,
  isPointer,
  isProbedMemory,
  kindName,
  scalarRegister,
  unknownRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { loadFromObjectOfOwn, storeToObjectOfOwn } from './own-objects.ts';
import { checkPacketAccess, requireWritablePacket } from './packet-pointers.ts';
import { READ_ONLY } from './pointer-flags.ts';
import { loadFromSocket, socketTargets } from './socket.ts';
import { loadFromStack, stackRange, storeToStack } from './stack.ts';
import * as tnums from './tnum.ts';
import { loadArgument } from './typed-context.ts';
import type { Walk } from './walk.ts';

export function stepLoad(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  const { dst, src, offset } = instruction;
  const pointer = walk.read(src);
  const loaded = load(walk, src, offset, info.sizeBytes, info.isSigned);
  noteAccess(walk, pointer);
  walk.write(dst, loaded);
}

export function stepStore(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  const { dst, src, offset } = instruction;
  const content = walk.read(src);
  store(walk, dst, offset, info.sizeBytes, content, src);
  noteAccess(walk, walk.peek(dst));
}

export function stepStoreImmediate(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  const { dst, offset, imm } = instruction;
  store(walk, dst, offset, info.sizeBytes, constantRegister(BigInt(imm)), undefined);
  noteAccess(walk, walk.peek(dst));
}

function noteAccess(walk: Walk, pointer: Register): void {
  if (isPointer(pointer)) walk.use.noteAccess(walk, pointer.target);
}

export function stepAtomic(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  const { dst, src, offset, imm } = instruction;
  const { sizeBytes } = info;
  if (imm === ATOMIC_LOAD_ACQUIRE) {
    walk.read(src);
    checkAtomicTarget(walk, src, offset, sizeBytes);
    const pointer = walk.read(src);
    const loaded = load(walk, src, offset, sizeBytes, false);
    noteAccess(walk, pointer);
    walk.write(dst, loaded);
    return;
  }
  const operand = walk.read(src);
  checkAtomicTarget(walk, dst, offset, sizeBytes);
  if (imm === ATOMIC_STORE_RELEASE) {
    store(walk, dst, offset, sizeBytes, operand, src);
    noteAccess(walk, walk.peek(dst));
    return;
  }
  if (imm === ATOMIC_CMPXCHG && walk.leaks(walk.read(0)))
    walk.refuse('pointer-leak', 'R0 leaks addr into mem');
  if (walk.leaks(operand)) walk.refuse('pointer-leak', `R${src} leaks addr into mem`);
  const fetched = imm === ATOMIC_CMPXCHG ? 0 : (imm & ATOMIC_FETCH) !== 0 ? src : undefined;
  // As check_atomic_rmw(): the register that the old value goes to holds no pointer any more.
  if (fetched === dst)
    walk.refuse('not-a-pointer', `R${dst} invalid mem access 'scalar': the old value goes to that register`);
  const old = load(walk, dst, offset, sizeBytes, false);
  if (walk.leaks(old)) walk.refuse('pointer-leak', `leaking pointer from stack off ${offset}`);
  store(walk, dst, offset, sizeBytes, unknownRegister, undefined, true);
  if (fetched !== undefined) walk.write(fetched, old);
}

/** What may be read and written, but not in one. */
const atomicless: ReadonlySet<PointerRegister['target']> = new Set([
  'packet',
  'packet-meta',
  'flow-keys',
  ...socketTargets,
]);

function checkAtomicTarget(walk: Walk, register: number, offset: number, sizeBytes: number): void {
  const pointer = walk.read(register);
  if (isPointer(pointer) && pointer.target === 'ctx') {
    walk.refuse('context-access', `atomic operations on the context (R${register}) are not allowed`);
  }
  if (isPointer(pointer)) checkAlignment(walk, pointer, offset, sizeBytes);
  if (isPointer(pointer) && kernelPointerAt(walk, pointer, offset) !== undefined)
    walk.refuse('special-field', 'kptr in map can only be accessed using BPF_MEM instruction mode');
  if (isPointer(pointer) && atomicless.has(pointer.target))
    walk.refuse('not-writable', `BPF_ATOMIC stores into R${register} ${kindName(pointer)} is not allowed`);
  const isUnwritable = isPointer(pointer) && pointer.target === 'btf' && walk.attach?.member === undefined;
  if (isPointer(pointer) && (isUnwritable || isProbedMemory(pointer)))
    walk.refuse(
      'not-supported',
      `atomic operations on ${kindName(pointer)} (R${register}) are not verified yet`,
    );
}

/** The pointer in the register, fit to be followed. */
function target(walk: Walk, register: number): PointerRegister {
  const pointer = walk.read(register);
  if (!isPointer(pointer)) {
    walk.refuse('not-a-pointer', `R${register} invalid mem access '${kindName(pointer)}'`);
  }
  if (pointer.isMaybeNull) {
    walk.refuse('maybe-null', `R${register} invalid mem access '${kindName(pointer)}'`);
  }
  return pointer;
}

function load(walk: Walk, register: number, offset: number, sizeBytes: number, isSigned: boolean): Register {
  const pointer = target(walk, register);
  const loaded = loadWhole(walk, pointer, register, offset, sizeBytes, isSigned);
  if (sizeBytes === 8 || loaded.kind !== 'scalar') return loaded;
  if (isSigned && (sizeBytes === 1 || sizeBytes === 2 || sizeBytes === 4)) {
    return scalarRegister(signExtend64(loaded.scalar, sizeBytes));
  }
  return scalarRegister(truncateToBytes(loaded.scalar, sizeBytes), loaded.id, loaded.delta);
}

function loadWhole(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  isSigned: boolean,
): Register {
  switch (pointer.target) {
    case 'stack': {
      checkAlignment(walk, pointer, offset, sizeBytes);
      return loadFromStack(walk, stackRange(walk, pointer, offset, sizeBytes, register, 'read'), sizeBytes);
    }
    case 'ctx': {
      const { attach, kernelTypes } = walk;
      if (attach !== undefined && kernelTypes.btf !== undefined)
        return loadArgument(walk, attach, kernelTypes.btf, pointer, register, offset, sizeBytes);
      return loadFromContext(walk, pointer, register, offset, sizeBytes, isSigned);
    }
    case 'map-value': {
      checkMapDirection(walk, pointer, false, register, offset, sizeBytes);
      checkRegion(walk, pointer, register, offset, sizeBytes, false, true);
      const field = kernelPointerAt(walk, pointer, offset);
      if (field !== undefined) return loadKernelPointer(walk, field);
      const constant = constantInMap(walk, pointer, offset, sizeBytes);
      return constant === undefined ? unknownRegister : constantRegister(constant);
    }
    case 'map-key':
    case 'mem':
    case 'ringbuf-record':
      if (isProbedMemory(pointer)) walk.noteProbed();
      else checkRegion(walk, pointer, register, offset, sizeBytes);
      return unknownRegister;
    case 'object':
      walk.noteProbed();
      return loadFromObjectOfOwn(walk, pointer, register, offset, sizeBytes);
    case 'btf':
      walk.noteProbed();
      return loadFromObject(walk, pointer, register, offset, sizeBytes);
    case 'buffer':
    case 'tracepoint-buffer':
      checkBufferAccess(walk, pointer, register, offset, sizeBytes, false);
      return unknownRegister;
    case 'packet':
    case 'packet-meta':
      checkPacketAccess(walk, pointer, register, offset, sizeBytes);
      return unknownRegister;
    case 'flow-keys':
      checkFlowKeys(walk, pointer, offset, sizeBytes);
      return unknownRegister;
    case 'sock':
    case 'sock-common':
    case 'tcp-sock':
    case 'xdp-sock':
      return loadFromSocket(walk, pointer.target, register, offset, sizeBytes);
    case 'packet-end':
    case 'map':
    case 'function':
    case 'dynptr':
      return walk.refuse('not-readable', `R${register} invalid mem access '${kindName(pointer)}'`);
  }
}

/** `isAtomic`: what is stored is the result of an operation, not the content of a register. */
function store(
  walk: Walk,
  register: number,
  offset: number,
  sizeBytes: number,
  content: Exclude<Register, { kind: 'uninitialised' }>,
  source: number | undefined,
  isAtomic = false,
): void {
  const pointer = target(walk, register);
  switch (pointer.target) {
    case 'stack': {
      checkAlignment(walk, pointer, offset, sizeBytes);
      const range = stackRange(walk, pointer, offset, sizeBytes, register, 'write');
      storeToStack(walk, range, sizeBytes, content, source, isAtomic);
      return;
    }
    case 'ctx':
      storeToContext(walk, pointer, register, offset, sizeBytes, content, source);
      return;
    case 'map-value':
    case 'map-key':
    case 'mem':
    case 'ringbuf-record': {
      if ((pointer.flags & READ_ONLY) !== 0)
        walk.refuse('read-only', `R${register} cannot write into ${kindName(pointer)}`);
      if (walk.leaks(content))
        walk.refuse(
          'pointer-leak',
          `R${source ?? register} leaks addr into ${pointer.target === 'map-value' ? 'map' : 'mem'}`,
        );
      checkMapDirection(walk, pointer, true, register, offset, sizeBytes);
      requireWritable(walk, pointer, register);
      checkRegion(walk, pointer, register, offset, sizeBytes, false, true);
      const field = kernelPointerAt(walk, pointer, offset);
      if (field !== undefined) storeKernelPointer(walk, field, content, source);
      return;
    }
    case 'object':
      storeToObjectOfOwn(walk, pointer, register, offset, sizeBytes);
      return;
    case 'btf':
      requireWritableObject(walk, pointer, register, offset, sizeBytes);
      return;
    case 'buffer':
      if (walk.leaks(content)) walk.refuse('pointer-leak', `R${source ?? register} leaks addr into buffer`);
      checkBufferAccess(walk, pointer, register, offset, sizeBytes, true);
      return;
    case 'tracepoint-buffer':
      checkBufferAccess(walk, pointer, register, offset, sizeBytes, true);
      return;
    case 'packet':
    case 'packet-meta':
      requireWritablePacket(walk);
      if (walk.leaks(content)) walk.refuse('pointer-leak', `R${source ?? register} leaks addr into packet`);
      checkPacketAccess(walk, pointer, register, offset, sizeBytes);
      return;
    case 'flow-keys':
      if (walk.leaks(content))
        walk.refuse('pointer-leak', `R${source ?? register} leaks addr into flow keys`);
      checkFlowKeys(walk, pointer, offset, sizeBytes);
      return;
    case 'sock':
    case 'sock-common':
    case 'tcp-sock':
    case 'xdp-sock':
      return walk.refuse('read-only', `R${register} cannot write into ${kindName(pointer)}`);
    case 'packet-end':
    case 'map':
    case 'function':
    case 'dynptr':
      walk.refuse('not-writable', `R${register} invalid mem access '${kindName(pointer)}'`);
  }
}

function requireWritable(walk: Walk, pointer: PointerRegister, register: number): void {
  if ((pointer.flags & READ_ONLY) !== 0)
    walk.refuse('read-only', `R${register} cannot write into ${kindName(pointer)}`);
}

/** What Linux calls the memory where it speaks of alignment. */
const memoryNames: Partial<Record<PointerRegister['target'], string>> = {
  stack: 'stack ',
  ctx: 'context ',
  'map-value': 'value ',
  'map-key': 'key ',
};

/** The stack, and all that is changed atomically, is accessed at multiples of the access's size. */
function checkAlignment(walk: Walk, pointer: PointerRegister, offset: number, sizeBytes: number): void {
  const { target, variable } = pointer;
  const distance = tnums.add(variable.bits, tnums.constantTnum(BigInt(pointer.offset + offset)));
  if (tnums.isAligned(distance, sizeBytes)) return;
  const code = target === 'stack' ? 'stack-bounds' : 'misaligned';
  const known = tnums.isConstant(variable.bits) ? hex(variable.bits.value) : tnums.renderTnum(variable.bits);
  const where = `${known}+${pointer.offset}+${offset}`;
  walk.refuse(code, `misaligned ${memoryNames[target] ?? ''}access off ${where} size ${sizeBytes}`);
}

function hex(value: bigint): string {
  return value === 0n ? '0' : `0x${value.toString(16)}`;
}
