/** struct xdp_md (../../xdp-md.ts) as XDP programs see it. */
import type { ProgramType } from '../../program.ts';
import { xdpOffsets } from '../../xdp-md.ts';
import { ATTACH } from '../attach-type.ts';
import type { ContextLayout, ContextLayouts } from './table.ts';

const anywhere: ContextLayout = {
  reads: { 4: '0-19' },
  writes: {},
  pointers: [
    { offset: xdpOffsets.data, gives: 'packet' },
    { offset: xdpOffsets.data_end, gives: 'packet-end' },
    { offset: xdpOffsets.data_meta, gives: 'packet-meta' },
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
