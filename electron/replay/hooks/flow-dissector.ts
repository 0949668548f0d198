/**
 * Flow dissectors: called for every packet of a capture; the keys that each found are counted. A frame lies before
 * the program from its link header on, as one that is sent (`nhoff` 14), and what has no Ethernet header from its
 * network header on. Keys count where the program answers BPF_OK: otherwise the kernel does without them.
 */
import { FlowKeysPlace } from '../../bpf/flow-keys.ts';
import { PACKET_BYTES_MAX } from '../../bpf/packet-context.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import { PACKET_CONTEXT_BYTES } from '../../bpf/vm/packet.ts';
import type { EventType, Source } from '../../trace/event.ts';
import { flowKeysText } from './flow-keys-text.ts';
import type { AttachPlan, Attachment, Driver, HookFamily, HookSite } from './hook.ts';
import { layerOf, type LinkLayer } from './link-layer.ts';
import { countIn, newPacketCounts, type FlowCounts, type PacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { noPackets, packetReader } from './recorded-packet.ts';

/** Different keys that are kept; packets of others are counted together. A page shows hundreds. */
const KEYS_MAX = 4096;
const BPF_OK = 0;

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const flows: FlowCounts = { keys: new Map(), beyond: 0 };
  const packets: PacketCounts = { ...newPacketCounts(), flows };
  const place = new FlowKeysPlace(site.memory, true);
  const attachments: Attachment[] = [];
  for (const source of site.sources) {
    for (const type of source.schema.types) {
      if (type.system !== 'packet') continue;
      const layer = layerOf(type.name);
      const drive =
        layer === undefined ? passBy(packets) : driver({ place, packets, flows, layer, type, source });
      attachments.push({ source, type: type.index, drive });
    }
  }
  if (attachments.length === 0) throw noPackets(program);
  return { hook: 'packets:flow_dissector', attachments, contextSizeBytes: PACKET_CONTEXT_BYTES, packets };
}

function passBy(packets: PacketCounts): Driver {
  return () => {
    packets.passedBy += 1;
  };
}

interface FlowDrive {
  readonly place: FlowKeysPlace;
  readonly packets: PacketCounts;
  readonly flows: FlowCounts;
  readonly layer: LinkLayer;
  readonly type: EventType;
  readonly source: Source;
}

function driver({ place, packets, flows, layer, type, source }: FlowDrive): Driver {
  const read = packetReader(type, source);
  return (call, _record, batch, row) => {
    const { bytes, capturedBytes, originalBytes } = read(batch, row);
    if (bytes.length < layer.headerBytes || bytes.length > PACKET_BYTES_MAX) {
      packets.passedBy += 1;
      return;
    }
    const lengthBytes = Math.max(capturedBytes, originalBytes);
    const bare = { pulledBytes: layer.headerBytes, protocol: layer.protocolOf(bytes) };
    place.put(bytes, layer.isEthernet ? { lengthBytes } : { ...bare, lengthBytes });
    packets.seen += 1;
    if (capturedBytes < originalBytes) packets.truncated += 1;
    const returned = call(place.context);
    if (returned === undefined) return;
    const answer = Number(BigInt.asIntN(32, returned));
    countIn(packets.verdicts, verdictName('flow_dissector', answer));
    if (answer !== BPF_OK) return;
    const keys = flowKeysText(place.taken());
    if (flows.keys.has(keys) || flows.keys.size < KEYS_MAX) countIn(flows.keys, keys);
    else flows.beyond += 1;
  };
}

export const flowDissectorHooks: HookFamily = {
  name: 'flow-dissector',
  programTypes: ['flow_dissector'],
  plan,
};
