/**
 * Records for user space with bytes of a packet behind them: bpf_perf_event_output() where programs see packets,
 * bpf_skb_output() and bpf_xdp_output() where they see the kernel's object of one, whose bytes no recording holds.
 */
import { EFAULT, EINVAL } from '../../maps/errno.ts';
import { errno, memoryArgument, type HelperFamily } from '../call.ts';
import type { HelperContext, HelperFunction } from '../helper.ts';
import { perfEventArrayOf } from '../perf.ts';
import { bytesAt } from './bytes.ts';
import { xdpOf } from './xdp.ts';

/** Which buffer, and how many bytes of the packet go behind the record. */
const INDEX_MASK = 0xffff_ffffn;
const PACKET_BYTES_SHIFT = 32n;
const PACKET_BYTES_MASK = 0xf_ffffn << PACKET_BYTES_SHIFT;

/** Where the first bytes of the packet are; undefined where it has not as many. */
type Locate = (context: HelperContext, packet: bigint, sizeBytes: number) => number | undefined;

const inSkBuff: Locate = (context, packet, sizeBytes) => bytesAt(context, packet, 0, sizeBytes);

const inXdp: Locate = (context, packet, sizeBytes) => {
  const { data, end } = xdpOf(context, packet);
  return sizeBytes <= end - data ? data : undefined;
};

const inObject: Locate = ({ world }) => {
  world.missing("packet of the kernel's object");
  return undefined;
};

function outputWith(locate: Locate): HelperFunction {
  return (context, packet, mapHandle, flags, record, size) => {
    const { memory } = context;
    const map = perfEventArrayOf(context, mapHandle);
    if ((flags & ~(INDEX_MASK | PACKET_BYTES_MASK)) !== 0n) return errno(EINVAL);
    const packetBytes = Number((flags & PACKET_BYTES_MASK) >> PACKET_BYTES_SHIFT);
    const from = packetBytes === 0 ? 0 : locate(context, packet, packetBytes);
    if (from === undefined) return errno(EFAULT);
    const at = size === 0n ? 0 : memoryArgument(memory, record, Number(size));
    const behind = memory.bytes.subarray(from, from + packetBytes);
    return BigInt(map.output(flags & INDEX_MASK, at, Number(size), behind));
  };
}

export const objectOutputHelpers: HelperFamily = {
  skb_output: outputWith(inObject),
  xdp_output: outputWith(inObject),
};

/** Of types that see a struct __sk_buff, and of XDP. */
export const skBuffOutputHelpers: HelperFamily = { perf_event_output: outputWith(inSkBuff) };
export const xdpOutputHelpers: HelperFamily = { perf_event_output: outputWith(inXdp) };
