/**
 * Congestion controls: programs that stand for members of a struct tcp_congestion_ops, called for the senders of the
 * flows that a recording holds, acknowledgement by acknowledgement (../flows/). The programs of one struct work on
 * the same senders: whichever of them an event comes to first moves all of its flows on.
 */
import type { BpfMap } from '../../bpf/maps/map.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import type { Batch, EventType, Source } from '../../trace/event.ts';
import { Algorithm } from '../flows/algorithm.ts';
import { FlowReplay } from '../flows/flow-replay.ts';
import type { FlowSeries } from '../flows/flow-series.ts';
import { PacketFlows } from '../flows/packet-flows.ts';
import { ProbeFlows } from '../flows/probe-flows.ts';
import { SenderSocket } from '../flows/sender-socket.ts';
import { endText, tcpSegment } from '../flows/tcp-segment.ts';
import { RecordFields } from '../kernel/objects/record-fields.ts';
import type { AttachPlan, Attachment, Call, Driver, HookFamily, HookSite, Lack } from './hook.ts';
import { layerOf } from './link-layer.ts';
import { packetReader } from './recorded-packet.ts';

const STRUCT = 'tcp_congestion_ops';
const PROBE = 'tcp_probe';
const STATES = 'tcp_cong_state_set';
const RETRANSMISSIONS = 'tcp_retransmit_skb';
const CONTEXT_BYTES = 96;
/** Members that nothing here calls. */
const NEVER_CALLED = ['cong_control', 'min_tso_segs', 'sndbuf_expand', 'get_info'];
/** As jiffies count where the recording's configuration says nothing. */
const USUAL_TICKS_PER_SECOND = 250;
const NS_PER_SECOND = 1_000_000_000n;
const AF_INET = 2;

/** What programs of congestion controls saw and chose. */
export interface FlowsResult {
  series: readonly FlowSeries[];
  /** Flows that are counted and not followed. */
  flowsCut: number;
}

/** All that an object's congestion controls share. */
class Congestion {
  readonly result: FlowsResult = { series: [], flowsCut: 0 };
  readonly #site: HookSite;
  readonly #algorithms: Algorithm[] = [];
  readonly #calls = new Map<string, Call>();
  #structs: readonly BpfMap[] = [];
  #replay: FlowReplay | undefined;
  #packets: PacketFlows | undefined;
  #probes: ProbeFlows | undefined;
  #batch: Batch | undefined;
  #row = -1;
  #hasEnded = false;

  constructor(site: HookSite) {
    this.#site = site;
  }

  use(maps: readonly BpfMap[]): void {
    this.#structs = maps.filter(({ definition }) => definition.structOps?.struct === STRUCT);
  }

  register(program: string, call: Call): void {
    this.#calls.set(program, call);
  }

