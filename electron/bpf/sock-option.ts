/** struct bpf_sockopt, the context of programs that see options of sockets, as the UAPI of Linux 6.18 lays it out. */
export const sockOptionOffsets = {
  /** Pointers of 64 bits. */
  sk: 0,
  optval: 8,
  optval_end: 16,
  /** Of 32 bits. */
  level: 24,
  optname: 28,
  optlen: 32,
  retval: 36,
} as const;

export const SOCK_OPTION_BYTES = 40;
