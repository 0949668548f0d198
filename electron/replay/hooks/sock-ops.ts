/**
 * Programs that follow TCP connections (sock_ops): called where net/ipv4/tcp.c and its neighbours in Linux 6.18 do, as
 * far as sock:inet_sock_set_state and tcp:tcp_retransmit_skb tell. What every socket is called for comes always; the
 * other callbacks only for a socket that asked for them, as its listener did where it was accepted.
 *
 * Without these, connections are known by the packets of a capture (sock-ops-packets.ts).
 *
 * The kernel changes a socket's state, calls the program and tells its tracepoint, in an order that differs: calls come
 * at the event all the same, one after the other.
 */
import { SockOpFlag, sockOpsOffsets, SOCK_OPS_BYTES } from '../../bpf/sock-ops.ts';
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import type { EventType, Source } from '../../trace/event.ts';
import { RecordFields } from '../kernel/objects/record-fields.ts';
import type { AttachPlan, Attachment, Call, Driver, HookFamily, HookSite, Lack } from './hook.ts';
import { newPacketCounts } from './packet-counts.ts';
import { connectionAttachments } from './sock-ops-packets.ts';
import { isInternet, SockOpsCalls, type Connection, type SockOpName } from './sock-ops-calls.ts';
import { AF_INET, IPPROTO_TCP, type Endpoint } from './socket-table.ts';

const STATE = 'sock:inet_sock_set_state';
const RETRANSMISSION = 'tcp:tcp_retransmit_skb';
const DESTRUCTION = 'tcp:tcp_destroy_sock';
const EVENTS = [STATE, RETRANSMISSION, DESTRUCTION];
const NEEDED = ['skaddr', 'sport', 'dport', 'family', 'saddr', 'daddr', 'saddr_v6', 'daddr_v6'];

/** include/net/tcp_states.h. */
const TCP_ESTABLISHED = 1;
const TCP_SYN_SENT = 2;
const TCP_SYN_RECV = 3;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;

/** Sockets followed at once; beyond, the oldest is forgotten. A machine has that many ports and more. */
const CONNECTIONS_MAX = 262_144;

/** Fields that the events tell, or that are the same of every call. */
const TOLD: ReadonlySet<keyof typeof sockOpsOffsets> = new Set([
  'op',
  'args',
  'family',
  'remote_ip4',
  'local_ip4',
  'remote_ip6',
  'local_ip6',
  'remote_port',
  'local_port',
  'is_fullsock',
  'bpf_sock_ops_cb_flags',
  'state',
  'sk',
  'skb_data',
  'skb_data_end',
  'skb_len',
  'skb_tcp_flags',
  'skb_hwtstamp',
]);

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const counts = { ...newPacketCounts(), unit: 'calls' as const };
  const calls = new SockOpsCalls(site, counts);
  const follower = new Connections(site, calls);
  const attachments: Attachment[] = [];
  for (const source of site.sources) {
    for (const type of source.schema.types) {
      const name = `${type.system}:${type.name}`;
      if (!EVENTS.includes(name)) continue;
      const drive = follower.driver(name, source, type);
      if (drive === undefined) continue;
      attachments.push({
        source,
        type: type.index,
        drive,
        ...(name === DESTRUCTION ? { isFollowed: true } : {}),
      });
    }
  }
  const isTold = attachments.some(({ source, type }) => source.schema.types[type]?.system === 'sock');
  if (!isTold) attachments.splice(0, attachments.length, ...connectionAttachments(site, counts, calls));
  if (attachments.length === 0) throw notRecorded(program);
  return {
    hook: 'sock_ops',
    attachments,
    contextSizeBytes: SOCK_OPS_BYTES,
    packets: counts,
    lacks: isTold ? lacksOf(attachments) : PACKETS_LACK,
    proved(verified) {
      refuseUntold(program, verified);
      calls.readBy(verified);
    },
  };
}

function notRecorded({ name, section }: LinkedProgram): Failure {
  return new Failure(
    'replay',
    'event-not-recorded',
    `no source records ${STATE} with the sockets' addresses (skaddr), which text does not print: record with perf or trace-cmd and -e ${STATE} -e ${RETRANSMISSION} -e ${DESTRUCTION}; or put a capture of the packets into the bundle (tcpdump -i any -w FILE)`,
    { file: name, at: `section ${section}` },
    { event: STATE },
  );
}

function lacksOf(attachments: readonly Attachment[]): Lack[] {
  const has = (event: string): boolean =>
    attachments.some(({ source, type }) => {
      const recorded = source.schema.types[type];
      return `${recorded?.system ?? ''}:${recorded?.name ?? ''}` === event;
    });
  return [
    ...(has(RETRANSMISSION)
      ? []
      : [{ what: 'calls for RETRANS_CB', remedy: `record with -e ${RETRANSMISSION}` }]),
    { what: 'calls for RTO_CB, RTT_CB and options of headers', remedy: undefined },
    {
      what: 'calls for connections that are asked for (TIMEOUT_INIT, RWND_INIT, NEEDS_ECN)',
      remedy: undefined,
    },
  ];
}

const PACKETS_LACK: readonly Lack[] = [
  {
    what: 'sockets that listen, and what they asked for those that they accept',
    remedy: `record with perf or trace-cmd and -e ${STATE} -e ${RETRANSMISSION} -e ${DESTRUCTION}`,
  },
  { what: 'calls for RTO_CB, RTT_CB and options of headers', remedy: undefined },
];

