/**
 * Helpers that read and change packets, on packets as packet-context.ts lays them out. After
 * net/core/filter.c of Linux 6.18. A packet here is one piece, so that nothing has to be pulled together.
 */
import { EACCES, EFAULT, EINVAL, ENOMEM } from '../maps/errno.ts';
import { FRAME_END, FRAME_START } from '../packet-context.ts';
import { skBuffOffsets } from '../sk-buff.ts';
import { PACKET_LINK_HEADER, PACKET_NETWORK_HEADER } from '../vm/packet.ts';
import { xdpOffsets } from '../xdp-md.ts';
import { difference, foldTo16, partialSum, replaceByDifference, replaceWord } from './checksum.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const S32_MAX = 0x7fff_ffff;
const U16_MAX = 0xffff;
const ETHERNET_BYTES = 14;
/** struct xdp_frame, which the kernel keeps at the start of the frame. */
const XDP_FRAME_BYTES = 40;
const METADATA_BYTES_MAX = 255;

const STORE_FLAGS = 0b11n;
/** Bytes of the field whose change is told: 0 for a difference. */
const FIELD_BYTES_FLAGS = 0xfn;
const L4_FLAGS = 0xf0n | FIELD_BYTES_FLAGS;
const MANGLED_ZERO = 0x20n;
const ENFORCE_MANGLED_ZERO = 0x40n;
/** CSUM_MANGLED_0: a UDP checksum of 0 says that there is none. */
const MANGLED = 0xffff;

const START_AT_LINK_HEADER = 0;
const START_AT_NETWORK_HEADER = 1;

const OK = 0n;

/** Where `sizeBytes` at an offset of the packet lie; undefined where the packet ends before. */
function bytesAt(
  { memory, world }: HelperContext,
  skBuff: bigint,
  offset: number,
  sizeBytes: number,
): number | undefined {
  const context = Number(skBuff);
  const data = memory.view.getUint32(context + skBuffOffsets.data, true);
  const recordedBytes = memory.view.getUint32(context + skBuffOffsets.data_end, true) - data;
  if (offset + sizeBytes <= recordedBytes) return data + offset;
  const length = memory.view.getUint32(context + skBuffOffsets.len, true);
  if (offset + sizeBytes <= length) world.missing('packet bytes beyond the capture');
  return undefined;
}

function load(
  context: HelperContext,
  skBuff: bigint,
  offset: number,
  [to, sizeBytes]: readonly [bigint, number],
): bigint {
  const { bytes } = context.memory;
  const target = memoryArgument(context.memory, to, sizeBytes);
  const from = offset > S32_MAX ? undefined : bytesAt(context, skBuff, offset, sizeBytes);
  if (from === undefined) {
    bytes.fill(0, target, target + sizeBytes);
    return errno(EFAULT);
  }
  bytes.copyWithin(target, from, from + sizeBytes);
  return OK;
}

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

interface Xdp {
  readonly context: number;
  readonly data: number;
  readonly end: number;
  readonly meta: number;
}

function xdpOf({ memory: { view } }: HelperContext, register: bigint): Xdp {
  const context = Number(register);
  const read = (offset: number): number => view.getUint32(context + offset, true);
  return {
    context,
    data: read(xdpOffsets.data),
    end: read(xdpOffsets.data_end),
    meta: read(xdpOffsets.data_meta),
  };
}

function s32(register: bigint): number {
  return u32(register) | 0;
}

/** Where `sizeBytes` of an XDP packet lie, or the errno. */
function xdpBytesAt({ data, end }: Xdp, offset: number, sizeBytes: number): number | bigint {
  if (offset > U16_MAX || sizeBytes > U16_MAX) return errno(EFAULT);
  return offset + sizeBytes > end - data ? errno(EINVAL) : data + offset;
}

