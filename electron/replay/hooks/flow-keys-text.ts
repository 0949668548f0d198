/** The keys that a flow dissector found, as one line: `192.0.2.1:53 > 192.0.2.9:4711 udp, headers at 14 and 34`. */
import { flowKeysOffsets as at } from '../../bpf/flow-keys.ts';
import { addressText } from '../kernel/ip-address.ts';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** Of /etc/protocols, those that programs meet. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  89: 'ospf',
  132: 'sctp',
};

/** Of the 56 bytes of struct bpf_flow_keys. Addresses are told where the program said which they are. */
export function flowKeysText(keys: Uint8Array): string {
  const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
  const family = view.getUint16(at.addr_proto, true);
  const protocol = view.getUint8(at.ip_proto);
  const ports = [view.getUint16(at.sport), view.getUint16(at.dport)];
  const hasPorts = ports.some((port) => port !== 0);
  const ends = addressesOf(keys, family).map((address, index) =>
    hasPorts ? `${family === ETHERTYPE_IPV6 ? `[${address}]` : address}:${ports[index] ?? 0}` : address,
  );
  const label = view.getUint32(at.flow_label);
  const portsAlone = hasPorts ? `ports ${ports.join(' > ')}` : 'no addresses';
  const flow = ends.length > 0 ? ends.join(' > ') : portsAlone;
  const etherType = view.getUint16(at.n_proto);
  const isFirst = view.getUint8(at.is_first_frag) !== 0;
  return [
    [flow, protocol === 0 && ends.length === 0 ? '' : (PROTOCOLS[protocol] ?? `protocol ${protocol}`)]
      .join(' ')
      .trim(),
    ...(etherType === family ? [] : [`ethertype 0x${etherType.toString(16).padStart(4, '0')}`]),
    `headers at ${view.getUint16(at.nhoff, true)} and ${view.getUint16(at.thoff, true)}`,
    ...(view.getUint8(at.is_frag) === 0 ? [] : [isFirst ? 'first fragment' : 'fragment']),
    ...(view.getUint8(at.is_encap) === 0 ? [] : ['encapsulated']),
    ...(label === 0 ? [] : [`flow label 0x${label.toString(16)}`]),
  ].join(', ');
}

function addressesOf(keys: Uint8Array, family: number): string[] {
  const text = (from: number, bytes: number): string => addressText(keys.subarray(from, from + bytes));
  switch (family) {
    case ETHERTYPE_IPV4:
      return [text(at.ipv4_src, 4), text(at.ipv4_dst, 4)];
    case ETHERTYPE_IPV6:
      return [text(at.ipv6_src, 16), text(at.ipv6_dst, 16)];
    default:
      return [];
  }
}
