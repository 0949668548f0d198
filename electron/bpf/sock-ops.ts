/**
 * struct bpf_sock_ops, the context of programs that follow TCP connections, as the UAPI of Linux 6.18 lays it
 * out: the fields that helpers look at. Of 32 bits each, but for the pointers.
 */
export const sockOpsOffsets = {
  op: 0,
  is_fullsock: 72,
  bpf_sock_ops_cb_flags: 84,
  /** Of 64 bits: the first byte of the TCP header, and past the last of its options. */
  skb_data: 192,
  skb_data_end: 200,
} as const;

/** What `op` says happens: BPF_SOCK_OPS_*. */
export const SockOp = {
  tcpConnect: 3,
  activeEstablished: 4,
  passiveEstablished: 5,
  tcpListen: 11,
  headerOptionLength: 14,
  writeHeaderOption: 15,
} as const;
