/** A packet capture as tcpdump writes it. */
import type { ByteSource } from '../../event.ts';
import type { Format } from '../format.ts';
import { pcapMagic, PcapReader, readPcapHeader } from './pcap-reader.ts';
import { PacketSource } from './source.ts';

export const pcap: Format = {
  name: 'pcap',

  detect(file: ByteSource): boolean {
    return pcapMagic(file) !== undefined;
  },

  open(file: ByteSource): readonly PacketSource[] {
    const header = readPcapHeader(file);
    const { isLittleEndian, unitNs, isModified, linkType } = header;
    const order = isLittleEndian ? 'little-endian' : 'big-endian';
    const units = unitNs === 1 ? 'nanoseconds' : 'microseconds';
    return [
      new PacketSource(file, {
        format: 'pcap',
        formatDetail: [order, units, ...(isModified ? ['with interfaces'] : [])].join(', '),
        facts: { hasInterface: isModified, hasFlags: isModified, hasComment: false },
        linkTypes: [linkType],
        kernelRelease: undefined,
        machine: undefined,
        packets: (listener) => new PcapReader(file, header, listener),
      }),
    ];
  },
};
