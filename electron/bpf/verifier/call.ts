/**
 * Calls of helpers and of the program's own functions, and returns. After check_helper_call(),
 * check_func_call() and prepare_func_exit() of Linux 6.18.
 */
import { isAvailableIn } from '../helpers/availability.ts';
import { argumentsIn } from '../helpers/socket-prototypes.ts';
import { movesPacket, takesPackets } from '../helpers/network.ts';
import { helperPrototypeById, isDescribed, type HelperPrototype } from '../helpers/prototypes.ts';
import type { Instruction, MapDefinition } from '../program.ts';
import { calledBackBy, returnFromCallback } from './callback.ts';
import { checkArgument, emptyFacts, fillMemory, type CallFacts } from './helper-arguments.ts';
import { noteContextRead } from './context-read.ts';
import { callGlobalFunction } from './global-function.ts';
import { holdsLock } from './graph-record.ts';
import { keepExchanged, takenByExchange } from './kptr.ts';
import type { Relevance } from './liveness.ts';
import { FRAMES_MAX } from './limits.ts';
import { isGplCompatible } from './license.ts';
import { takesMap } from './map-compatibility.ts';
import { checkHelperPlace } from './helper-places.ts';
import { isObjectReturn, returnedObject } from './object-arguments.ts';
import { mayCall } from './privilege.ts';
import { rangeScalar } from './ranges.ts';
import { checkSnprintf } from './format-call.ts';
import { forgetPackets } from './packet-pointers.ts';
import { acquire, release, requireNoneHeld } from './references.ts';
import {
  isPointer,
  kindName,
  knownNumber,
  pointerRegister,
  scalarRegister,
  uninitialised,
  type Register,
} from './register.ts';
import { knownBounds, returnRange, returnsNothing, type ReturnRange } from './return-range.ts';
import { acquiresSocket, castsSocket, isSocketReturn, returnedSocket } from './socket.ts';
import { unknownScalar, type Scalar } from './scalar.ts';
import { calledByTimer } from './timers.ts';
import { stackRange } from './stack.ts';
import { Frame, type State } from './state.ts';
import type { Walk } from './walk.ts';

const CALLER_SAVED = [0, 1, 2, 3, 4, 5];

/** What the call does beside what a helper does: the path on which it calls back, where it does. */
export function stepHelperCall(
  walk: Walk,
  instruction: Instruction,
  relevance: Relevance,
): State | undefined {
  const prototype = callable(walk, instruction.imm);
  walk.helpers.add(prototype.id);
  const facts = emptyFacts();
  facts.takesPackets = takesPackets(prototype.name);
  const kinds = argumentsIn(prototype, walk.program);
  kinds.forEach((_, index) => checkArgument(walk, kinds, index, facts, relevance));
  checkVariableArguments(walk, prototype);
  noteContextRead(walk, prototype.name);
  if (prototype.name === 'snprintf') checkSnprintf(walk);
  if (facts.map !== undefined && !takesMap(prototype.name, facts.map.type, walk.program)) {
    walk.refuse(
      'bad-map',
      `cannot pass map_type ${facts.map.type} into func bpf_${prototype.name}#${prototype.id}`,
    );
  }
  fillMemory(walk, facts);
  if (prototype.name === 'dynptr_from_mem') requireMapValue(walk, 1);
  if (facts.released !== 0 && !keepExchanged(walk, facts.exchanged, facts.released))
    release(walk, facts.released);
  if (prototype.name === 'tail_call') {
    walk.use.noteTailCall(walk, facts.mapIndex);
    requireNoneHeld(walk, 'tail_call');
  }
  const calledBack = stateCalledBack(walk, prototype, facts, relevance);
  const returned = returnedBy(walk, prototype, facts);
  for (const register of CALLER_SAVED) walk.write(register, uninitialised);
  walk.write(0, returned);
  // A tail call that fails did nothing; what one that succeeds does is seen where its function returns.
  const moves = movesPacket(prototype.name) && prototype.name !== 'tail_call';
  if (moves || writesPacket(prototype, facts)) forgetPackets(walk);
  return calledBack;
}

/** The state at the first instruction of the function that the helper calls, now or later. */
function stateCalledBack(
  walk: Walk,
  prototype: HelperPrototype,
  facts: CallFacts,
  relevance: Relevance,
): State | undefined {
  if (facts.callback < 0) return undefined;
  if (prototype.name === 'timer_set_callback') return calledByTimer(walk, facts.callback, facts.mapIndex);
  return calledBackBy(walk, prototype, facts, relevance);
}

/** The prototype of a helper that this program may call. */
function callable(walk: Walk, id: number): HelperPrototype {
  const prototype = helperPrototypeById(id);
  if (prototype === undefined) walk.refuse('unknown-helper', `invalid func unknown#${id}`);
  const name = `bpf_${prototype.name}#${id}`;
  const { type, section } = walk.program;
  const isOfType = (prototype.programTypes?.has(type) ?? true) && isAvailableIn(prototype.name, section);
  if (!isOfType || !mayCall(walk, prototype.name)) {
    walk.refuse('helper-unavailable', `program of this type cannot use helper ${name}`);
  }
  checkHelperPlace(walk, prototype.name);
  if (!isDescribed(prototype)) {
    walk.refuse(
      'helper-undescribed',
      `the arguments of helper ${name} are not described here, so a call of it cannot be proved safe`,
    );
  }
  if (prototype.isGplOnly && !isGplCompatible(walk.options.license)) {
    walk.refuse('gpl-only', 'cannot call GPL-restricted function from non-GPL compatible program');
  }
  return prototype;
}

