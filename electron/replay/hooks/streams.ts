/**
 * Programs of sockets in maps, which see what streams carry: stream_parser and verdict of sk_skb for what comes in,
 * sk_msg for what goes out. Called for all connections of a capture, as which sockets are in maps it does not say. A
 * segment's bytes are what comes at once; for sk_msg they stand for what one call of sendmsg() gave, which no packet
 * tells. Where the object has a parser, a verdict is asked for each message that it finds.
 *
 * A capture that does not tell which way packets went shows both ends.
 */
import { MessagePlace, messageOffsets } from '../../bpf/message-context.ts';
import { PacketPlace } from '../../bpf/packet-context.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import { skBuffOffsets } from '../../bpf/sk-buff.ts';
import type { Address } from '../../bpf/vm/memory.ts';
import { PACKET_CONTEXT_BYTES } from '../../bpf/vm/packet.ts';
import type { AttachPlan, Call, HookFamily, HookSite } from './hook.ts';
import { MessageParser } from './message-parser.ts';
import { countIn, newPacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { noPackets } from './recorded-packet.ts';
import { RecentFlows } from './recent-flows.ts';
import { ACK, flowKey, type Segment } from './segment.ts';
import { segmentAttachments, type SeenSegment } from './segments.ts';
import { SocketPlaces } from './socket-place.ts';
import { AF_INET, IPPROTO_TCP, SOCK_STREAM } from './socket-table.ts';
import { Stream, type Piece } from './stream.ts';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

/** The parser of the object that is attached to a site, and the verdict that its messages go to. */
const parsers = new WeakMap<HookSite, MessageParser>();

const IN_MAPS = { what: 'which sockets are in maps: all connections are shown', remedy: undefined };
const SENT = { what: 'what each call of sendmsg() gave: each segment stands for one', remedy: undefined };

/** What a context has of its connection, by the names of the UAPI. */
interface Ends {
  readonly family: number;
  readonly remote_ip4: number;
  readonly local_ip4: number;
  readonly remote_ip6: number;
  readonly local_ip6: number;
  readonly remote_port: number;
  readonly local_port: number;
  /** A pointer of 64 bits. */
  readonly sk: number;
}

/** Of struct __sk_buff; the addresses follow its family. */
const skBuffEnds: Ends = {
  family: skBuffOffsets.family,
  remote_ip4: 92,
  local_ip4: 96,
  remote_ip6: 100,
  local_ip6: 116,
  remote_port: 132,
  local_port: 136,
  sk: skBuffOffsets.sk,
};

/** Of struct sk_msg_md. */
const messageEnds: Ends = {
  family: 16,
  remote_ip4: 20,
  local_ip4: 24,
  remote_ip6: 28,
  local_ip6: 44,
  remote_port: 60,
  local_port: 64,
  sk: messageOffsets.size + 4,
};

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const isOutgoing = program.type === 'sk_msg';
  const isParser = program.section.endsWith('stream_parser');
  const counts = { ...newPacketCounts(), unit: 'messages' as const };
  const place = isOutgoing ? new MessagePlace(site.memory) : new PacketPlace(site.memory, 'sk_skb');
  const ends = isOutgoing ? messageEnds : skBuffEnds;
  const sockets = (site.moment.knownSockets ??= new SocketPlaces(site.memory));
  const streams = new RecentFlows<{ readonly stream: Stream }>();
  let parser = parsers.get(site);
  if (parser === undefined) parsers.set(site, (parser = new MessageParser(site.moment)));
  const messages = parser;
  if (isParser) messages.isThere = true;

  const ask = (call: Call, bytes: Uint8Array, flow: object, segment: Segment): number | undefined => {
    place.put(bytes, {
      protocol: segment.family === AF_INET ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
      networkHeaderBytes: 0,
    });
    putEnds(site, place.context, ends, segment, isOutgoing, sockets, flow);
    counts.seen += 1;
    const returned = call(place.context);
    if (returned === undefined) return undefined;
    const answer = Number(BigInt.asIntN(32, returned));
    countIn(counts.verdicts, isParser ? parsedAs(answer, bytes.length) : verdictName(program.type, answer));
    return answer;
  };

  const attachments = segmentAttachments(site, counts, (call, { segment, way }: SeenSegment) => {
    if (segment.protocol !== IPPROTO_TCP) return false;
    if (!isOutgoing && !isParser) messages.verdict = (bytes, of, from) => ask(call, bytes, of, from);
    const show = (flow: object, pieces: readonly Piece[], from: Segment): boolean => {
      for (const { bytes, gapBytes } of pieces) {
        if (gapBytes > 0) site.moment.missing('bytes of streams that the capture does not hold');
        if (isParser) messages.take(bytes, gapBytes, flow, from, (message) => ask(call, message, flow, from));
        else if (isOutgoing || !messages.isThere) ask(call, bytes, flow, from);
      }
      messages.deliver();
      return pieces.length > 0;
    };
    const answered = streams.get(flowKey(segment, false));
    const isAnswer = answered !== undefined && (segment.flags & ACK) !== 0;
    const isShown =
      isAnswer && show(answered, answered.stream.acknowledged(segment.acknowledgement), turned(segment));
    if (way !== undefined && (way === 'out') !== isOutgoing) return isShown;
    const key = flowKey(segment, true);
    let flow = streams.get(key);
    if (flow === undefined) streams.set(key, (flow = { stream: new Stream() }));
    return show(flow, flow.stream.take(segment), segment) || isShown;
  });
  if (attachments.length === 0) throw noPackets(program);
  return {
    hook: hookName(program),
    attachments,
    contextSizeBytes: PACKET_CONTEXT_BYTES,
    packets: counts,
    lacks: isOutgoing ? [IN_MAPS, SENT] : [IN_MAPS],
  };
}

/** With its ends exchanged. */
function turned(segment: Segment): Segment {
  const { source, destination, sourcePort, destinationPort } = segment;
  return {
    ...segment,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

function hookName({ type, section }: LinkedProgram): string {
  return type === 'sk_msg' ? 'sk_msg' : section.replace(/^\?/, '');
}

function parsedAs(answer: number, lengthBytes: number): string {
  if (answer < 0) return 'error';
  if (answer === 0 || answer > lengthBytes) return 'more is needed';
  return 'message';
}

/** Of a segment that comes in, the local end is its destination. */
function putEnds(
  { memory: { bytes, view } }: HookSite,
  context: Address,
  ends: Ends,
  segment: Segment,
  isOutgoing: boolean,
  sockets: SocketPlaces,
  key: object,
): void {
  const source = { address: segment.source, port: segment.sourcePort };
  const destination = { address: segment.destination, port: segment.destinationPort };
  const [local, remote] = isOutgoing ? [source, destination] : [destination, source];
  const isIpv4 = segment.family === AF_INET;
  view.setUint32(context + ends.family, segment.family, true);
  bytes.set(remote.address, context + (isIpv4 ? ends.remote_ip4 : ends.remote_ip6));
  bytes.set(local.address, context + (isIpv4 ? ends.local_ip4 : ends.local_ip6));
  // In the order of the network, and of 32 bits.
  view.setUint32(context + ends.remote_port, remote.port);
  view.setUint32(context + ends.local_port, local.port, true);
  const sk = sockets.put(key, {
    family: segment.family,
    type: SOCK_STREAM,
    protocol: IPPROTO_TCP,
    source: local,
    destination: remote,
  });
  view.setBigUint64(context + ends.sk, BigInt(sk), true);
}

export const streamHooks: HookFamily = { name: 'streams', programTypes: ['sk_skb', 'sk_msg'], plan };
