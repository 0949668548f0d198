/**
 * Calls of kernel functions. After check_kfunc_call() and check_kfunc_args() of Linux 6.18; what the
 * functions are is in helpers/kernel-functions.ts.
 */
import {
  isDescribedFunction,
  isThrow,
  kernelFunctionByNumber,
  type KernelArgument,
  type KernelPrototype,
  type KernelReturn,
} from '../helpers/kernel-functions.ts';
import type { Instruction, ProgramType } from '../program.ts';
import { calledAt } from './callback.ts';
import { dynptrOf, makeDynptr } from './dynptr.ts';
import {
  collectionAt,
  countedObject,
  heldOnceMore,
  nodeFound,
  nodeIn,
  nodeTaken,
  pushedNode,
  type Collection,
} from './graph.ts';
import { checkSizedMemory, isNull } from './helper-arguments.ts';
import { checkThrow } from './exception.ts';
import { checkKernelPlace } from './helper-places.ts';
import { checkIterator, forkIterator, type IteratorArgument } from './open-coded-iterator.ts';
import type { Relevance } from './liveness.ts';
import { resilientLock } from './locks.ts';
import { giveToCollection } from './non-owning.ts';
import { PERCPU, READ_ONLY, RCU, TRUSTED, UNTRUSTED } from './pointer-flags.ts';
import { droppedObject, madeObject } from './own-objects.ts';
import { errnoOfInt } from './ranges.ts';
import { acquire, release } from './references.ts';
import { holdsTypeAt } from './btf-walk.ts';
import { castObject, fullKindName, isTrusted, kernelContext } from './btf-pointer.ts';
import { enterOrLeave, saveOrRestore } from './region.ts';
import {
  isPointer,
  kindName,
  knownNumber,
  pointerRegister,
  scalarRegister,
  uninitialised,
  unknownRegister,
  zeroRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { constantOf } from './scalar.ts';
import { calledByQueue, requireMapOfQueue, workQueueAt } from './timers.ts';
import type { DynptrObject, DynptrType } from './stack-object.ts';
import type { State } from './state.ts';
import type { Walk } from './walk.ts';

const CALLER_SAVED = [0, 1, 2, 3, 4, 5];
const ITERATOR_NUMBER_BYTES = 4;
const SESSION_COOKIE_BYTES = 8;
/** Functions that may fail to take a lock: the way on which they do is followed apart. */
const TAKES_LOCK = /^bpf_res_spin_lock/;

/** may_access_direct_pkt_data(): program types that may write to packets, and so to any slice. */
const packetWriters: ReadonlySet<ProgramType> = new Set([
  'sched_cls',
  'sched_act',
  'xdp',
  'lwt_xmit',
  'sk_skb',
  'sk_msg',
  'cgroup_sockopt',
]);

const dynptrTypes: Readonly<Record<string, DynptrType>> = {
  bpf_dynptr_from_skb: 'skb',
  bpf_dynptr_from_skb_meta: 'skb_meta',
  bpf_dynptr_from_xdp: 'xdp',
};

/** What the arguments of one call were found to be. */
interface KernelCallFacts {
  /** The last dynptr that was handed over. */
  dynptr: DynptrObject | undefined;
  sizeBytes: number;
  /** Of a type of the program's, or the kernel's. */
  typeId: bigint;
  iterator: IteratorArgument | undefined;
  /** Resource that the call gives back, 0 for none. */
  released: number;
  /** List or tree. */
  collection: Collection | undefined;
  /** Resource that goes into it, 0 for none. */
  pushed: number;
  /** First slot of the function that is called back, -1 for none. */
  callback: number;
  /** Map that a work queue lies in. */
  queueMap: number;
  /** Object of which one more hold is taken. */
  counted: PointerRegister | undefined;
}

/** Where else a call leads: on with what an iterator gave, on without the lock, or into the function that is called back. */
export interface OtherWay {
  readonly state: State;
  readonly kind: 'iterated' | 'failed' | 'called-back' | 'called-later';
}

/**
 * The path on which an iterator gave something, or a function is called back, beside the current one, on which it did
 * not.
 */
export function stepKernelCall(
  walk: Walk,
  instruction: Instruction,
  relevance: Relevance,
): OtherWay | undefined {
  const fn = callable(walk, instruction.imm);
  const facts: KernelCallFacts = {
    dynptr: undefined,
    sizeBytes: 0,
    typeId: 0n,
    iterator: undefined,
    released: 0,
    collection: undefined,
    pushed: 0,
    callback: -1,
    queueMap: -1,
    counted: undefined,
  };
  const failed = TAKES_LOCK.test(fn.name) ? withoutLock(walk.state.copy()) : undefined;
  for (let register = 1; register <= fn.arguments.length; register += 1)
    checkArgument(walk, fn, register, facts, relevance);
  const calledBack =
    facts.callback < 0 || facts.queueMap >= 0
      ? undefined
      : calledAt(walk, facts.callback, nodesCompared(walk, facts));
  const calledLater =
    facts.callback < 0 || facts.queueMap < 0
      ? undefined
      : calledByQueue(walk, facts.callback, facts.queueMap);
  if (isThrow(instruction)) checkThrow(walk, relevance);
  enterOrLeave(walk, fn);
  if (facts.released !== 0) release(walk, facts.released);
  if (facts.pushed !== 0) giveToCollection(walk, facts.pushed);
  const returned = returnedBy(walk, fn, facts);
  for (const register of CALLER_SAVED) walk.write(register, uninitialised);
  walk.write(0, returned);
  if (failed !== undefined) return { state: failed, kind: 'failed' };
  if (calledBack !== undefined) return { state: calledBack, kind: 'called-back' };
  if (calledLater !== undefined) return { state: calledLater, kind: 'called-later' };
  if (fn.iterator?.does !== 'next' || facts.iterator === undefined) return undefined;
  const state = forkIterator(walk, facts.iterator);
  return state === undefined ? undefined : { state, kind: 'iterated' };
}

/** The lock was not to be had. */
function withoutLock(state: State): State {
  for (const register of CALLER_SAVED) state.frame.registers[register] = uninitialised;
  state.frame.registers[0] = scalarRegister(errnoOfInt);
  return state;
}

function collectionOf({ collection }: KernelCallFacts): Collection {
  if (collection === undefined) throw new Error('a list or tree comes before what is in it');
  return collection;
}

/** What the function is given that tells which of two nodes comes first. */
function nodesCompared(walk: Walk, facts: KernelCallFacts): readonly Register[] {
  const node = (): Register => ({ ...nodeFound(walk, collectionOf(facts)), id: 0 });
  return [node(), node()];
}

function callable(walk: Walk, number: number): KernelPrototype {
  const fn = kernelFunctionByNumber(number);
  if (fn === undefined) throw new Error(`kernel function ${number} passed the check`);
  if (fn.programTypes !== undefined && !fn.programTypes.has(walk.program.type))
    walk.refuse('helper-unavailable', `calling kernel function ${fn.name} is not allowed`);
  if (!isDescribedFunction(fn))
    walk.refuse('not-supported', `calls of kernel function ${fn.name} are not verified yet`);
  checkKernelPlace(walk, fn);
  return fn;
}

function checkArgument(
  walk: Walk,
  fn: KernelPrototype,
  register: number,
  facts: KernelCallFacts,
  relevance: Relevance,
): void {
  const content = walk.peek(register);
  const kind = fn.arguments[register - 1];
  switch (kind) {
    case 'ignored':
      return;
    case 'scalar':
      if (content.kind !== 'scalar') walk.refuse('bad-argument', `R${register} is not a scalar`);
      return;
    case 'ctx':
      if (!isPointer(content) || content.target !== 'ctx')
        walk.refuse(
          'bad-argument',
          `arg#${register - 1} expected pointer to ctx, but got ${kindName(content)}`,
        );
      if (content.offset !== 0 || constantOf(content.variable) !== 0n)
        walk.refuse(
          'context-access',
          `dereference of modified ctx ptr R${register} off=${content.offset} disallowed`,
        );
      return;
    case 'dynptr':
      facts.dynptr = dynptrOf(walk, content, register);
      return;
    case 'uninit_dynptr': {
      const parent = fn.name === 'bpf_dynptr_clone' ? facts.dynptr : undefined;
      makeDynptr(walk, content, register, parent?.type ?? dynptrTypes[fn.name] ?? 'local', parent?.reference);
      return;
    }
    case 'iterator':
      if (fn.iterator === undefined) throw new Error('only functions of iterators take one');
      facts.iterator = checkIterator(walk, fn.iterator, content, register);
      return;
    case 'map':
      if (isPointer(content) && content.target === 'map' && !content.isMaybeNull) return;
      checkObject(walk, 'object:bpf_map', content, register, facts);
      return;
    case 'irq_flag':
      if (!isPointer(content) || content.target !== 'stack')
        walk.refuse('bad-argument', `arg#${register - 1} doesn't point to an irq flag on stack`);
      saveOrRestore(walk, fn, content, register);
      return;
    case 'local_type':
    case 'kernel_type': {
      const id = knownNumber(content);
      if (id === undefined) walk.refuse('bad-argument', `R${register} must be a known constant`);
      relevance.noteDecided(walk.pc, register);
      facts.typeId = id;
      return;
    }
    case 'dropped_object':
    case 'dropped_percpu_object':
      facts.released = droppedObject(walk, content, register, kind === 'dropped_object' ? 0 : PERCPU);
      return;
    case 'resilient_lock':
      resilientLock(walk, content, register, fn.name);
      return;
    case 'refcounted_object':
      facts.counted = countedObject(walk, content, register);
      return;
    case 'list_head':
    case 'tree_root':
      facts.collection = collectionAt(walk, kind, content, register);
      return;
    case 'pushed_node':
      facts.pushed = pushedNode(walk, collectionOf(facts), content, register);
      return;
    case 'node':
      nodeIn(walk, collectionOf(facts), content, register, fn.name);
      return;
    case 'work_queue':
      facts.queueMap = workQueueAt(walk, content, register);
      return;
    case 'queue_map':
      requireMapOfQueue(walk, content, register, facts.queueMap);
      return;
    case 'less':
    case 'async_func':
      if (!isPointer(content) || content.target !== 'function')
        walk.refuse('bad-argument', `arg${register - 1} expected pointer to func`);
      facts.callback = content.entry;
      return;
    case 'memory':
      if (isNull(walk, content, register) || (isPointer(content) && content.isMaybeNull))
        walk.refuse('maybe-null', `Possibly NULL pointer passed to arg${register - 1}`);
      checkMemory(walk, register, relevance);
      return;
    case 'memory_or_null':
      checkMemory(walk, register, relevance);
      return;
    case 'constant_size': {
      const size = knownNumber(content);
      if (size === undefined) walk.refuse('bad-argument', `R${register} must be a known constant`);
      relevance.noteDecided(walk.pc, register);
      facts.sizeBytes = Number(BigInt.asUintN(32, size));
      return;
    }
    default:
      checkObject(walk, kind, content, register, facts);
  }
}

const OBJECT_KIND = /^(object|object_or_null|rcu_object|released_object):(\w+)$/;

/** A kernel object, at its very start: process_kf_arg_ptr_to_btf_id(). */
function checkObject(
  walk: Walk,
  kind: KernelArgument | undefined,
  content: Register,
  register: number,
  facts: KernelCallFacts,
): void {
  const [, role, type] = OBJECT_KIND.exec(kind ?? '') ?? [];
  if (type === undefined) throw new Error('a call with such an argument was refused');
  const isAbsent = isNull(walk, content, register);
  if (isAbsent && role === 'object_or_null') return;
  if (isAbsent || (isPointer(content) && content.isMaybeNull))
    walk.refuse('maybe-null', `Possibly NULL pointer passed to trusted arg${register - 1}`);
  if (!isPointer(content) || !isKept(content, role === 'rcu_object'))
    walk.refuse(
      'bad-argument',
      `R${register} must be ${role === 'rcu_object' ? 'a rcu pointer' : 'referenced or trusted'}`,
    );
  const expected = walk.kernelTypes.idOf(type);
  if (role === 'released_object' && content.reference === 0)
    walk.refuse('not-a-reference', 'release kernel function expects refcounted PTR_TO_BTF_ID');
  const isReleased = role === 'released_object';
  const isInPlace =
    constantOf(content.variable) === 0n && (isReleased ? content.offset === 0 : content.offset >= 0);
  if (!isInPlace)
    walk.refuse('bad-argument', `R${register} must have zero offset when passed to release func`);
  const { btf } = walk.kernelTypes;
  // What is given back is the object itself; of the rest, one that lies in a larger one will do.
  const lies = !isReleased && content.target === 'btf' && btf !== undefined && content.btfTypeId > 0;
  const isSame =
    content.target === 'btf' &&
    (lies
      ? holdsTypeAt(btf, content.btfTypeId, content.offset, expected)
      : content.offset === 0 && content.btfTypeId === expected);
  if (!isSame)
    walk.refuse(
      'bad-argument',
      `R${register} is ${fullKindName(walk, content)}, and struct ${type} is expected`,
    );
  if (role === 'released_object') facts.released = content.reference;
}

function isKept(pointer: PointerRegister, isRcuEnough: boolean): boolean {
  return isTrusted(pointer) || (isRcuEnough && (pointer.flags & RCU) !== 0);
}

/** Memory in the register, of the size in the next; read and written. */
function checkMemory(walk: Walk, register: number, relevance: Relevance): void {
  const content = walk.peek(register);
  const size = walk.peek(register + 1);
  if (size.kind !== 'scalar') walk.refuse('bad-argument', `R${register + 1} is not a scalar`);
  if (isNull(walk, content, register)) return;
  checkSizedMemory(walk, content, register, size, relevance);
}

function returnedBy(walk: Walk, fn: KernelPrototype, facts: KernelCallFacts): Register {
  switch (fn.returns) {
    case 'void':
      return uninitialised;
    case 'integer':
      return unknownRegister;
    case 'zero':
      return zeroRegister;
    case 'untrusted_object':
      return castObject(walk, facts.typeId);
    case 'kernel_context':
      return kernelContext(walk);
    case 'new_object_or_null':
      return madeObject(walk, facts.typeId, false);
    case 'new_percpu_object_or_null':
      return madeObject(walk, facts.typeId, true);
    case 'acquired_refcounted_or_null':
      if (facts.counted === undefined) throw new Error('one more hold is taken of an object');
      return heldOnceMore(walk, facts.counted);
    case 'acquired_node_or_null':
      return { ...nodeTaken(walk, collectionOf(facts)), isMaybeNull: true };
    case 'node_or_null':
      return { ...nodeFound(walk, collectionOf(facts)), isMaybeNull: true };
    case 'session_cookie':
      return pointerRegister('mem', { sizeBytes: SESSION_COOKIE_BYTES });
    case 'iterator_number_or_null':
      return pointerRegister('mem', {
        sizeBytes: ITERATOR_NUMBER_BYTES,
        flags: READ_ONLY,
        isMaybeNull: true,
        id: walk.newId(),
        reference: facts.iterator?.object?.reference ?? 0,
      });
    case 'read_only_slice_or_null':
    case 'slice_or_null':
      return slice(walk, facts, fn.returns === 'read_only_slice_or_null');
    default:
      return object(walk, fn.returns, facts);
  }
}

/** A kernel object that the program then holds, or that an iterator over such gave. */
function object(walk: Walk, returns: KernelReturn, facts: KernelCallFacts): Register {
  const [role, type] = returns.split(':');
  if (type === undefined) throw new Error(`nothing is known of ${returns}`);
  if (role === 'untrusted_object')
    return pointerRegister('btf', { btfTypeId: walk.kernelTypes.idOf(type), flags: UNTRUSTED });
  const isSurelyThere = role === 'acquired_object';
  const isAcquired = isSurelyThere || role === 'acquired_object_or_null';
  const reference = isAcquired ? acquire(walk) : 0;
  const isInSection = facts.iterator?.object?.isInSection === true;
  return pointerRegister('btf', {
    btfTypeId: walk.kernelTypes.idOf(type),
    flags: isInSection ? RCU : TRUSTED,
    isMaybeNull: !isSurelyThere,
    id: isSurelyThere ? 0 : isAcquired ? reference : walk.newId(),
    reference,
  });
}

function slice(walk: Walk, { dynptr, sizeBytes }: KernelCallFacts, isReadOnly: boolean): Register {
  if (dynptr === undefined) throw new Error('a slice is of a dynptr');
  if (!isReadOnly && !packetWriters.has(walk.program.type))
    walk.refuse('packet-access', 'the prog does not allow writes to packet data');
  return pointerRegister('mem', {
    sizeBytes,
    flags: isReadOnly ? READ_ONLY : 0,
    isMaybeNull: true,
    id: walk.newId(),
    reference: dynptr.reference,
    dynptr: dynptr.id,
    sliceOf: dynptr.type,
  });
}
