/** Helpers of XDP programs on the packet: its bytes, and where it begins and ends. */
import { EACCES, EFAULT, EINVAL } from '../../maps/errno.ts';
import { FRAME_END, FRAME_START } from '../../packet-context.ts';
import { xdpOffsets } from '../../xdp-md.ts';
import { errno, memoryArgument, s32, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';

const U16_MAX = 0xffff;
const ETHERNET_BYTES = 14;
/** struct xdp_frame, which the kernel keeps at the start of the frame. */
const XDP_FRAME_BYTES = 40;
const METADATA_BYTES_MAX = 255;
const OK = 0n;

export interface Xdp {
  readonly context: number;
  readonly data: number;
  readonly end: number;
  readonly meta: number;
}

export function xdpOf({ memory: { view } }: HelperContext, register: bigint): Xdp {
  const context = Number(register);
  const read = (offset: number): number => view.getUint32(context + offset, true);
  return {
    context,
    data: read(xdpOffsets.data),
    end: read(xdpOffsets.data_end),
    meta: read(xdpOffsets.data_meta),
  };
}

/** Where `sizeBytes` of an XDP packet lie, or the errno. */
function xdpBytesAt({ data, end }: Xdp, offset: number, sizeBytes: number): number | bigint {
  if (offset > U16_MAX || sizeBytes > U16_MAX) return errno(EFAULT);
  return offset + sizeBytes > end - data ? errno(EINVAL) : data + offset;
}

export const xdpHelpers: HelperFamily = {
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
