/** Packets of a capture file, pcap or pcapng, one after another: for whoever wants packets and no events. */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { isPcapng, PcapngReader } from '../pcapng/pcapng-reader.ts';
import type { CaptureListener } from './packet-reader.ts';
import { PcapReader, readPcapHeader } from './pcap-reader.ts';

export interface CapturedPacket {
  /** Since 1970. */
  readonly timeNs: bigint;
  /** As recorded: a view that is valid until the next packet is asked for. */
  readonly bytes: Uint8Array;
  /** Bytes it had on the wire. */
  readonly lengthBytes: number;
  /** LINKTYPE_ of what the bytes begin with. */
  readonly linkType: number;
}

/** Throws Failure of layer `trace` where anything is damaged: `not-pcap`, `unsupported`, `bad-capture`. */
export function* capturedPackets(file: ByteSource): Generator<CapturedPacket, void, void> {
  const listener: CaptureListener = {
    unparsed(at, reason) {
      throw new Failure('trace', 'bad-capture', reason, { file: file.name, at: `byte ${at}` });
    },
    unsupported() {},
    dropped() {},
  };
  const packets = isPcapng(file)
    ? new PcapngReader(file, listener)
    : new PcapReader(file, readPcapHeader(file), listener);
  while (packets.next()) {
    const { start, capturedBytes, time, originalBytes, linkType } = packets;
    const bytes = packets.bytes.subarray(start, start + capturedBytes);
    yield { timeNs: time.timeNs, bytes, lengthBytes: originalBytes, linkType };
  }
}
