/**
 * Programs that see packets: XDP, tc, socket filters, cgroup_skb and lwt, called for every packet of a capture with
 * its real bytes. What a program answers is counted by name; the packet goes nowhere, as nothing is carried out.
 *
 * XDP and tc see the frame from its link header, a socket filter as a packet socket does; cgroup_skb and lwt are
 * called with the network header in front (net/core/filter.c, net/core/lwt_bpf.c), for IP alone; lwt programs for
 * packets of their routes, and lwt_seg6local with the packet on to its next segment (seg6_local.c).
 */
import { PACKET_BYTES_MAX, PacketPlace, type PacketFacts } from '../../bpf/packet-context.ts';
import type { LinkedProgram, ProgramType } from '../../bpf/program.ts';
import type { LinearMemory } from '../../bpf/vm/memory.ts';
import { PACKET_CONTEXT_BYTES } from '../../bpf/vm/packet.ts';
import type { EventType, Source } from '../../trace/event.ts';
import type { AttachPlan, Attachment, Call, Driver, HookFamily, HookSite } from './hook.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import { routeTestOf, type RouteTest } from './lightweight-tunnel.ts';
import { layerOf, type LinkLayer } from './link-layer.ts';
import { countIn, newPacketCounts, type PacketCounts } from './packet-counts.ts';
import { PacketInterfaces, type PacketInterface } from './packet-interfaces.ts';
import { verdictName } from './packet-verdicts.ts';
import { INBOUND, OUTBOUND, PacketWays, type PacketWay } from './packet-ways.ts';
import { noPackets, packetReader, type RecordedPacket } from './recorded-packet.ts';
import { advanceSegment } from '../../bpf/segment-routing.ts';
import { areSegmentsInOrder, setSegments } from '../../bpf/helpers/packet/segments.ts';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const BPF_OK = 0;

/** A packet that goes on as a program left it, with what the program answered; or a clone that it sent. */
export interface AnsweredPacket {
  readonly program: string;
  readonly verdict: string;
  /** LINKTYPE_ number of what `bytes` begin with. */
  readonly linkType: number;
  /** What it came by, or was sent to. */
  readonly on: PacketInterface;
  /** Inbound 1, outbound 2; 0 where the capture does not tell. */
  readonly direction: number;
  readonly timeNs: bigint;
  /** Gone with the next packet. */
  readonly bytes: Uint8Array;
  /** On the wire, as long as the program left the capture's cut. */
  readonly originalBytes: number;
}

/** Types that are called behind the link header, and for IP alone. */
const networkTypes: ReadonlySet<ProgramType> = new Set([
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'lwt_seg6local',
]);

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const packets = newPacketCounts();
  const place = new PacketPlace(site.memory, program.type);
  const routeTest = routeTestOf(program, site.moment);
  const attachments: Attachment[] = [];
  for (const source of site.sources) {
    for (const type of source.schema.types) {
      const layer = type.system === 'packet' ? layerOf(type.name) : undefined;
      if (type.system !== 'packet') continue;
      const drive =
        layer === undefined || !isSeen(program.type, layer)
          ? passBy(packets)
          : driver({
              program,
              place,
              memory: site.memory,
              packets,
              layer,
              type,
              source,
              moment: site.moment,
              routeTest,
            });
      attachments.push({ source, type: type.index, drive });
    }
  }
  if (attachments.length === 0) throw noPackets(program);
  return {
    hook: `packets:${program.type}`,
    attachments,
    contextSizeBytes: PACKET_CONTEXT_BYTES,
    packets,
    lacks: routeTest?.lack === undefined ? [] : [routeTest.lack],
  };
}

/** XDP runs on frames. A cooked header is the capture's own: the kernel shows it to no program. */
function isSeen(type: ProgramType, { isEthernet, isCooked }: LinkLayer): boolean {
  if (type === 'xdp') return isEthernet;
  return !isCooked || networkTypes.has(type);
}

/** Which way packets go that the program is attached for; undefined for both. */
function directionOf({ type, section }: LinkedProgram): number | undefined {
  if (type === 'lwt_in' || type === 'lwt_seg6local') return INBOUND;
  if (type === 'lwt_out' || type === 'lwt_xmit') return OUTBOUND;
  const [, way] = /\/(ingress|egress)$/.exec(section) ?? [];
  if (way === undefined) return undefined;
  return way === 'ingress' ? INBOUND : OUTBOUND;
}

/** A packet of a link layer that no program of the type sees. */
function passBy(packets: PacketCounts): Driver {
  return () => {
    packets.passedBy += 1;
  };
}

interface PacketDrive {
  readonly program: LinkedProgram;
  readonly place: PacketPlace;
  readonly memory: LinearMemory;
  readonly packets: PacketCounts;
  readonly layer: LinkLayer;
  readonly type: EventType;
  readonly source: Source;
  readonly moment: ReplayMoment;
  /** Of programs of routes. */
  readonly routeTest: RouteTest | undefined;
}

