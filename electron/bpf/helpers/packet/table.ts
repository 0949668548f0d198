/** The families of helpers on packets, and what some types of program get under a name that others share. */
import type { ProgramType } from '../../program.ts';
import type { HelperFamily } from '../call.ts';
import { byteHelpers, dissectorByteHelpers } from './bytes.ts';
import { checksumHelpers } from './checksums.ts';
import { encapsulationHelpers } from './encapsulation.ts';
import { markHelpers } from './marks.ts';
import { messageHelpers } from './message.ts';
import { objectOutputHelpers, skBuffOutputHelpers, xdpOutputHelpers } from './output.ts';
import { redirectHelpers, xdpRedirectHelpers } from './redirect.ts';
import { roomHelpers, streamRoomHelpers } from './room.ts';
import { routeHelpers, xdpRouteHelpers } from './route.ts';
import { segmentHelpers } from './segments.ts';
import { senderHelpers } from './sender.ts';
import { tunnelHelpers } from './tunnel.ts';
import { vlanHelpers } from './vlan.ts';
import { xdpHelpers } from './xdp.ts';

export const packetHelpers: HelperFamily = {
  ...byteHelpers,
  ...checksumHelpers,
  ...roomHelpers,
  ...vlanHelpers,
  ...markHelpers,
  ...redirectHelpers,
  ...xdpHelpers,
  ...segmentHelpers,
  ...senderHelpers,
  ...messageHelpers,
  ...routeHelpers,
  ...tunnelHelpers,
  ...encapsulationHelpers,
  ...objectOutputHelpers,
};

export const packetHelpersByType: Readonly<Partial<Record<ProgramType, HelperFamily>>> = {
  xdp: { ...xdpRedirectHelpers, ...xdpRouteHelpers, ...xdpOutputHelpers },
  flow_dissector: dissectorByteHelpers,
  sk_skb: { ...streamRoomHelpers, ...skBuffOutputHelpers },
  sched_cls: skBuffOutputHelpers,
  sched_act: skBuffOutputHelpers,
  socket_filter: skBuffOutputHelpers,
  cgroup_skb: skBuffOutputHelpers,
  lwt_in: skBuffOutputHelpers,
  lwt_out: skBuffOutputHelpers,
  lwt_xmit: skBuffOutputHelpers,
  lwt_seg6local: skBuffOutputHelpers,
};
