/**
 * Ancillary loads: absolute loads of an offset from SKF_AD_OFF on, which give what the kernel knows of
 * a packet beside its bytes. One row for each, with where an eBPF program finds the same.
 *
 * Source: enum SKF_AD_* of include/uapi/linux/filter.h, struct __sk_buff of include/uapi/linux/bpf.h,
 * and the behaviour of convert_bpf_extensions() in Linux 6.18.
 */
import { skBuffOffsets } from '../sk-buff.ts';
import { ANCILLARY_START } from './instruction.ts';

export type AncillaryMeaning =
  /** 32 bits of struct __sk_buff at `offset`; `isSwapped`: 16 bits in network order there. */
  | { readonly kind: 'field'; readonly offset: number; readonly isSwapped: boolean }
  /** As field; 0 there means no device, and ends the program with A as it is. */
  | { readonly kind: 'deviceField'; readonly offset: number }
  /** What a helper without arguments returns. */
  | { readonly kind: 'helper'; readonly id: number }
  | { readonly kind: 'xorX' }
  /** eBPF programs have no way to it. */
  | { readonly kind: 'unavailable' };

export interface Ancillary {
  /** As filter.h spells it. */
  readonly name: string;
  readonly meaning: AncillaryMeaning;
}

const GET_PRANDOM_U32 = 7;
const GET_SMP_PROCESSOR_ID = 8;

function field(name: keyof typeof skBuffOffsets, isSwapped = false): AncillaryMeaning {
  return { kind: 'field', offset: skBuffOffsets[name], isSwapped };
}

/** By the offset's distance from SKF_AD_OFF. */
const ancillaries: ReadonlyMap<number, Ancillary> = new Map([
  [0, { name: 'SKF_AD_PROTOCOL', meaning: field('protocol', true) }],
  [4, { name: 'SKF_AD_PKTTYPE', meaning: field('pkt_type') }],
  [8, { name: 'SKF_AD_IFINDEX', meaning: { kind: 'deviceField', offset: skBuffOffsets.ifindex } }],
  [12, { name: 'SKF_AD_NLATTR', meaning: { kind: 'unavailable' } }],
  [16, { name: 'SKF_AD_NLATTR_NEST', meaning: { kind: 'unavailable' } }],
  [20, { name: 'SKF_AD_MARK', meaning: field('mark') }],
  [24, { name: 'SKF_AD_QUEUE', meaning: field('queue_mapping') }],
  [28, { name: 'SKF_AD_HATYPE', meaning: { kind: 'unavailable' } }],
  [32, { name: 'SKF_AD_RXHASH', meaning: field('hash') }],
  [36, { name: 'SKF_AD_CPU', meaning: { kind: 'helper', id: GET_SMP_PROCESSOR_ID } }],
  [40, { name: 'SKF_AD_ALU_XOR_X', meaning: { kind: 'xorX' } }],
  [44, { name: 'SKF_AD_VLAN_TAG', meaning: field('vlan_tci') }],
  [48, { name: 'SKF_AD_VLAN_TAG_PRESENT', meaning: field('vlan_present') }],
  [52, { name: 'SKF_AD_PAY_OFFSET', meaning: { kind: 'unavailable' } }],
  [56, { name: 'SKF_AD_RANDOM', meaning: { kind: 'helper', id: GET_PRANDOM_U32 } }],
  [60, { name: 'SKF_AD_VLAN_TPID', meaning: field('vlan_proto', true) }],
]);

/** The ancillary an absolute load of `k` stands for; undefined for a load of the packet, or of nothing. */
export function ancillaryAt(k: number): Ancillary | undefined {
  return ancillaries.get(k - ANCILLARY_START);
}
