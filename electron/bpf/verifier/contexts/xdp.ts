/** struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex. */
import type { ProgramType } from '../../program.ts';
import { ATTACH } from '../attach-type.ts';
import type { ContextLayout, ContextLayouts } from './table.ts';

const anywhere: ContextLayout = {
  reads: { 4: '0-19' },
  writes: {},
  pointers: [
    { offset: 0, gives: 'packet' },
    { offset: 4, gives: 'packet-end' },
    { offset: 8, gives: 'packet-meta' },
  ],
};

export const xdpContexts: Partial<Record<ProgramType, ContextLayouts>> = {
  xdp: new Map([
    [ATTACH.none, anywhere],
    [ATTACH.xdp, anywhere],
    [ATTACH.xdpCpumap, anywhere],
    // Where a packet leaves by is known once it was redirected.
    [ATTACH.xdpDevmap, { ...anywhere, reads: { 4: '0-23' } }],
  ]),
};
