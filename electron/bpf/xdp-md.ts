/**
 * struct xdp_md, the context of XDP programs, of 32 bits a field.
 *
 * Source: include/uapi/linux/bpf.h of Linux 6.18.
 */
export const xdpOffsets = {
  /** Address of the first byte. */
  data: 0,
  /** Address past the last byte. */
  data_end: 4,
  /** Address of what was put in front of the packet. */
  data_meta: 8,
  ingress_ifindex: 12,
  rx_queue_index: 16,
  egress_ifindex: 20,
} as const;