  /** Whether no program of the object has seen the event yet. */
  isNew(batch: Batch, row: number): boolean {
    if (this.#batch === batch && this.#row === row) return false;
    this.#batch = batch;
    this.#row = row;
    return true;
  }

  get packets(): PacketFlows {
    return (this.#packets ??= new PacketFlows(this.#flows()));
  }

  get probes(): ProbeFlows {
    return (this.#probes ??= new ProbeFlows(this.#flows(), hasEvents(this.#site, STATES)));
  }

  end(timeNs: bigint): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#packets?.end();
    this.#probes?.end();
    this.result.series = this.#replay?.end(timeNs) ?? [];
    this.result.flowsCut = this.#replay?.flowsCut ?? 0;
  }

  /** Made when the first flow is: then all programs have told how they are called. */
  #flows(): FlowReplay {
    if (this.#replay !== undefined) return this.#replay;
    const { memory, types, moment } = this.#site;
    for (const { definition } of this.#structs) {
      const { structOps } = definition;
      const programs = [...(structOps?.programs.values() ?? [])];
      const isWhole = programs.every((program) => this.#calls.has(program));
      if (structOps === undefined || (structOps.isOptional && !isWhole)) continue;
      const algorithm = new Algorithm(definition.name, memory, (timeNs, run) =>
        moment.atTimer(timeNs, moment.cpu(), run),
      );
      for (const [member, program] of structOps.programs) {
        const call = this.#calls.get(program);
        if (call !== undefined) algorithm.use(member, call);
      }
      if (algorithm.has('ssthresh') || algorithm.has('cong_avoid')) this.#algorithms.push(algorithm);
    }
    const jiffies = (timeNs: bigint): number => {
      const ticks = BigInt(moment.ticksPerSecond() ?? USUAL_TICKS_PER_SECOND);
      return Number(BigInt.asUintN(32, 2n ** 32n - 300n * ticks + timeNs / (NS_PER_SECOND / ticks)));
    };
    const fields = SenderSocket.fields(types);
    const missing = (what: string): void => moment.missing(what);
    return (this.#replay = new FlowReplay(memory, fields, this.#algorithms, jiffies, missing));
  }
}

const bySite = new WeakMap<HookSite, Congestion>();

function congestionOf(site: HookSite): Congestion {
  let known = bySite.get(site);
  if (known === undefined) bySite.set(site, (known = new Congestion(site)));
  return known;
}

function hasEvents({ sources }: HookSite, event: string): boolean {
  return sources.some(({ schema }) =>
    schema.types.some(({ system, name }) => system === 'tcp' && name === event),
  );
}

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const member = program.attachTarget.slice(STRUCT.length + 1);
  if (NEVER_CALLED.includes(member)) throw notCalled(program, member);
  const congestion = congestionOf(site);
  const attachments: Attachment[] = [];
  for (const source of site.sources) {
    for (const type of source.schema.types) {
      const follow = follower(congestion, site, source, type);
      if (follow === undefined) continue;
      const drive: Driver = (_call, record, batch, row) => {
        if (congestion.isNew(batch, row)) follow(record, batch, row);
      };
      attachments.push({ source, type: type.index, drive, ...(isBeside(type) && { isFollowed: true }) });
    }
  }
  if (!attachments.some(({ isFollowed }) => isFollowed !== true)) throw noFlows(program);
  return {
    hook: `struct_ops:${program.attachTarget}`,
    attachments,
    timed: [
      { when: 'begin', drive: (call) => congestion.register(program.name, call) },
      { when: 'end', drive: () => congestion.end(site.moment.timeNs()) },
    ],
    contextSizeBytes: CONTEXT_BYTES,
    lacks: lacksOf(site),
    flows: congestion.result,
    mapsMade: (maps) => congestion.use(maps),
  };
}

type Follow = (record: number, batch: Batch, row: number) => void;

function isBeside({ system, name }: EventType): boolean {
  return system === 'tcp' && name !== PROBE;
}

/** undefined for events that tell nothing of flows. */
function follower(
  congestion: Congestion,
  site: HookSite,
  source: Source,
  type: EventType,
): Follow | undefined {
  if (type.system === 'packet') return packetFollower(congestion, source, type);
  if (type.system !== 'tcp') return undefined;
  const fields = new RecordFields(site.memory, source, type);
  switch (type.name) {
    case PROBE:
      return probeFollower(congestion, fields);
    case STATES:
      if (!fields.has('cong_state', 'family')) return undefined;
      return (record, batch, row) => {
        if (fields.moveTo(record, batch, row))
          congestion.probes.noteState(flowOf(fields), fields.number('cong_state'));
      };
    case RETRANSMISSIONS:
      if (!fields.has('family')) return undefined;
      return (record, batch, row) => {
        if (fields.moveTo(record, batch, row))
          congestion.probes.noteResent(flowOf(fields), batch.timeNs[row] ?? 0n);
      };
    default:
      return undefined;
  }
}

function packetFollower(congestion: Congestion, source: Source, type: EventType): Follow | undefined {
  const layer = layerOf(type.name);
  if (layer === undefined) return undefined;
  const read = packetReader(type, source);
  return (_record, batch, row) => {
    const segment = tcpSegment(read(batch, row).bytes, layer);
    if (segment !== undefined) congestion.packets.take(batch.timeNs[row] ?? 0n, segment);
  };
}

function probeFollower(congestion: Congestion, fields: RecordFields): Follow | undefined {
  const needed = ['saddr', 'daddr', 'snd_nxt', 'snd_una', 'snd_cwnd', 'ssthresh', 'snd_wnd', 'srtt'];
  if (!fields.has(...needed, 'data_len', 'sock_cookie')) return undefined;
  return (record, batch, row) => {
    if (!fields.moveTo(record, batch, row)) return;
    congestion.probes.take(probedFlow(fields), {
      timeNs: batch.timeNs[row] ?? 0n,
      cookie: fields.wide('sock_cookie'),
      dataBytes: fields.number('data_len'),
      next: fields.number('snd_nxt'),
      una: fields.number('snd_una'),
      cwnd: fields.number('snd_cwnd'),
      ssthresh: fields.number('ssthresh'),
      windowBytes: fields.number('snd_wnd'),
      srttUs: fields.number('srtt'),
    });
  };
}

/** Of addresses with ports beside them. */
function flowOf(fields: RecordFields): string {
  const suffix = fields.number('family') === AF_INET ? '' : '_v6';
  const [from, to] = [fields.bytes(`saddr${suffix}`), fields.bytes(`daddr${suffix}`)];
  return `${endText(from, fields.number('sport'))} > ${endText(to, fields.number('dport'))}`;
}

/** Of two struct sockaddr, whose family is in the order of the machine, the port in the network's. */
function probedFlow(fields: RecordFields): string {
  const [from = '', to = ''] = ['saddr', 'daddr'].map((name) => {
    const bytes = fields.bytes(name);
    const isIpv4 = bytes[0] === AF_INET || bytes[1] === AF_INET;
    const address = isIpv4 ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
    return endText(address, ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
  });
  return `${from} > ${to}`;
}

function lacksOf(site: HookSite): readonly Lack[] {
  if (!hasEvents(site, PROBE) || hasEvents(site, STATES) || hasEvents(site, RETRANSMISSIONS)) return [];
  return [{ what: 'losses', remedy: `record with -e tcp:${STATES} -e tcp:${RETRANSMISSIONS}` }];
}

function noFlows({ name, section }: LinkedProgram): Failure {
  return new Failure(
    'replay',
    'event-not-recorded',
    'the recording holds no flows; record with -e tcp:tcp_probe -e tcp:tcp_cong_state_set -e tcp:tcp_retransmit_skb, or packets with tcpdump -w',
    { file: name, at: `section ${section}` },
    { event: 'tcp:tcp_probe' },
  );
}

function notCalled({ name, section }: LinkedProgram, member: string): Failure {
  return new Failure(
    'replay',
    'hook-not-replayable',
    `${member} of struct ${STRUCT} is not called for recorded flows: what it decides, or works on, is not followed`,
    { file: name, at: `section ${section}` },
    { type: 'struct_ops' },
  );
}

export const congestionHooks: HookFamily = {
  name: 'congestion',
  programTypes: ['struct_ops'],
  takes: ({ attachTarget }) => attachTarget.startsWith(`${STRUCT}/`),
  plan,
};