function driver(given: PacketDrive): Driver {
  const { program, place, memory, packets, layer, type, source, moment, routeTest } = given;
  const read = packetReader(type, source);
  const isNetworkType = networkTypes.has(program.type);
  const isSegment = program.type === 'lwt_seg6local';
  const direction = directionOf(program);
  const interfaces = new PacketInterfaces(source, moment.network);
  const ways = new PacketWays(program.type, interfaces);
  return (call, _record, batch, row) => {
    const recorded = read(batch, row);
    const { bytes, capturedBytes, originalBytes, direction: way } = recorded;
    const protocol = layer.protocolOf(bytes);
    const isIp = (protocol === ETHERTYPE_IPV4 && !isSegment) || protocol === ETHERTYPE_IPV6;
    const isWhole = bytes.length >= layer.headerBytes && bytes.length <= PACKET_BYTES_MAX;
    // Captures that do not tell the direction are handed to both.
    const isOtherWay = direction !== undefined && way !== 0 && way !== direction;
    const isAskedFor = !isOtherWay && (!isNetworkType || isIp);
    const isThrough = isWhole && isAskedFor && routeTest?.isOnRoute(bytes, layer.headerBytes) !== false;
    if (!isThrough) {
      packets.passedBy += 1;
      return;
    }
    const on = interfaces.of(recorded.interfaceId, bytes, layer.isEthernet);
    const facts: PacketFacts = {
      lengthBytes: Math.max(capturedBytes, originalBytes),
      pulledBytes: isNetworkType ? layer.headerBytes : 0,
      networkHeaderBytes: layer.headerBytes,
      interfaceIndex: on.index,
      ...(layer.isEthernet ? {} : { protocol }),
    };
    place.put(bytes, facts);
    if (isSegment && !toNextSegment(memory, place)) {
      packets.passedBy += 1;
      return;
    }
    ask(call, given, recorded, ways, on);
  };
}

/** Calls the program for the packet that lies before it, and for each of its segments that leads there again. */
function ask(
  call: Call,
  given: PacketDrive,
  recorded: RecordedPacket,
  ways: PacketWays,
  on: PacketInterface,
): void {
  const { program, place, memory, packets, layer, moment, routeTest } = given;
  const isSegment = program.type === 'lwt_seg6local';
  const hasListener = moment.onPacket !== undefined;
  moment.onEffect = hasListener ? ways.take : undefined;
  for (let isCalled = true; isCalled;) {
    packets.seen += 1;
    if (recorded.capturedBytes < recorded.originalBytes) packets.truncated += 1;
    if (hasListener) ways.begin();
    const returned = call(place.context);
    if (returned === undefined) break;
    const answer = Number(BigInt.asIntN(32, returned));
    const isInOrder = !isSegment || areSegmentsInOrder(memory, place.context);
    const name = verdictName(program.type, answer);
    const verdict = isInOrder ? name : `${name}, dropped: segments not in order`;
    countIn(packets.verdicts, verdict);
    isCalled = isSegment && isInOrder && answer === BPF_OK && goesOn(routeTest, memory, place);
    if (!hasListener) continue;
    handOut(given, recorded, ways.clones(), 'clone_redirect');
    if (isCalled || !isInOrder) continue;
    const bytes = networkTypes.has(program.type) ? framed(recorded.bytes, layer, place) : place.frame();
    const sent = ways.ways(answer, { on, direction: recorded.direction }).map((way) => ({ way, bytes }));
    handOut(given, recorded, sent, verdict);
  }
  moment.onEffect = undefined;
}

interface Sent {
  readonly way: PacketWay;
  readonly bytes: Uint8Array;
}

/** To whom asked for packets: one that goes several ways several times. */
function handOut(
  { moment, program }: PacketDrive,
  recorded: RecordedPacket,
  sent: readonly Sent[],
  verdict: string,
): void {
  const cutBytes = Math.max(0, recorded.originalBytes - recorded.capturedBytes);
  for (const { way, bytes } of sent) {
    moment.onPacket?.({
      program: program.name,
      verdict,
      linkType: recorded.linkType,
      ...way,
      timeNs: moment.timeNs(),
      bytes,
      originalBytes: bytes.length + cutBytes,
    });
  }
}

/** Makes the next segment the packet's destination; whether there is one. */
function toNextSegment(memory: LinearMemory, place: PacketPlace): boolean {
  const at = advanceSegment(place.network(), 0);
  if (at !== undefined) setSegments(memory, place.context, at);
  return at !== undefined;
}

/** Whether the next segment leads through the program again: seg6_lookup_nexthop() asks the routes anew. */
function goesOn(routeTest: RouteTest | undefined, memory: LinearMemory, place: PacketPlace): boolean {
  if (routeTest === undefined || routeTest.lack !== undefined) return false;
  return routeTest.isOnRoute(place.network(), 0) && toNextSegment(memory, place);
}

/** From the network header on as the program left it, behind the link header that it did not see. */
function framed(bytes: Uint8Array, { headerBytes, isEthernet }: LinkLayer, place: PacketPlace): Uint8Array {
  const frame = Buffer.concat([bytes.subarray(0, headerBytes), place.network()]);
  if (isEthernet) frame.writeUInt16BE(place.protocol(), headerBytes - 2);
  return frame;
}

export const packetHooks: HookFamily = {
  name: 'packets',
  programTypes: ['xdp', 'sched_cls', 'sched_act', 'socket_filter', ...networkTypes],
  plan,
};
