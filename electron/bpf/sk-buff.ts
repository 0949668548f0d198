/**
 * struct __sk_buff, the context of programs that see packets, as the UAPI lays it out: the one place
 * that says where its fields are. Of 32 bits each, but for what the comments name.
 *
 * Source: include/uapi/linux/bpf.h of Linux 6.18.
 */
export const skBuffOffsets = {
  len: 0,
  pkt_type: 4,
  mark: 8,
  queue_mapping: 12,
  protocol: 16,
  vlan_present: 20,
  vlan_tci: 24,
  vlan_proto: 28,
  priority: 32,
  ingress_ifindex: 36,
  ifindex: 40,
  tc_index: 44,
  /** Five words. */
  cb: 48,
  hash: 68,
  tc_classid: 72,
  /** Address of the first byte; of 32 bits, as linear memory's are. */
  data: 76,
  /** Address past the last byte that is held. */
  data_end: 80,
  napi_id: 84,
  /** Addresses and ports of the socket follow. */
  family: 88,
  /** Address of what was put in front of the packet. */
  data_meta: 140,
  /** A pointer of 64 bits. */
  flow_keys: 144,
  /** Of 64 bits. */
  tstamp: 152,
  wire_len: 160,
  gso_segs: 164,
  /** A pointer of 64 bits. */
  sk: 168,
  gso_size: 176,
  /** Of 8 bits: which clock `tstamp` is of. */
  tstamp_type: 180,
} as const;

export const SK_BUFF_BYTES = 192;
