/** struct __sk_buff (../../sk-buff.ts) as each type of program sees it. */
import type { ProgramType } from '../../program.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import type { ContextLayout, ContextLayouts, GivenAt } from './table.ts';

const packet: readonly GivenAt[] = [
  { offset: skBuffOffsets.data, gives: 'packet' },
  { offset: skBuffOffsets.data_end, gives: 'packet-end' },
];
const socket: GivenAt = { offset: skBuffOffsets.sk, gives: 'sock_common_or_null' };

const classifier: ContextLayout = {
  reads: {
    1: '0-75,84-87,160-167,176-180',
    2: '0-75,84-87,160-167,176-179',
    4: '0-87,140,160-167,176',
    8: '48-63,152,168,184',
  },
  writes: { 1: '48-67', 2: '48-67', 4: '8-15,32,44-67,72', 8: '48-63,152' },
  pointers: [...packet, { offset: skBuffOffsets.data_meta, gives: 'packet-meta' }, socket],
};

const lightweightTunnel: ContextLayout = {
  reads: {
    1: '0-71,84-87,164-167,176-179',
    2: '0-71,84-87,164-167,176-179',
    4: '0-71,76-87,164,176',
    8: '48-63,168',
  },
  writes: { 1: '48-67', 2: '48-67', 4: '8,32,48-67', 8: '48-63' },
  pointers: [...packet, socket],
};

export const skBuffContexts: Partial<Record<ProgramType, ContextLayouts>> = {
  socket_filter: {
    reads: {
      1: '0-71,84-87,164-167,176-179',
      2: '0-71,84-87,164-167,176-179',
      4: '0-71,84,164,176',
      8: '48-63,168',
    },
    writes: { 1: '48-67', 2: '48-67', 4: '48-67', 8: '48-63' },
    pointers: [socket],
  },
  sched_cls: classifier,
  sched_act: classifier,
  cgroup_skb: {
    reads: {
      1: '0-71,84-91,132-139,164-167,176-179',
      2: '0-71,84-91,132-139,164-167,176-179',
      4: '0-71,76-139,164,176',
      8: '48-63,152,168,184',
    },
    writes: { 1: '48-67', 2: '48-67', 4: '8,32,48-67', 8: '48-63,152' },
    pointers: [...packet, socket],
    privilegedReads: [skBuffOffsets.data, skBuffOffsets.data_end],
    privilegedWrites: [skBuffOffsets.tstamp],
  },
  lwt_in: lightweightTunnel,
  lwt_out: lightweightTunnel,
  lwt_xmit: lightweightTunnel,
  lwt_seg6local: lightweightTunnel,
  sk_skb: {
    reads: {
      1: '0-7,12-71,84-91,132-139,164-167,176-179',
      2: '0-7,12-71,84-91,132-139,164-167,176-179',
      4: '0-7,12-71,76-139,164,176',
      8: '48-63,168',
    },
    writes: { 4: '32,44' },
    pointers: [...packet, socket],
  },
  flow_dissector: {
    reads: { 4: '76-83', 8: '144' },
    writes: {},
    pointers: [...packet, { offset: skBuffOffsets.flow_keys, gives: 'flow-keys' }],
  },
};
