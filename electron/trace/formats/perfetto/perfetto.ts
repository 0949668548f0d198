/** A trace of Perfetto: packets of protobuf behind each other, as `perfetto -o` and Android's System Tracing write. */
import type { ByteSource } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { Format } from '../format.ts';
import { DETECT_BYTES } from './limits.ts';
import { isPlausible } from './packet-fields.ts';
import { ProtoReader } from './proto.ts';
import { PerfettoSource } from './source.ts';

const PACKET_TAG = 0x0a;

export const perfetto: Format = {
  name: 'perfetto',

  /** There is no magic number: the first packet has fields that packets have, and another follows or none. */
  detect(file: ByteSource): boolean {
    const bytes = file.read(0, Math.min(DETECT_BYTES, file.sizeBytes));
    if (bytes[0] !== PACKET_TAG) return false;
    const head = new ProtoReader().reset(bytes, 1, bytes.length);
    if (!head.number() || head.high !== 0 || head.low === 0) return false;
    const end = head.at + head.low;
    if (end > file.sizeBytes) return false;
    if (end < bytes.length && bytes[end] !== PACKET_TAG) return false;
    return hasPlausibleFields(bytes, head.at, end);
  },

  open(file: ByteSource, surroundings: Surroundings): readonly PerfettoSource[] {
    return [new PerfettoSource(file, surroundings)];
  },
};

/** As far as the bytes go. */
function hasPlausibleFields(bytes: Uint8Array, start: number, end: number): boolean {
  const isWhole = end <= bytes.length;
  const packet = new ProtoReader().reset(bytes, start, Math.min(end, bytes.length));
  let fields = 0;
  while (packet.next()) {
    if (!isPlausible(packet.field, packet.isStretch)) return false;
    fields += 1;
  }
  // A first packet that is longer than what is looked at ends inside a field.
  return isWhole ? !packet.isDamaged && fields > 0 : isPlausible(packet.field, packet.isStretch);
}
