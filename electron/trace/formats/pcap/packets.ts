/**
 * Packets of a capture file, one after another: the format of tcpdump -w, in either byte order, with
 * times in micro- or nanoseconds.
 *
 * Source: draft-ietf-opsawg-pcap, sections 4 and 5.
 */
import { Failure } from '../../../failure.ts';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** First block of pcapng. */
const MAGIC_NG = 0x0a0d0d0a;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
/** The longest snapshot tcpdump takes (MAXIMUM_SNAPLEN). */
const PACKET_BYTES_MAX = 262_144;

export interface CapturedPacket {
  /** Since 1970. */
  readonly timeNs: bigint;
  /** As recorded: a view of the file's bytes. */
  readonly bytes: Uint8Array;
  /** Bytes it had on the wire. */
  readonly lengthBytes: number;
}

/** Throws Failure of layer `trace`: `not-pcap`, `pcapng`, `truncated`, `bad-packet`. */
export function* pcapPackets(bytes: Uint8Array, file: string): Generator<CapturedPacket, void, void> {
  const refuse = (code: string, reason: string, at: number): Failure =>
    new Failure('trace', code, reason, { file, at: `byte ${at}` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length < 4 ? undefined : view.getUint32(0, true);
  if (magic === MAGIC_NG) throw refuse('pcapng', 'a pcapng file: only pcap files are read', 0);
  const isLittleEndian = magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS;
  const ordered = bytes.length < HEADER_BYTES ? undefined : view.getUint32(0, isLittleEndian);
  if (ordered !== MAGIC_MICROSECONDS && ordered !== MAGIC_NANOSECONDS)
    throw refuse('not-pcap', 'not a pcap file', 0);
  const fractionNs = ordered === MAGIC_NANOSECONDS ? 1n : 1000n;
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    if (at + RECORD_BYTES > bytes.length)
      throw refuse('truncated', 'the file ends within a packet header', at);
    const [seconds, fraction, captured, length] = [0, 4, 8, 12].map((offset) =>
      view.getUint32(at + offset, isLittleEndian),
    ) as [number, number, number, number];
    if (captured > PACKET_BYTES_MAX)
      throw refuse('bad-packet', `a packet of ${captured} bytes, more than ${PACKET_BYTES_MAX}`, at + 8);
    const from = at + RECORD_BYTES;
    if (from + captured > bytes.length) throw refuse('truncated', 'the file ends within a packet', at);
    yield {
      timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * fractionNs,
      bytes: bytes.subarray(from, from + captured),
      lengthBytes: length,
    };
    at = from + captured;
  }
}
