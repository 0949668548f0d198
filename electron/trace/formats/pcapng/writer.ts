/** Packets as a pcapng file: IETF draft-ietf-opsawg-pcapng, little-endian, times in nanoseconds. */

const SECTION_HEADER = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const OPTION_END = 0;
const OPTION_COMMENT = 1;
/** Of a packet. */
const OPTION_FLAGS = 2;
/** Of an interface. */
const OPTION_NAME = 2;
const OPTION_TIME_RESOLUTION = 9;
/** Powers of ten: nanoseconds. */
const NANOSECONDS = 9;
/** Of the options' lengths, which have 16 bits. */
/** Names of devices have 15 bytes; other systems' are longer. */
const NAME_BYTES_MAX = 256;
const COMMENT_BYTES_MAX = 65_535;

export interface WrittenPacket {
  /** LINKTYPE_ number. */
  readonly linkType: number;
  /** undefined where nothing names it. */
  readonly interfaceName: string | undefined;
  /** Inbound 1, outbound 2; 0 where that is not known. */
  readonly direction: number;
  /** Since 1970 in UTC, as far as the packet's own clock says that. */
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** On the wire, where the capture cut it. */
  readonly originalBytes: number;
  readonly comment: string;
}

/** Makes the bytes of a file, piece after piece: an interface for every name and link type, when its first packet comes. */
export class PcapngWriter {
  readonly #interfaces = new Map<string, number>();

  head(): Uint8Array {
    const body = Buffer.alloc(16);
    body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    body.writeUInt16LE(1, 4);
    // The section's length: not known beforehand.
    body.writeBigInt64LE(-1n, 8);
    return block(SECTION_HEADER, body);
  }

  packet(packet: WrittenPacket): Uint8Array {
    const { linkType, interfaceName } = packet;
    const key = `${linkType} ${interfaceName ?? ''}`;
    const known = this.#interfaces.get(key);
    const id = known ?? this.#interfaces.size;
    const written = packetBlock(id, packet);
    if (known !== undefined) return written;
    this.#interfaces.set(key, id);
    return Buffer.concat([interfaceBlock(linkType, interfaceName), written]);
  }
}

function interfaceBlock(linkType: number, name: string | undefined): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  const named =
    name === undefined ? [] : [option(OPTION_NAME, Buffer.from(name).subarray(0, NAME_BYTES_MAX))];
  const options = Buffer.concat([...named, option(OPTION_TIME_RESOLUTION, Buffer.of(NANOSECONDS)), end()]);
  return block(INTERFACE_DESCRIPTION, Buffer.concat([body, options]));
}

function packetBlock(
  id: number,
  { direction, timeNs, bytes, originalBytes, comment }: WrittenPacket,
): Buffer {
  const body = Buffer.alloc(20 + padded(bytes.length));
  body.writeUInt32LE(id, 0);
  body.writeUInt32LE(Number(BigInt.asUintN(32, timeNs >> 32n)), 4);
  body.writeUInt32LE(Number(BigInt.asUintN(32, timeNs)), 8);
  body.writeUInt32LE(bytes.length, 12);
  body.writeUInt32LE(Math.max(bytes.length, originalBytes), 16);
  body.set(bytes, 20);
  const text = Buffer.from(comment).subarray(0, COMMENT_BYTES_MAX);
  const flags = direction === 0 ? [] : [option(OPTION_FLAGS, Buffer.of(direction, 0, 0, 0))];
  return block(ENHANCED_PACKET, Buffer.concat([body, option(OPTION_COMMENT, text), ...flags, end()]));
}

function block(type: number, body: Uint8Array): Buffer {
  const sizeBytes = body.length + 12;
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(sizeBytes, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(sizeBytes, sizeBytes - 4);
  return bytes;
}

function option(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function end(): Buffer {
  return option(OPTION_END, new Uint8Array(0));
}

/** To a multiple of four. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
