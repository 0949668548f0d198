/**
 * struct bpf_sock_ops, the context of programs that follow TCP connections, as the UAPI of Linux 6.18 lays it
 * out. Fields of 32 bits, but for those named; addresses and the remote port in the order of the network.
 */
export const sockOpsOffsets = {
  op: 0,
  /** Four words; the first is also what the program replies. */
  args: 4,
  family: 20,
  remote_ip4: 24,
  local_ip4: 28,
  /** Four words each. */
  remote_ip6: 32,
  local_ip6: 48,
  remote_port: 64,
  /** In the order of the host. */
  local_port: 68,
  is_fullsock: 72,
  snd_cwnd: 76,
  srtt_us: 80,
  bpf_sock_ops_cb_flags: 84,
  state: 88,
  rtt_min: 92,
  snd_ssthresh: 96,
  rcv_nxt: 100,
  snd_nxt: 104,
  snd_una: 108,
  mss_cache: 112,
  ecn_flags: 116,
  rate_delivered: 120,
  rate_interval_us: 124,
  packets_out: 128,
  retrans_out: 132,
  total_retrans: 136,
  segs_in: 140,
  data_segs_in: 144,
  segs_out: 148,
  data_segs_out: 152,
  lost_out: 156,
  sacked_out: 160,
  sk_txhash: 164,
  /** Of 64 bits. */
  bytes_received: 168,
  bytes_acked: 176,
  /** A pointer of 64 bits. */
  sk: 184,
  /** Of 64 bits: the first byte of the TCP header, and past the last of its options. */
  skb_data: 192,
  skb_data_end: 200,
  skb_len: 208,
  skb_tcp_flags: 212,
  /** Of 64 bits. */
  skb_hwtstamp: 216,
} as const;

export const SOCK_OPS_BYTES = 224;

/** What `op` says happens: BPF_SOCK_OPS_*. */
export const SockOp = {
  timeoutInit: 1,
  rwndInit: 2,
  tcpConnect: 3,
  activeEstablished: 4,
  passiveEstablished: 5,
  needsEcn: 6,
  baseRtt: 7,
  retransmissionTimeout: 8,
  retransmission: 9,
  state: 10,
  tcpListen: 11,
  roundTripTime: 12,
  parseHeaderOption: 13,
  headerOptionLength: 14,
  writeHeaderOption: 15,
} as const;

/** Bits of bpf_sock_ops_cb_flags: what a socket is called for beside what all are. */
export const SockOpFlag = {
  retransmissionTimeout: 1,
  retransmission: 2,
  state: 4,
  roundTripTime: 8,
  parseAllOptions: 16,
  parseUnknownOptions: 32,
  writeOptions: 64,
} as const;
