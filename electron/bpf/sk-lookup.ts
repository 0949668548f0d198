/**
 * struct bpf_sk_lookup, the context of programs that choose the socket of what comes in, as the UAPI of Linux 6.18 lays
 * it out: fields of 32 bits, but for those named; addresses in the order of the network.
 */
export const skLookupOffsets = {
  /** A pointer of 64 bits: the socket chosen already. */
  sk: 0,
  family: 8,
  protocol: 12,
  remote_ip4: 16,
  remote_ip6: 20,
  /** Of 16 bits, in the order of the network. */
  remote_port: 36,
  local_ip4: 40,
  local_ip6: 44,
  /** In the order of the host. */
  local_port: 60,
  ingress_ifindex: 64,
} as const;

export const SK_LOOKUP_BYTES = 72;
