/** Helpers that read and write bytes of a packet. A packet here is one piece: nothing has to be pulled together. */
import { EFAULT, EINVAL, ENOMEM } from '../../maps/errno.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import { PACKET_LINK_HEADER, PACKET_NETWORK_HEADER } from '../../vm/packet.ts';
import { errno, memoryArgument, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { SkBuff } from './sk-buff.ts';

const S32_MAX = 0x7fff_ffff;
const U16_MAX = 0xffff;
const RECOMPUTE_CHECKSUM = 1n;
const INVALIDATE_HASH = 2n;
const STORE_FLAGS = RECOMPUTE_CHECKSUM | INVALIDATE_HASH;

const START_AT_LINK_HEADER = 0;
const START_AT_NETWORK_HEADER = 1;

const OK = 0n;

/** Where `sizeBytes` at an offset of the packet lie; undefined where the packet ends before. */
export function bytesAt(
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

/** Of a flow dissector: of what is no packet yet, only a frame in memory, it gives nothing. Such one has no length. */
export const dissectorByteHelpers: HelperFamily = {
  skb_load_bytes(context, skBuff, offset, to, size) {
    const hasPacket = context.memory.view.getUint32(Number(skBuff) + skBuffOffsets.len, true) !== 0;
    const from = hasPacket && u32(offset) <= U16_MAX ? u32(offset) : S32_MAX + 1;
    return load(context, skBuff, from, [to, u32(size)]);
  },
};

export const byteHelpers: HelperFamily = {
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
    if ((flags & INVALIDATE_HASH) !== 0n) new SkBuff(context, skBuff).clearHash();
    return OK;
  },

  skb_pull_data(context, skBuff, size) {
    return bytesAt(context, skBuff, 0, u32(size)) === undefined ? errno(ENOMEM) : OK;
  },
};