/** Throws Failure `field-not-recorded`. */
function refuseUntold({ name, section }: LinkedProgram, { contextAccesses }: VerifiedProgram): void {
  const places = Object.entries(sockOpsOffsets).sort((a, b) => b[1] - a[1]);
  for (const { offsetBytes, isWrite, instruction } of contextAccesses) {
    const [field = ''] = places.find(([, at]) => at <= offsetBytes) ?? [];
    if (isWrite || TOLD.has(field as keyof typeof sockOpsOffsets)) continue;
    throw new Failure(
      'replay',
      'field-not-recorded',
      `${name} reads ${field} of struct bpf_sock_ops, which no event tells when a connection changes`,
      { file: name, at: `section ${section}, instruction ${instruction}` },
      { program: name, field: `bpf_sock_ops.${field}` },
    );
  }
}

/** Sockets by their recorded pointers. */
class Connections {
  readonly #site: HookSite;
  readonly #calls: SockOpsCalls;
  readonly #known = new Map<bigint, Connection>();
  /** Those that listen, by port. */
  readonly #listeners = new Map<number, Connection>();
  /** Whether events tell when a socket goes. */
  #isDestructionTold = false;

  constructor(site: HookSite, calls: SockOpsCalls) {
    this.#site = site;
    this.#calls = calls;
  }

  /** undefined where the event does not tell what is needed of it. */
  driver(name: string, source: Source, type: EventType): Driver | undefined {
    const fields = new RecordFields(this.#site.memory, source, type);
    const isState = name === STATE;
    if (!fields.has(...(name === DESTRUCTION ? ['skaddr'] : NEEDED))) return undefined;
    if (isState && !fields.has('oldstate', 'newstate', 'protocol')) return undefined;
    if (name === DESTRUCTION) this.#isDestructionTold = true;
    return (call, record, batch, row) => {
      if (!fields.moveTo(record, batch, row)) {
        this.#site.moment.missing(`the end of a record of ${type.name}`);
        return;
      }
      if (name === DESTRUCTION) this.#known.delete(fields.wide('skaddr'));
      else if (isState) this.#change(call, fields);
      else this.#retransmit(call, fields);
    };
  }

  #change(call: Call, fields: RecordFields): void {
    if (fields.number('protocol') !== IPPROTO_TCP || !isInternet(fields.number('family'))) return;
    const [from, to] = [fields.number('oldstate'), fields.number('newstate')];
    const pointer = fields.wide('skaddr');
    const connection = this.#at(pointer, fields, from);
    const callFor = (name: SockOpName, args: readonly number[] = []): void =>
      this.#calls.call(call, name, connection, { args });
    const told = (): void => {
      if ((connection.flags & SockOpFlag.state) !== 0) callFor('state', [from, to]);
      connection.state = to;
    };
    if (from === TCP_LISTEN && to === TCP_SYN_RECV) {
      // A copy of its listener, flags and all.
      connection.flags = this.#listeners.get(connection.local.port ?? 0)?.flags ?? 0;
      connection.state = to;
    } else if (from === TCP_SYN_RECV && to === TCP_ESTABLISHED) {
      callFor('passiveEstablished');
      told();
    } else if (to === TCP_LISTEN) {
      connection.state = to;
      this.#listeners.set(connection.local.port ?? 0, connection);
      callFor('tcpListen');
    } else {
      told();
      if (to === TCP_SYN_SENT) for (const name of CONNECTING) callFor(name);
      if (from === TCP_SYN_SENT && to === TCP_ESTABLISHED) callFor('activeEstablished');
    }
    if (to !== TCP_CLOSE) return;
    if (from === TCP_LISTEN) this.#listeners.delete(connection.local.port ?? 0);
    if (!this.#isDestructionTold) this.#known.delete(pointer);
  }

  #retransmit(call: Call, fields: RecordFields): void {
    const connection = this.#at(fields.wide('skaddr'), fields, fields.number('state'));
    if ((connection.flags & SockOpFlag.retransmission) === 0) return;
    // An event without the error came only where there was none.
    this.#calls.call(call, 'retransmission', connection, {
      args: [undefined, undefined, fields.number('err')],
    });
  }

  /** The socket with the ends that the event tells; one that begins anew has asked for nothing yet. */
  #at(pointer: bigint, fields: RecordFields, state: number): Connection {
    const family = fields.number('family');
    const isIpv4 = family === AF_INET;
    const end = (address: string, port: string): Endpoint => {
      const number = fields.number(port);
      return {
        address: fields.bytes(isIpv4 ? address : `${address}_v6`),
        // connect() chooses the port after the event.
        port: number === 0 && port === 'sport' ? undefined : number,
      };
    };
    let connection = this.#known.get(pointer);
    if (connection === undefined) {
      const [oldest] = this.#known.size >= CONNECTIONS_MAX ? this.#known.keys() : [];
      if (oldest !== undefined) this.#known.delete(oldest);
      connection = { family, local: end('saddr', 'sport'), remote: end('daddr', 'dport'), state, flags: 0 };
      this.#known.set(pointer, connection);
      return connection;
    }
    connection.local = end('saddr', 'sport');
    connection.remote = end('daddr', 'dport');
    return connection;
  }
}

/** What tcp_connect() asks, in its order. */
const CONNECTING = ['tcpConnect', 'timeoutInit', 'rwndInit', 'needsEcn'] as const;

export const sockOpsHooks: HookFamily = { name: 'sock-ops', programTypes: ['sock_ops'], plan };
