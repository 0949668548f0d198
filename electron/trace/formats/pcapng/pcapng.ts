/** A packet capture as Wireshark and newer tcpdumps write it: several interfaces and sections, comments, losses. */
import type { ByteSource } from '../../event.ts';
import type { Format } from '../format.ts';
import { NAMES_SHOWN } from '../pcap/limits.ts';
import { PacketSource } from '../pcap/source.ts';
import { isPcapng, PcapngReader, readUpToPackets } from './pcapng-reader.ts';

export const pcapng: Format = {
  name: 'pcapng',
  detect: isPcapng,

  open(file: ByteSource): readonly PacketSource[] {
    const { interfaces, system } = readUpToPackets(file);
    const interfaceNames = interfaces.map(({ name }) => name);
    return [
      new PacketSource(file, {
        format: 'pcapng',
        formatDetail: detailOf(interfaceNames),
        facts: { hasInterface: true, hasFlags: true, hasComment: true },
        linkTypes: [...new Set(interfaces.map(({ linkType }) => linkType))],
        interfaceNames,
        kernelRelease: system === undefined ? undefined : /^Linux (\d\S*)/.exec(system)?.[1],
        machine: undefined,
        packets: (listener) => new PcapngReader(file, listener, interfaceNames),
      }),
    ];
  },
};

/** `2 interfaces: eth0, lo`, of those described before the first packet; others may come later. */
function detailOf(names: readonly (string | undefined)[]): string {
  const count = `${names.length} ${names.length === 1 ? 'interface' : 'interfaces'}`;
  const known = names.filter((name) => name !== undefined);
  const rest = known.length - NAMES_SHOWN;
  const shown = [...known.slice(0, NAMES_SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return shown.length === 0 ? count : `${count}: ${shown.join(', ')}`;
}
