/**
 * Programs that choose the socket of what comes in (sk_lookup): called for what no connected socket takes, as
 * inet_lookup_run_sk_lookup() is. Of TCP these are the first packets of connections; of UDP all packets but those that
 * answer the host's own, or are errors of ICMP for those: their socket may be connected, which is counted.
 *
 * A capture that does not tell which way packets went shows them as coming in. Without one, connections are known by
 * their sockets' changes of state, once they are made.
 */
import { SK_LOOKUP_BYTES, skLookupOffsets } from '../../bpf/sk-lookup.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import { RecordFields } from '../kernel/objects/record-fields.ts';
import type { AttachPlan, Attachment, Call, HookFamily, HookSite } from './hook.ts';
import { countIn, newPacketCounts, type PacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { RecentFlows } from './recent-flows.ts';
import { ACK, flowKey, FIN, RST, SYN, type Segment } from './segment.ts';
import { segmentAttachments, type SeenSegment } from './segments.ts';
import { AF_INET, IPPROTO_TCP } from './socket-table.ts';

const STATE = 'sock:inet_sock_set_state';
const NEEDED = [
  'oldstate',
  'newstate',
  'sport',
  'dport',
  'family',
  'protocol',
  'saddr',
  'daddr',
  'saddr_v6',
  'daddr_v6',
];
const TCP_SYN_RECV = 3;
const TCP_LISTEN = 10;

interface Lookup {
  readonly family: number;
  readonly protocol: number;
  readonly remote: Uint8Array;
  readonly remotePort: number;
  readonly local: Uint8Array;
  readonly localPort: number;
  /** undefined where unknown. */
  readonly interfaceIndex: number | undefined;
}

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const counts = { ...newPacketCounts(), unit: 'connections' as const };
  const place = new LookupPlace(site.memory);
  const look = (call: Call, lookup: Lookup): void => {
    counts.seen += 1;
    if (lookup.interfaceIndex === undefined && isInterfaceRead)
      site.moment.missing('the interface of a packet');
    const returned = call(place.put(lookup));
    if (returned !== undefined)
      countIn(counts.verdicts, verdictName(program.type, Number(BigInt.asIntN(32, returned))));
  };
  let isInterfaceRead = false;
  const flows = new Flows(site);
  const packets = segmentAttachments(site, counts, (call, seen) => {
    if (!flows.isLookedUp(seen)) return false;
    look(call, lookupOf(seen));
    return true;
  });
  const attachments = packets.length > 0 ? packets : stateAttachments(site, counts, look);
  if (attachments.length === 0) throw notRecorded(program);
  return {
    hook: 'sk_lookup',
    attachments,
    contextSizeBytes: SK_LOOKUP_BYTES,
    packets: counts,
    lacks: packets.length > 0 ? [] : [ONLY_MADE],
    mapsMade(maps) {
      const has = maps.some(({ definition: { type } }) => type === 'sockmap' || type === 'sockhash');
      if (has) site.moment.missing('sockets of maps');
    },
    proved({ contextAccesses }) {
      isInterfaceRead = contextAccesses.some(
        ({ offsetBytes }) => offsetBytes >= skLookupOffsets.ingress_ifindex,
      );
    },
  };
}

const ONLY_MADE = {
  what: 'connections that were refused, packets of UDP, and the interface they came by',
  remedy: 'put a capture of the packets into the bundle: tcpdump -i any -w FILE',
};

function notRecorded({ name, section }: LinkedProgram): Failure {
  return new Failure(
    'replay',
    'event-not-recorded',
    `no source tells of connections that come in: put a capture of the packets into the bundle (tcpdump -i any -w FILE), or record with -e ${STATE}`,
    { file: name, at: `section ${section}` },
    { event: 'packet' },
  );
}

/** Which packets no socket takes that is connected. */
class Flows {
  readonly #site: HookSite;
  /** Connections that were asked for and answered, by what asked: the number that its SYN began with. */
  readonly #begun = new RecentFlows<number>();
  /** Flows of UDP, by who sent first. */
  readonly #first = new RecentFlows<true>();

  constructor(site: HookSite) {
    this.#site = site;
  }