export const packetHelpers: HelperFamily = {
  skb_load_bytes: (context, skBuff, offset, to, size) => load(context, skBuff, u32(offset), [to, u32(size)]),

  skb_load_bytes_relative(context, skBuff, offset, to, size, start) {
    const { view } = context.memory;
    const header = {
      [START_AT_LINK_HEADER]: PACKET_LINK_HEADER,
      [START_AT_NETWORK_HEADER]: PACKET_NETWORK_HEADER,
    }[u32(start)];
    if (header === undefined || u32(offset) > U16_MAX)
      return load(context, skBuff, S32_MAX + 1, [to, u32(size)]);
    const distance = view.getInt32(Number(skBuff) + header, true);
    return load(context, skBuff, u32(offset) + distance, [to, u32(size)]);
  },

  skb_store_bytes(context, skBuff, offset, from, size, flags) {
    if ((flags & ~STORE_FLAGS) !== 0n) return errno(EINVAL);
    const sizeBytes = u32(size);
    const to = u32(offset) > S32_MAX ? undefined : bytesAt(context, skBuff, u32(offset), sizeBytes);
    if (to === undefined) return errno(EFAULT);
    const source = memoryArgument(context.memory, from, sizeBytes);
    context.memory.bytes.copyWithin(to, source, source + sizeBytes);
    return OK;
  },

  skb_pull_data(context, skBuff, size) {
    return bytesAt(context, skBuff, 0, u32(size)) === undefined ? errno(ENOMEM) : OK;
  },

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

  xdp_get_buff_len(context, register) {
    const { data, end } = xdpOf(context, register);
    return BigInt(end - data);
  },

  xdp_load_bytes(context, register, offset, to, size) {
    const at = xdpBytesAt(xdpOf(context, register), u32(offset), u32(size));
    if (typeof at === 'bigint') return at;
    context.memory.bytes.copyWithin(memoryArgument(context.memory, to, u32(size)), at, at + u32(size));
    return OK;
  },

  xdp_store_bytes(context, register, offset, from, size) {
    const at = xdpBytesAt(xdpOf(context, register), u32(offset), u32(size));
    if (typeof at === 'bigint') return at;
    const source = memoryArgument(context.memory, from, u32(size));
    context.memory.bytes.copyWithin(at, source, source + u32(size));
    return OK;
  },

  xdp_adjust_head(helper, register, offset) {
    const { bytes, view } = helper.memory;
    const { context, data, end, meta } = xdpOf(helper, register);
    const metadataBytes = data - meta;
    const frame = view.getUint32(context + FRAME_START, true);
    const moved = data + s32(offset);
    if (moved < frame + XDP_FRAME_BYTES + metadataBytes || moved > end - ETHERNET_BYTES) return errno(EINVAL);
    bytes.copyWithin(moved - metadataBytes, meta, data);
    view.setUint32(context + xdpOffsets.data, moved, true);
    view.setUint32(context + xdpOffsets.data_meta, moved - metadataBytes, true);
    return OK;
  },

  xdp_adjust_tail(helper, register, offset) {
    const { bytes, view } = helper.memory;
    const { context, data, end } = xdpOf(helper, register);
    const moved = end + s32(offset);
    if (moved > view.getUint32(context + FRAME_END, true) || moved < data + ETHERNET_BYTES)
      return errno(EINVAL);
    if (moved > end) bytes.fill(0, end, moved);
    view.setUint32(context + xdpOffsets.data_end, moved, true);
    return OK;
  },

  xdp_adjust_meta(helper, register, offset) {
    const { view } = helper.memory;
    const { context, data, meta } = xdpOf(helper, register);
    const moved = meta + s32(offset);
    if (moved < view.getUint32(context + FRAME_START, true) + XDP_FRAME_BYTES || moved > data)
      return errno(EINVAL);
    const sizeBytes = data - moved;
    if (sizeBytes % 4 !== 0 || sizeBytes > METADATA_BYTES_MAX) return errno(EACCES);
    view.setUint32(context + xdpOffsets.data_meta, moved, true);
    return OK;
  },
};
