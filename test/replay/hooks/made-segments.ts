/** Captures of segments and datagrams that a test makes, from their IP header on. */
import { makePcap, MICROSECONDS } from '../../trace/formats/pcap/make-pcap.ts';

export const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];
const [TCP, RAW_IP] = [6, 101];

type End = readonly [address: readonly number[], port: number];

export interface MadeSegment {
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly payload?: Uint8Array;
}

export function packet(
  protocol: number,
  [source, port]: End,
  [destination, to]: End,
  made: MadeSegment = {},
): Buffer {
  const headerBytes = protocol === TCP ? 40 : 28;
  const payload = made.payload ?? new Uint8Array(0);
  const bytes = Buffer.alloc(headerBytes + payload.length);
  bytes.set([0x45, 0, bytes.length >> 8, bytes.length & 0xff, 0, 0, 0, 0, 64, protocol, 0, 0]);
  bytes.set([...source, ...destination], 12);
  bytes.writeUInt16BE(port, 20);
  bytes.writeUInt16BE(to, 22);
  bytes.set(payload, headerBytes);
  if (protocol !== TCP) return bytes;
  bytes.writeUInt32BE((made.sequence ?? 0) >>> 0, 24);
  bytes.writeUInt32BE((made.acknowledgement ?? 0) >>> 0, 28);
  bytes.set([0x50, made.flags ?? 0], 32);
  return bytes;
}

export function capture(packets: readonly Buffer[]): Uint8Array {
  return makePcap(
    { isLittleEndian: true, magic: MICROSECONDS, linkType: RAW_IP },
    packets.map((bytes, index) => ({ seconds: index, fraction: 0, bytes })),
  );
}
