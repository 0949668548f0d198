/**
 * Helpers on the checksums of packets: those in headers, and what struct sk_buff keeps of them. A recording
 * does not say what the device had checked: a packet begins as one of which nothing was.
 */
import { EACCES, EFAULT, EINVAL, ENOTSUPP } from '../../maps/errno.ts';
import { difference, foldTo16, partialSum, replaceByDifference, replaceWord } from '../checksum.ts';
import { errno, memoryArgument, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { bytesAt } from './bytes.ts';
import { CHECKSUM_NONE, CHECKSUM_UNNECESSARY, SkBuff } from './sk-buff.ts';

const U16_MAX = 0xffff;
/** Bytes of the field whose change is told: 0 for a difference. */
const FIELD_BYTES_FLAGS = 0xfn;
const L4_FLAGS = 0xf0n | FIELD_BYTES_FLAGS;
const MANGLED_ZERO = 0x20n;
const ENFORCE_MANGLED_ZERO = 0x40n;
/** CSUM_MANGLED_0: a UDP checksum of 0 says that there is none. */
const MANGLED = 0xffff;

/** What bpf_csum_level() is asked for: enum bpf_csum_level values. */
const LEVEL_QUERY = 0n;
const LEVEL_INCREMENT = 1n;
const LEVEL_DECREMENT = 2n;
const LEVEL_RESET = 3n;
const LEVEL_MAX = 3;

const OK = 0n;

/** Address of a checksum to change, or the errno that refuses it. */
function checksumAt(context: HelperContext, skBuff: bigint, offset: number): number | bigint {
  if (offset > U16_MAX || offset % 2 !== 0) return errno(EFAULT);
  return bytesAt(context, skBuff, offset, 2) ?? errno(EFAULT);
}

/** The checksum after a field of the flags' size changed; undefined for other sizes. */
function replaced(sum: number, from: bigint, to: bigint, flags: bigint): number | undefined {
  switch (flags & FIELD_BYTES_FLAGS) {
    case 0n:
      return from === 0n ? replaceByDifference(sum, u32(to)) : undefined;
    case 2n:
      return replaceWord(sum, u32(from) & U16_MAX, u32(to) & U16_MAX);
    case 4n:
      return replaceWord(sum, u32(from), u32(to));
    default:
      return undefined;
  }
}

/** __skb_incr_checksum_unnecessary(). */
function increment(skb: SkBuff): void {
  if (skb.checksumState === CHECKSUM_UNNECESSARY) {
    skb.checksumLevel = Math.min(LEVEL_MAX, skb.checksumLevel + 1);
  } else if (skb.checksumState === CHECKSUM_NONE) {
    skb.checksumState = CHECKSUM_UNNECESSARY;
    skb.checksumLevel = 0;
  }
}

/** __skb_decr_checksum_unnecessary(). */
function decrement(skb: SkBuff): void {
  if (skb.checksumState !== CHECKSUM_UNNECESSARY) return;
  if (skb.checksumLevel === 0) skb.checksumState = CHECKSUM_NONE;
  else skb.checksumLevel -= 1;
}

export const checksumHelpers: HelperFamily = {
  l3_csum_replace(context, skBuff, offset, from, to, flags) {
    if ((flags & ~FIELD_BYTES_FLAGS) !== 0n) return errno(EINVAL);
    const at = checksumAt(context, skBuff, u32(offset));
    if (typeof at === 'bigint') return at;
    const { view } = context.memory;
    const sum = replaced(view.getUint16(at, true), from, to, flags);
    if (sum === undefined) return errno(EINVAL);
    view.setUint16(at, sum, true);
    return OK;
  },

  l4_csum_replace(context, skBuff, offset, from, to, flags) {
    if ((flags & ~L4_FLAGS) !== 0n) return errno(EINVAL);
    const at = checksumAt(context, skBuff, u32(offset));
    if (typeof at === 'bigint') return at;
    const { view } = context.memory;
    const before = view.getUint16(at, true);
    const isMangled = (flags & MANGLED_ZERO) !== 0n;
    if (isMangled && (flags & ENFORCE_MANGLED_ZERO) === 0n && before === 0) return OK;
    const sum = replaced(before, from, to, flags);
    if (sum === undefined) return errno(EINVAL);
    view.setUint16(at, isMangled && sum === 0 ? MANGLED : sum, true);
    return OK;
  },

  /** The sum of `to` less that of `from`, folded to 16 bits. */
  csum_diff({ memory }, from, fromSize, to, toSize, seed) {
    const [fromBytes, toBytes] = [u32(fromSize), u32(toSize)];
    const region = (register: bigint, sizeBytes: number): Uint8Array => {
      if (sizeBytes === 0) return new Uint8Array(0);
      const at = memoryArgument(memory, register, sizeBytes);
      return memory.bytes.subarray(at, at + sizeBytes);
    };
    const added = partialSum(region(to, toBytes), u32(seed));
    const taken = partialSum(region(from, fromBytes), 0);
    return BigInt(foldTo16(fromBytes === 0 ? added : difference(added, taken)));
  },

  /** Of packets whose sum the device gave, which no recording says of one. */
  csum_update({ world }) {
    world.missing('checksum that the device computed');
    return errno(ENOTSUPP);
  },

  csum_level(context, register, level) {
    const skb = new SkBuff(context, register);
    switch (level) {
      case LEVEL_QUERY:
        return skb.checksumState === CHECKSUM_UNNECESSARY ? BigInt(skb.checksumLevel) : errno(EACCES);
      case LEVEL_INCREMENT:
        increment(skb);
        return OK;
      case LEVEL_DECREMENT:
        decrement(skb);
        return OK;
      case LEVEL_RESET:
        skb.resetChecksum();
        return OK;
      default:
        return errno(EINVAL);
    }
  },
};
