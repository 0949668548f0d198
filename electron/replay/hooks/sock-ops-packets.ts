/**
 * What connections of a capture tell of their sockets: a state machine for each end that is the host's, after
 * tcp_rcv_state_process() of Linux 6.18. It begins with the handshake: what was connected before is not known.
 *
 * Who listens no packet tells: nothing is called for it, and sockets that it accepts have asked for nothing. A socket
 * that was closed goes when the other end's last packet comes.
 */
import { SockOpFlag } from '../../bpf/sock-ops.ts';
import type { Attachment, Call, HookSite } from './hook.ts';
import type { PacketCounts } from './packet-counts.ts';
import { RecentFlows } from './recent-flows.ts';
import { ACK, FIN, flowKey, RST, SYN, type Segment } from './segment.ts';
import { segmentAttachments, type SeenSegment } from './segments.ts';
import type { Connection, SockOpName, SockOpsCall, SockOpsCalls } from './sock-ops-calls.ts';
import { IPPROTO_TCP } from './socket-table.ts';

/** include/net/tcp_states.h. */
const ESTABLISHED = 1;
const SYN_SENT = 2;
const SYN_RECV = 3;
const FIN_WAIT1 = 4;
const FIN_WAIT2 = 5;
const CLOSE = 7;
const CLOSE_WAIT = 8;
const LAST_ACK = 9;
const CLOSING = 11;
const NEW_SYN_RECV = 12;

/** What tcp_connect() asks, and tcp_conn_request() of a connection that is asked for. */
const CONNECTING = ['tcpConnect', 'timeoutInit', 'rwndInit', 'needsEcn'] as const;
const REQUESTED = ['timeoutInit', 'rwndInit', 'needsEcn'] as const;

interface End {
  readonly connection: Connection;
  /** Behind the last byte that it sent, as numbers of sequence count. */
  sent: number;
}

export function connectionAttachments(
  site: HookSite,
  counts: PacketCounts,
  calls: SockOpsCalls,
): readonly Attachment[] {
  const ends = new RecentFlows<End>();
  return segmentAttachments(site, counts, (call, { segment, way }) => {
    if (segment.protocol !== IPPROTO_TCP) return false;
    const before = counts.seen;
    new Step(call, calls, ends, segment, way).run();
    return counts.seen > before;
  });
}

/** One segment, and the ends that it means something to. */
class Step {
  readonly #call: Call;
  readonly #calls: SockOpsCalls;
  readonly #ends: RecentFlows<End>;
  readonly #segment: Segment;
  readonly #way: SeenSegment['way'];

  constructor(
    call: Call,
    calls: SockOpsCalls,
    ends: RecentFlows<End>,
    segment: Segment,
    way: SeenSegment['way'],
  ) {
    this.#call = call;
    this.#calls = calls;
    this.#ends = ends;
    this.#segment = segment;
    this.#way = way;
  }

  run(): void {
    if (this.#way !== 'in') this.#send();
    if (this.#way !== 'out') this.#receive();
  }

  #send(): void {
    const segment = this.#segment;
    const key = flowKey(segment, true);
    const kind = segment.flags & (SYN | ACK);
    const end = this.#ends.get(key);
    if (kind === SYN && end === undefined) this.#begin(key, SYN_SENT);
    else if (kind === (SYN | ACK) && end === undefined) this.#begin(key, NEW_SYN_RECV);
    else if (end !== undefined) this.#sendMore(key, end);
  }

  #begin(key: string, state: number): void {
    const { family, source, sourcePort, destination, destinationPort, sequence } = this.#segment;
    const end: End = {
      connection: {
        family,
        local: { address: source.slice(), port: sourcePort },
        remote: { address: destination.slice(), port: destinationPort },
        state,
        flags: 0,
      },
      sent: (sequence + 1) >>> 0,
    };
    this.#ends.set(key, end);
    if (state === SYN_SENT) for (const name of CONNECTING) this.#ask(name, end);
    else for (const name of REQUESTED) this.#ask(name, end, { isWhole: false });
  }

  #sendMore(key: string, end: End): void {
    const { flags, sequence, payloadBytes } = this.#segment;
    if ((flags & RST) !== 0) {
      this.#close(key, end);
      return;
    }
    const spans = payloadBytes + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
    const behind = (sequence + spans) >>> 0;
    const { state, flags: asked } = end.connection;
    // A probe that the other end is still there has the byte before again, and no more.
    const isAgain =
      spans > 0 && ((end.sent - behind) | 0) >= 0 && (payloadBytes !== 1 || behind !== end.sent);
    if (isAgain) {
      if ((asked & SockOpFlag.retransmission) !== 0 && state !== NEW_SYN_RECV)
        this.#ask('retransmission', end, { args: [sequence, undefined, 0] });
      return;
    }
    if (((behind - end.sent) | 0) > 0) end.sent = behind;
    if ((flags & FIN) === 0) return;
    if (state === ESTABLISHED) this.#change(end, FIN_WAIT1);
    else if (state === CLOSE_WAIT) this.#change(end, LAST_ACK);
  }

  #receive(): void {
    const segment = this.#segment;
    const key = flowKey(segment, false);
    const end = this.#ends.get(key);
    if (end === undefined) return;
    const { flags, acknowledgement } = segment;
    const { state } = end.connection;
    if ((flags & RST) !== 0) {
      this.#close(key, end);
      return;
    }
    const isAllAcknowledged = (flags & ACK) !== 0 && acknowledgement === end.sent;
    if (state === SYN_SENT && (flags & SYN) !== 0 && isAllAcknowledged) {
      this.#change(end, ESTABLISHED);
      this.#ask('activeEstablished', end, this.#header());
    } else if (state === NEW_SYN_RECV && (flags & SYN) === 0 && isAllAcknowledged) {
      end.connection.state = SYN_RECV;
      this.#ask('passiveEstablished', end, this.#header());
      this.#change(end, ESTABLISHED);
    }
    this.#end(key, end, isAllAcknowledged, (flags & FIN) !== 0);
  }

  /** What the end of either side's stream changes. */
  #end(key: string, end: End, isAllAcknowledged: boolean, isLast: boolean): void {
    const { connection } = end;
    if (connection.state === FIN_WAIT1 && isAllAcknowledged) this.#change(end, FIN_WAIT2);
    if (connection.state === CLOSING || connection.state === LAST_ACK) {
      if (isAllAcknowledged) this.#close(key, end);
      return;
    }
    if (!isLast) return;
    if (connection.state === ESTABLISHED) this.#change(end, CLOSE_WAIT);
    else if (connection.state === FIN_WAIT1) this.#change(end, CLOSING);
    else if (connection.state === FIN_WAIT2) this.#close(key, end);
  }

  #close(key: string, end: End): void {
    if (end.connection.state !== NEW_SYN_RECV) this.#change(end, CLOSE);
    this.#ends.delete(key);
  }

  #change(end: End, to: number): void {
    const { connection } = end;
    if ((connection.flags & SockOpFlag.state) !== 0)
      this.#ask('state', end, { args: [connection.state, to] });
    connection.state = to;
  }

  #header(): SockOpsCall {
    const { header, payloadBytes, flags } = this.#segment;
    return { header, packetBytes: header.length + payloadBytes, tcpFlags: flags };
  }

  #ask(name: SockOpName, { connection }: End, more: SockOpsCall = {}): void {
    this.#calls.call(this.#call, name, connection, more);
  }
}
