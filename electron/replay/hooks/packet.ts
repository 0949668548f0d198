/**
 * Programs that see packets: XDP, tc, socket filters, cgroup_skb and lwt, called for every packet of a capture with
 * its real bytes. What a program answers is counted by name; the packet goes nowhere, as nothing is carried out.
 *
 * XDP and tc see the frame from its link header, a socket filter as a packet socket does; cgroup_skb and lwt are
 * called with the network header in front (net/core/filter.c, net/core/lwt_bpf.c), for IP alone.
 */
import { PACKET_BYTES_MAX, PacketPlace, type PacketFacts } from '../../bpf/packet-context.ts';
import type { LinkedProgram, ProgramType } from '../../bpf/program.ts';
import { PACKET_CONTEXT_BYTES } from '../../bpf/vm/packet.ts';
import { Failure } from '../../failure.ts';
import type { Batch, EventType, Source } from '../../trace/event.ts';
import { fieldOf } from '../../trace/record.ts';
import type { AttachPlan, Attachment, Driver, HookFamily, HookSite } from './hook.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import { layerOf, type LinkLayer } from './link-layer.ts';
import { verdictName } from './packet-verdicts.ts';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** Of epb_flags: draft-ietf-opsawg-pcapng, section 4.3.1. */
const DIRECTION_MASK = 3;
const INBOUND = 1;
const OUTBOUND = 2;

/** What became of the packets of a capture, by program. */
export interface PacketCounts {
  /** Packets that the program was called for. */
  seen: number;
  /** Of them, those that the capture cut. */
  truncated: number;
  /**
   * Packets that the kernel would not hand to the program: of another link layer, not IP, of the other direction,
   * or longer than a frame can be.
   */
  passedBy: number;
  /** By the name the kernel's headers give the answer: `XDP_DROP`. */
  readonly verdicts: Map<string, number>;
}

/** A packet as a program left it, with what it answered. */
export interface AnsweredPacket {
  readonly program: string;
  readonly verdict: string;
  /** LINKTYPE_ number of what `bytes` begin with. */
  readonly linkType: number;
  readonly timeNs: bigint;
  /** Gone with the next packet. */
  readonly bytes: Uint8Array;
  /** On the wire, as long as the program left the capture's cut. */
  readonly originalBytes: number;
}

/** Types that are called behind the link header, and for IP alone. */
const networkTypes: ReadonlySet<ProgramType> = new Set(['cgroup_skb', 'lwt_in', 'lwt_out', 'lwt_xmit']);

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const packets: PacketCounts = { seen: 0, truncated: 0, passedBy: 0, verdicts: new Map() };
  const place = new PacketPlace(site.memory, program.type);
  const attachments: Attachment[] = [];
  for (const source of site.sources) {
    for (const type of source.schema.types) {
      const layer = type.system === 'packet' ? layerOf(type.name) : undefined;
      if (type.system !== 'packet') continue;
      const drive =
        layer === undefined || !isSeen(program.type, layer)
          ? passBy(packets)
          : driver({ program, place, packets, layer, type, source, moment: site.moment });
      attachments.push({ source, type: type.index, drive });
    }
  }
  if (attachments.length === 0) {
    throw new Failure(
      'replay',
      'event-not-recorded',
      'the recording holds no packets; record them with tcpdump -w, and put the capture into the bundle',
      { file: program.name, at: `section ${program.section}` },
      { event: 'packet' },
    );
  }
  return { hook: `packets:${program.type}`, attachments, contextSizeBytes: PACKET_CONTEXT_BYTES, packets };
}

/** XDP runs on frames. A cooked header is the capture's own: the kernel shows it to no program. */
function isSeen(type: ProgramType, { isEthernet, isCooked }: LinkLayer): boolean {
  if (type === 'xdp') return isEthernet;
  return !isCooked || networkTypes.has(type);
}

/** Which way packets go that the program is attached for; undefined for both. */
function directionOf({ type, section }: LinkedProgram): number | undefined {
  if (type === 'lwt_in') return INBOUND;
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
  readonly packets: PacketCounts;
  readonly layer: LinkLayer;
  readonly type: EventType;
  readonly source: Source;
  readonly moment: ReplayMoment;
}

function driver({ program, place, packets, layer, type, source, moment }: PacketDrive): Driver {
  const { isLittleEndian } = source.schema;
  const at = (name: string): number => fieldOf(type, name)?.offsetBytes ?? -1;
  const [linkTypeAt, capturedAt, originalAt, dataAt, interfaceAt] = [
    at('link_type'),
    at('captured_length'),
    at('original_length'),
    at('data'),
    at('interface'),
  ];
  const flagsAt = at('flags');
  const isNetworkType = networkTypes.has(program.type);
  const direction = directionOf(program);
  let view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
  return (call, _record, batch, row) => {
    if (view.buffer !== batch.bytes.buffer) view = new DataView(batch.bytes.buffer);
    const start = batch.bytes.byteOffset + (batch.offset[row] ?? 0);
    const word = (offset: number): number => view.getUint32(start + offset, isLittleEndian);
    const captured = word(capturedAt);
    const bytes = bytesOf(batch, row, word(dataAt) & 0xffff, captured);
    const protocol = layer.protocolOf(bytes);
    const isIp = protocol === ETHERTYPE_IPV4 || protocol === ETHERTYPE_IPV6;
    const isWhole = bytes.length >= layer.headerBytes && bytes.length <= PACKET_BYTES_MAX;
    // Captures that do not tell the direction are handed to both.
    const way = flagsAt < 0 ? 0 : word(flagsAt) & DIRECTION_MASK;
    const isOtherWay = direction !== undefined && way !== 0 && way !== direction;
    if (!isWhole || isOtherWay || (isNetworkType && !isIp)) {
      packets.passedBy += 1;
      return;
    }
    const facts: PacketFacts = {
      lengthBytes: Math.max(captured, word(originalAt)),
      pulledBytes: isNetworkType ? layer.headerBytes : 0,
      networkHeaderBytes: layer.headerBytes,
      // Linux counts interfaces from 1, captures from 0.
      interfaceIndex: interfaceAt < 0 ? 1 : word(interfaceAt) + 1,
      ...(layer.isEthernet ? {} : { protocol }),
    };
    place.put(bytes, facts);
    packets.seen += 1;
    if (captured < word(originalAt)) packets.truncated += 1;
    const returned = call(place.context);
    if (returned === undefined) return;
    const verdict = verdictName(program.type, Number(BigInt.asIntN(32, returned)));
    packets.verdicts.set(verdict, (packets.verdicts.get(verdict) ?? 0) + 1);
    if (moment.onPacket === undefined) return;
    const left = place.taken();
    moment.onPacket({
      program: program.name,
      verdict,
      linkType: word(linkTypeAt),
      timeNs: moment.timeNs(),
      bytes: left,
      originalBytes: left.length + Math.max(0, word(originalAt) - captured),
    });
  };
}

function bytesOf(batch: Batch, row: number, dataAt: number, captured: number): Uint8Array {
  const start = (batch.offset[row] ?? 0) + dataAt;
  const end = Math.min(start + captured, (batch.offset[row] ?? 0) + (batch.length[row] ?? 0));
  return batch.bytes.subarray(start, end);
}

export const packetHooks: HookFamily = {
  name: 'packets',
  programTypes: ['xdp', 'sched_cls', 'sched_act', 'socket_filter', ...networkTypes],
  plan,
};