/** bpf_dynptr_write() on a packet of which a part may lie elsewhere. */
function writesPacket({ name }: HelperPrototype, { dynptr }: CallFacts): boolean {
  return name === 'dynptr_write' && (dynptr?.type === 'skb' || dynptr?.type === 'skb_meta');
}

/** What bpf_dynptr_from_mem() may view: memory that stays. */
function requireMapValue(walk: Walk, register: number): void {
  const content = walk.read(register);
  if (!isPointer(content) || content.target !== 'map-value')
    walk.refuse('bad-argument', `Unsupported reg type ${kindName(content)} for bpf_dynptr_from_mem data`);
}

/** bpf_trace_printk() takes up to three numbers more: they must not leak addresses. */
function checkVariableArguments(walk: Walk, prototype: HelperPrototype): void {
  if (prototype.name !== 'trace_printk' || walk.isPrivileged) return;
  for (const register of [3, 4, 5]) {
    if (isPointer(walk.peek(register)))
      walk.refuse('pointer-leak', `R${register} leaks addr into helper function`);
  }
}

function returnedBy(walk: Walk, prototype: HelperPrototype, facts: CallFacts): Register {
  const { returns, name } = prototype;
  const reference = castsSocket(name) ? facts.reference : 0;
  if (isObjectReturn(returns)) return returnedObject(walk, returns, facts.object, reference);
  if (isSocketReturn(returns)) {
    const id = acquiresSocket(name) ? acquire(walk) : walk.newId();
    return returnedSocket(returns, id, acquiresSocket(name) ? id : reference);
  }
  switch (returns) {
    case 'void':
      return uninitialised;
    case 'integer':
      return scalarRegister(returnedNumber(prototype, facts));
    case 'kptr_or_null':
      return takenByExchange(walk, facts.exchanged);
    case 'map_value_or_null': {
      const foreign =
        facts.map === undefined ? undefined : lookedUpElsewhere(walk, facts.map, facts.mapIndex);
      if (foreign !== undefined) return foreign;
      const isMaybeNull = !isSurelyFound(walk, prototype, facts);
      const found = pointerRegister('map-value', { map: facts.mapIndex, isMaybeNull });
      return isMaybeNull || holdsLock(walk, found) ? { ...found, id: walk.newId() } : found;
    }
    case 'mem_or_null': {
      const id = acquire(walk);
      return pointerRegister('ringbuf-record', {
        sizeBytes: facts.allocatedBytes,
        isMaybeNull: true,
        id,
        reference: id,
      });
    }
    case 'dynptr_mem_or_null':
      return pointerRegister('mem', {
        sizeBytes: facts.allocatedBytes,
        isMaybeNull: true,
        id: walk.newId(),
        reference: facts.dynptr?.reference ?? 0,
        dynptr: facts.dynptr?.id ?? 0,
      });
  }
}

/** What a lookup finds in maps whose values are not plain bytes; undefined for all others. */
function lookedUpElsewhere(walk: Walk, map: MapDefinition, index: number): Register | undefined {
  switch (map.type) {
    case 'array_of_maps':
    case 'hash_of_maps':
      return pointerRegister('map', { map: walk.innerMap(index), isMaybeNull: true, id: walk.newId() });
    case 'sockmap':
    case 'sockhash': {
      const id = acquire(walk);
      return pointerRegister('map-value', { map: index, isMaybeNull: true, id, reference: id });
    }
    case 'devmap':
    case 'devmap_hash':
      return walk.refuse('not-supported', `what a lookup in a ${map.type} finds is not verified yet`);
    default:
      return undefined;
  }
}

/** CONFIG_NR_CPUS is at most this on every architecture. */
const CPUS_MAX = 8192n;
const ERRNO_MAX = 4095n;

/** do_refine_retval_range(): what is known of a number a helper returns. */
function returnedNumber(prototype: HelperPrototype, facts: CallFacts): Scalar {
  switch (prototype.name) {
    case 'get_smp_processor_id':
      return rangeScalar(0n, CPUS_MAX - 1n);
    case 'get_stack':
    case 'get_task_stack':
    case 'probe_read_str':
    case 'probe_read_kernel_str':
    case 'probe_read_user_str':
      return rangeScalar(-ERRNO_MAX, facts.sizeMax);
    default:
      return unknownScalar;
  }
}

