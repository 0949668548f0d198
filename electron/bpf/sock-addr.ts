/**
 * struct bpf_sock_addr and struct bpf_sock as the UAPI of Linux 6.18 lays them out: contexts of programs that
 * see calls on sockets, and what they see of a socket. Fields of 32 bits, but for the pointer; addresses and ports in
 * the order of the network unless said otherwise.
 */
export const sockAddrOffsets = {
  user_family: 0,
  user_ip4: 4,
  /** Four words. */
  user_ip6: 8,
  user_port: 24,
  family: 28,
  type: 32,
  protocol: 36,
  msg_src_ip4: 40,
  msg_src_ip6: 44,
  /** A pointer of 64 bits. */
  sk: 64,
} as const;

export const SOCK_ADDR_BYTES = 72;

export const sockOffsets = {
  bound_dev_if: 0,
  family: 4,
  type: 8,
  protocol: 12,
  mark: 16,
  priority: 20,
  src_ip4: 24,
  src_ip6: 28,
  /** In the order of the host. */
  src_port: 44,
  /** Of 16 bits. */
  dst_port: 48,
  dst_ip4: 52,
  dst_ip6: 56,
  state: 72,
  rx_queue_mapping: 76,
} as const;

export const SOCK_BYTES = 80;
