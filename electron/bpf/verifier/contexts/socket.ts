/** Contexts of programs that see sockets and what is sent over them, outside of cgroups. */
import type { ProgramType } from '../../program.ts';
import type { ContextLayouts } from './table.ts';

export const socketContexts: Partial<Record<ProgramType, ContextLayouts>> = {
  // struct sk_msg_md.
  sk_msg: {
    reads: { 4: '16-71', 8: '0-15,72' },
    writes: {},
    pointers: [
      { offset: 0, gives: 'packet' },
      { offset: 8, gives: 'packet-end' },
      { offset: 72, gives: 'sock' },
    ],
  },
  // struct bpf_sock_ops.
  sock_ops: {
    reads: { 1: '212', 2: '212', 4: '0-167,208-215', 8: '168-207,216' },
    writes: { 4: '4,164' },
    pointers: [
      { offset: 184, gives: 'sock_or_null' },
      { offset: 192, gives: 'packet' },
      { offset: 200, gives: 'packet-end' },
    ],
  },
  // struct bpf_sk_lookup.
  sk_lookup: {
    reads: { 1: '8-67', 2: '8-67', 4: '8-67', 8: '0' },
    writes: {},
    pointers: [{ offset: 0, gives: 'sock_or_null' }],
  },
  // struct sk_reuseport_md.
  sk_reuseport: {
    reads: { 1: '16-19,24-31', 2: '16-31', 4: '16-35', 8: '0-15,40-55' },
    writes: {},
    pointers: [
      { offset: 0, gives: 'packet' },
      { offset: 8, gives: 'packet-end' },
      { offset: 40, gives: 'sock' },
      { offset: 48, gives: 'sock_common_or_null' },
    ],
  },
};
