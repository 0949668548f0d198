/**
 * Pointers into a packet: how far from them the program has proved that bytes are there, and what it
 * may do with those. The proof is a comparison with the packet's end. After check_packet_access(),
 * find_good_pkt_pointers(), try_match_pkt_pointers() and may_access_direct_pkt_data() of Linux 6.18.
 */
import type { ProgramType } from '../program.ts';
import type { Condition } from './branch.ts';
import { PACKET_OFFSET_MAX } from './limits.ts';
import {
  isPointer,
  uninitialised,
  unknownRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { constantOf } from './scalar.ts';
import type { State } from './state.ts';
import type { Walk } from './walk.ts';

/** As a range: the pointer is known to lie past the packet's end, by how much is not. */
const BEYOND_END = -1;
/** As a range: the pointer is known to be at the packet's end, or past it. */
const AT_END = -2;

/** Types that may read packets in place, and those of them that may write. */
const readers: ReadonlySet<ProgramType> = new Set([
  'lwt_in',
  'lwt_out',
  'lwt_seg6local',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_skb',
]);
const writers: ReadonlySet<ProgramType> = new Set([
  'sched_cls',
  'sched_act',
  'xdp',
  'lwt_xmit',
  'sk_skb',
  'sk_msg',
  'cgroup_sockopt',
]);

/** Whether it points to bytes of a packet, or of what was put in front of it. */
export function isPacketData({ target }: PointerRegister): boolean {
  return target === 'packet' || target === 'packet-meta';
}

function isOfPacket(register: Register): register is PointerRegister {
  return isPointer(register) && (isPacketData(register) || register.target === 'packet-end');
}

/** A part that bpf_dynptr_slice() gave of a packet. */
function isSliceOfPacket(register: Register): boolean {
  if (!isPointer(register)) return false;
  const { sliceOf } = register;
  return sliceOf === 'skb' || sliceOf === 'xdp' || sliceOf === 'skb_meta';
}

/** Two pointers of one packet: comparing them tells nobody an address. */
export function areOfPacket(left: Register, right: Register): boolean {
  return isOfPacket(left) && isOfPacket(right);
}

/** Checks `sizeBytes` from `offset` past the pointer against what was proved. */
export function checkPacketAccess(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  isZeroAllowed = false,
): void {
  if (pointer.variable.smin < 0n) {
    walk.refuse(
      'packet-bounds',
      `R${register} min value is negative, either use unsigned index or do a if (index >=0) check.`,
    );
  }
  const from = offset + pointer.offset;
  const isSizeGood = sizeBytes > 0 || isZeroAllowed;
  if (pointer.range >= 0 && from >= 0 && isSizeGood && from + sizeBytes <= pointer.range) return;
  walk.refuse(
    'packet-bounds',
    `invalid access to packet, off=${from} size=${sizeBytes}, R${register}(id=${pointer.id},off=${pointer.offset},r=${pointer.range}): R${register} offset is outside of the packet`,
  );
}

/** Refuses a store into a packet that may only be read. */
export function requireWritablePacket(walk: Walk): void {
  if (!writers.has(walk.program.type)) walk.refuse('read-only', 'cannot write into packet');
}

/** Refuses to hand bytes of the packet to a helper that does not take them. */
export function requirePacketArgument(walk: Walk, takesPackets: boolean): void {
  const { type } = walk.program;
  const isAllowed = type === 'cgroup_sockopt' || (takesPackets && (readers.has(type) || writers.has(type)));
  if (!isAllowed) walk.refuse('packet-access', 'helper access to the packet is not allowed');
}

/**
 * The pointer after a move by a number that is not known: nothing is proved from where it points now.
 * After a subtraction of what is not negative, what was proved still is.
 */
export function movedSomewhere(walk: Walk, pointer: PointerRegister, keepsRange: boolean): PointerRegister {
  if (!isPacketData(pointer)) return pointer;
  return { ...pointer, id: walk.newId(), range: keepsRange ? pointer.range : 0 };
}

/**
 * The pointer after a move by `by` bytes. That it lies past the end holds no longer where it was moved
 * back. Linux goes on believing that it does; here both ways of a comparison are then followed.
 */
export function movedBy(pointer: PointerRegister, by: bigint): PointerRegister {
  return pointer.range < 0 && by < 0n ? { ...pointer, range: 0 } : pointer;
}

const flipped: Partial<Record<Condition, Condition>> = { jgt: 'jlt', jlt: 'jgt', jge: 'jle', jle: 'jge' };

/** Which way a comparison goes whose answer is known from one before; undefined where it is not. */
export function decidePackets(
  condition: Condition,
  left: PointerRegister,
  right: PointerRegister,
): boolean | undefined {
  const isEndRight = right.target === 'packet-end';
  if (!isEndRight && left.target !== 'packet-end') return undefined;
  const { range } = isEndRight ? left : right;
  const normal = isEndRight ? condition : flipped[condition];
  if (range >= 0) return undefined;
  if (normal === 'jgt' || normal === 'jle') return range === BEYOND_END ? normal === 'jgt' : undefined;
  if (normal === 'jge' || normal === 'jlt') return normal === 'jge';
  return undefined;
}

/** As it came from the context: at the first byte. */
function isAtStart({ target, id, offset, variable }: PointerRegister): boolean {
  return target === 'packet' && id === 0 && offset === 0 && constantOf(variable) === 0n;
}

/**
 * What a comparison of two pointers tells of the packet on each of its ways. `isRight` where the moved
 * pointer is the right operand. False where it tells nothing.
 */
export function learnPackets(
  condition: Condition,
  operands: { readonly left: PointerRegister; readonly right: PointerRegister },
  registers: { readonly left: number; readonly right: number },
  ways: { readonly taken: State; readonly notTaken: State },
): boolean {
  const { left, right } = operands;
  const isLeft = isBound(left, right);
  if (!isLeft && !isBound(right, left)) return false;
  const normal = isLeft ? condition : flipped[condition];
  const moved = isLeft ? left : right;
  const register = isLeft ? registers.left : registers.right;
  switch (normal) {
    // moved > end
    case 'jgt':
      proveRange(ways.notTaken, moved, 0);
      markPastEnd(ways.taken, register, BEYOND_END);
      return true;
    // moved >= end
    case 'jge':
      proveRange(ways.notTaken, moved, 1);
      markPastEnd(ways.taken, register, AT_END);
      return true;
    // moved < end
    case 'jlt':
      proveRange(ways.taken, moved, 1);
      markPastEnd(ways.notTaken, register, AT_END);
      return true;
    // moved <= end
    case 'jle':
      proveRange(ways.taken, moved, 0);
      markPastEnd(ways.notTaken, register, BEYOND_END);
      return true;
    default:
      return false;
  }
}

/** Whether `end` bounds where `moved` may be read: a packet by its end, its metadata by its start. */
function isBound(moved: PointerRegister, end: PointerRegister): boolean {
  return (
    (moved.target === 'packet' && end.target === 'packet-end') ||
    (moved.target === 'packet-meta' && isAtStart(end))
  );
}

/** Bytes from the start of `moved`'s like up to `moved`, and `more`, are there: notes it in all of them. */
function proveRange(state: State, moved: PointerRegister, more: 0 | 1): void {
  if (moved.offset < 0 || (moved.offset === 0 && more === 1)) return;
  const limit = BigInt(PACKET_OFFSET_MAX);
  const { umax } = moved.variable;
  // Farther away, the address may have wrapped around, and lie before the end for that.
  if (umax > limit || umax + BigInt(moved.offset) > limit) return;
  const range = moved.offset + more;
  state.replaceRegisters((register) => {
    const isLike = isPointer(register) && register.target === moved.target && register.id === moved.id;
    return isLike && register.range < range ? { ...register, range } : register;
  });
}

function markPastEnd(state: State, register: number, range: number): void {
  const pointer = state.frame.registers[register];
  if (pointer?.kind !== 'pointer' || pointer.target !== 'packet') return;
  state.frame.registers[register] = { ...pointer, range };
}

/** The packet may have moved: no pointer into it is worth anything any more. clear_all_pkt_pointers(). */
export function forgetPackets(walk: Walk): void {
  const gone = walk.isPrivileged ? unknownRegister : uninitialised;
  walk.state.replaceRegisters((register) =>
    isOfPacket(register) || isSliceOfPacket(register) ? gone : register,
  );
}

/** Whether a path that is safe with `old` is safe with `current`, as far as what was proved goes. */
export function coversRange(old: PointerRegister, current: PointerRegister): boolean {
  if (old.range < 0 || current.range < 0) return old.range === current.range;
  return old.range <= current.range;
}