  isLookedUp({ segment, way }: SeenSegment): boolean {
    return segment.protocol === IPPROTO_TCP
      ? this.#isNewConnection(segment, way)
      : this.#isUnasked(segment, way);
  }

  #isNewConnection(segment: Segment, way: SeenSegment['way']): boolean {
    const { flags, sequence, acknowledgement } = segment;
    if ((flags & (SYN | ACK)) === (SYN | ACK)) {
      this.#begun.set(flowKey(segment, false), (acknowledgement - 1) >>> 0);
      return false;
    }
    const key = flowKey(segment, true);
    if ((flags & (RST | FIN)) !== 0) {
      this.#begun.delete(key);
      this.#begun.delete(flowKey(segment, false));
    }
    // A SYN that comes again finds the request that the first one left.
    return way !== 'out' && (flags & (SYN | RST)) === SYN && this.#begun.get(key) !== sequence;
  }

  #isUnasked(segment: Segment, way: SeenSegment['way']): boolean {
    const key = flowKey(segment, true);
    if (segment.isError || this.#first.get(flowKey(segment, false)) !== undefined) {
      if (way !== 'out')
        this.#site.moment.missing('whether the socket is connected that a packet of UDP comes to');
      return false;
    }
    this.#first.set(key, true);
    return way !== 'out';
  }
}

function lookupOf({ segment, interfaceIndex }: SeenSegment): Lookup {
  return {
    family: segment.family,
    protocol: segment.protocol,
    remote: segment.source,
    remotePort: segment.sourcePort,
    local: segment.destination,
    localPort: segment.destinationPort,
    interfaceIndex,
  };
}

function stateAttachments(
  site: HookSite,
  counts: PacketCounts,
  look: (call: Call, lookup: Lookup) => void,
): Attachment[] {
  return site.sources.flatMap((source) =>
    source.schema.types.flatMap((type): Attachment[] => {
      if (`${type.system}:${type.name}` !== STATE) return [];
      const fields = new RecordFields(site.memory, source, type);
      if (!fields.has(...NEEDED)) return [];
      return [
        {
          source,
          type: type.index,
          drive(call, record, batch, row) {
            const isMade =
              fields.moveTo(record, batch, row) &&
              fields.number('protocol') === IPPROTO_TCP &&
              fields.number('oldstate') === TCP_LISTEN &&
              fields.number('newstate') === TCP_SYN_RECV;
            if (!isMade) {
              counts.passedBy += 1;
              return;
            }
            const family = fields.number('family');
            const version = family === AF_INET ? '' : '_v6';
            look(call, {
              family,
              protocol: IPPROTO_TCP,
              remote: fields.bytes(`daddr${version}`),
              remotePort: fields.number('dport'),
              local: fields.bytes(`saddr${version}`),
              localPort: fields.number('sport'),
              interfaceIndex: undefined,
            });
          },
        },
      ];
    }),
  );
}

class LookupPlace {
  readonly #memory: LinearMemory;
  readonly #context: Address;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#context = memory.allocate(SK_LOOKUP_BYTES, 8);
  }

  put(lookup: Lookup): Address {
    const { bytes, view } = this.#memory;
    const context = this.#context;
    bytes.fill(0, context, context + SK_LOOKUP_BYTES);
    const isIpv4 = lookup.family === AF_INET;
    view.setUint32(context + skLookupOffsets.family, lookup.family, true);
    view.setUint32(context + skLookupOffsets.protocol, lookup.protocol, true);
    bytes.set(lookup.remote, context + (isIpv4 ? skLookupOffsets.remote_ip4 : skLookupOffsets.remote_ip6));
    bytes.set(lookup.local, context + (isIpv4 ? skLookupOffsets.local_ip4 : skLookupOffsets.local_ip6));
    view.setUint16(context + skLookupOffsets.remote_port, lookup.remotePort);
    view.setUint32(context + skLookupOffsets.local_port, lookup.localPort, true);
    view.setUint32(context + skLookupOffsets.ingress_ifindex, lookup.interfaceIndex ?? 0xffff_ffff, true);
    return context;
  }
}

export const skLookupHooks: HookFamily = { name: 'sk-lookup', programTypes: ['sk_lookup'], plan };