/** An element of an array at a known index is there: can_elide_value_nullness(). */
function isSurelyFound(walk: Walk, prototype: HelperPrototype, facts: CallFacts): boolean {
  const { map, key } = facts;
  if (prototype.name !== 'map_lookup_elem' || map === undefined || key === undefined) return false;
  if (!walk.isBpfCapable || walk.isInnerMap(facts.mapIndex)) return false;
  if (
    (map.type !== 'array' && map.type !== 'percpu_array') ||
    key.target !== 'stack' ||
    map.keySizeBytes !== 4
  )
    return false;
  const range = stackRange(walk, key, 0, 4, 2);
  if (range.min !== range.max) return false;
  const index = constantKey(walk, range.frame, range.min);
  return index !== undefined && index < BigInt(map.maxEntries);
}

/** The four bytes at the offset as a number, where they are known: zeros, or a spilled constant. */
function constantKey(walk: Walk, frame: Frame, offset: number): bigint | undefined {
  const number = Math.floor((-offset - 1) / 8);
  const slot = frame.slot(number);
  const first = ((offset % 8) + 8) % 8;
  if (slot.kinds.slice(first, first + 4) === '0000') return 0n;
  if (slot.kinds[0] !== 's' || slot.spilled.kind !== 'scalar') return undefined;
  // Linux counts spilled bytes from the key on, and takes the whole spilled number; so must it be here,
  // and the bytes that are the key must be an index too.
  const spilledBytes = /^s*/.exec(slot.kinds.slice(first))?.[0].length;
  const spilled = knownNumber(slot.spilled);
  if (spilledBytes !== 4 || spilled === undefined) return undefined;
  walk.precision.requireSlot(walk.state, walk.state.frames.indexOf(frame), number);
  const key = (spilled >> BigInt(8 * first)) & 0xffff_ffffn;
  return key > spilled ? key : spilled;
}

export function stepFunctionCall(walk: Walk, target: number, subprogram: number): number {
  const callee = walk.subprogram(subprogram);
  if (callee.isGlobal) {
    callGlobalFunction(walk, subprogram, callee);
    return walk.pc + 1;
  }
  enterFunction(walk, subprogram);
  return target;
}

/** Goes into a function with the arguments as they are. */
function enterFunction(walk: Walk, subprogram: number): void {
  const { frames } = walk.state;
  if (frames.length >= FRAMES_MAX)
    walk.refuse('too-deep', `the call stack of ${frames.length + 1} frames is too deep`);
  const caller = walk.frame;
  const callee = new Frame(subprogram, walk.pc, frames.length);
  for (let register = 1; register <= 5; register += 1) {
    callee.registers[register] = caller.registers[register] ?? uninitialised;
  }
  for (const register of CALLER_SAVED) caller.registers[register] = uninitialised;
  frames.push(callee);
}

/** Slot to go on at after `exit`; undefined where the program ends. */
export function stepExit(walk: Walk, relevance: Relevance): number | undefined {
  const { frames } = walk.state;
  const callee = walk.frame;
  if (frames.length === 1) {
    requireNoneHeld(walk, 'BPF_EXIT instruction in main prog');
    if (callee.subprogram === 0 && returnsNothing(walk)) return undefined;
    const returned = walk.read(0);
    if (walk.leaks(returned)) walk.refuse('pointer-leak', 'R0 leaks addr as return value');
    if (callee.asynchronousEntries > 0)
      checkRange(walk, returned, relevance, ZERO_ONLY, 'At async callback return');
    else if (callee.subprogram === 0)
      checkRange(walk, returned, relevance, returnRange(walk), 'At program exit');
    else if (returned.kind !== 'scalar')
      walk.refuse(
        'bad-return',
        `At subprogram exit the register R0 is not a scalar value (${kindName(returned)})`,
      );
    return undefined;
  }
  if (callee.callback !== undefined) return returnFromCallback(walk, callee, callee.callback);
  const returned = callee.registers[0] ?? uninitialised;
  if (isPointer(returned) && returned.target === 'stack') {
    walk.refuse('pointer-leak', 'cannot return stack pointer to the caller');
  }
  frames.pop();
  walk.write(0, returned);
  return callee.callSite + 1;
}

/** What a timer calls returns 0. */
const ZERO_ONLY: ReturnRange = { min: 0, max: 0, is32Bit: false };

/** Refuses a register that may hold what is not in the range, where there is one. */
export function checkRange(
  walk: Walk,
  returned: Exclude<Register, { kind: 'uninitialised' }>,
  relevance: Relevance,
  range: ReturnRange | undefined,
  when: string,
  register = 0,
): void {
  if (range === undefined) return;
  if (returned.kind !== 'scalar')
    walk.refuse(
      'bad-return',
      `${when} the register R${register} is not a known value (${kindName(returned)})`,
    );
  relevance.noteDecided(walk.pc, register);
  const { min, max, is32Bit } = range;
  const { scalar } = returned;
  const smin = is32Bit ? BigInt(scalar.s32min) : scalar.smin;
  const smax = is32Bit ? BigInt(scalar.s32max) : scalar.smax;
  if (smin < BigInt(min) || smax > BigInt(max))
    walk.refuse(
      'bad-return',
      `${when} the register R${register} has${knownBounds(smin, smax)} should have been in [${min}, ${max}]`,
    );
}
