/** Packets as their events hold them: the bytes, and what the capture says of each. */
import type { Batch, EventType, Source } from '../../trace/event.ts';
import { fieldOf } from '../../trace/record.ts';
import { Failure } from '../../failure.ts';
import type { LinkedProgram } from '../../bpf/program.ts';

/** Of epb_flags: draft-ietf-opsawg-pcapng, section 4.3.1. */
const DIRECTION_MASK = 3;

export interface RecordedPacket {
  /** A view of the batch. */
  bytes: Uint8Array;
  capturedBytes: number;
  /** On the wire. */
  originalBytes: number;
  linkType: number;
  /** As the capture counts them, from 0; undefined where it tells none. */
  interfaceId: number | undefined;
  /** Inbound 1, outbound 2; 0 where the capture does not tell. */
  direction: number;
}

/** Hot: reads the packets of one type of events, each into the same object. */
export function packetReader(type: EventType, source: Source): (batch: Batch, row: number) => RecordedPacket {
  const { isLittleEndian } = source.schema;
  const at = (name: string): number => fieldOf(type, name)?.offsetBytes ?? -1;
  const linkTypeAt = at('link_type');
  const capturedAt = at('captured_length');
  const originalAt = at('original_length');
  const dataAt = at('data');
  const interfaceAt = at('interface');
  const flagsAt = at('flags');
  let view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
  const packet: RecordedPacket = {
    bytes: new Uint8Array(0),
    capturedBytes: 0,
    originalBytes: 0,
    linkType: 0,
    interfaceId: undefined,
    direction: 0,
  };
  return (batch, row) => {
    if (view.buffer !== batch.bytes.buffer) view = new DataView(batch.bytes.buffer);
    const start = batch.bytes.byteOffset + (batch.offset[row] ?? 0);
    const captured = view.getUint32(start + capturedAt, isLittleEndian);
    const place = view.getUint32(start + dataAt, isLittleEndian) & 0xffff;
    packet.bytes = bytesOf(batch, row, place, captured);
    packet.capturedBytes = captured;
    packet.originalBytes = view.getUint32(start + originalAt, isLittleEndian);
    packet.linkType = view.getUint32(start + linkTypeAt, isLittleEndian);
    packet.interfaceId = interfaceAt < 0 ? undefined : view.getUint32(start + interfaceAt, isLittleEndian);
    packet.direction = flagsAt < 0 ? 0 : view.getUint32(start + flagsAt, isLittleEndian) & DIRECTION_MASK;
    return packet;
  };
}

function bytesOf(batch: Batch, row: number, dataAt: number, captured: number): Uint8Array {
  const start = (batch.offset[row] ?? 0) + dataAt;
  const end = Math.min(start + captured, (batch.offset[row] ?? 0) + (batch.length[row] ?? 0));
  return batch.bytes.subarray(start, end);
}

/** Why a program that sees packets cannot be attached. */
export function noPackets({ name, section }: LinkedProgram): Failure {
  return new Failure(
    'replay',
    'event-not-recorded',
    'the recording holds no packets; record them with tcpdump -w, and put the capture into the bundle',
    { file: name, at: `section ${section}` },
    { event: 'packet' },
  );
}
