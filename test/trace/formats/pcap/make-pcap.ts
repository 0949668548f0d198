/** Writes pcap files in any byte order and unit of time. */

export interface MadePacket {
  readonly seconds: number;
  /** In the file's unit. */
  readonly fraction: number;
  readonly bytes: Uint8Array;
  readonly originalBytes?: number;
  /** Of the modified format: interface and kind, 4 for one that went out. */
  readonly interfaceId?: number;
  readonly kind?: number;
}

export interface MadePcap {
  readonly isLittleEndian: boolean;
  readonly magic: number;
  readonly linkType: number;
}

export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;
export const MODIFIED = 0xa1b2cd34;

export function makePcap(
  { isLittleEndian, magic, linkType }: MadePcap,
  packets: readonly MadePacket[],
): Buffer {
  const word = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, index) =>
      isLittleEndian ? bytes.writeUInt32LE(value, 4 * index) : bytes.writeUInt32BE(value, 4 * index),
    );
    return bytes;
  };
  const header = word(magic, isLittleEndian ? 0x0004_0002 : 0x0002_0004, 0, 0, 65_535, linkType);
  const records = packets.flatMap(({ seconds, fraction, bytes, originalBytes, interfaceId, kind }) => [
    word(seconds, fraction, bytes.length, originalBytes ?? bytes.length),
    ...(magic === MODIFIED ? [word(interfaceId ?? 0), Buffer.from([0, 0, kind ?? 0, 0])] : []),
    bytes,
  ]);
  return Buffer.concat([header, ...records]);
}

/** An Ethernet frame of IPv4 and UDP, told from others by its number. */
export function udpFrame(number: number, payloadBytes: number): Buffer {
  const frame = Buffer.alloc(42 + payloadBytes, number & 0xff);
  Buffer.from('0200000000010200000000020800', 'hex').copy(frame, 0);
  Buffer.from('450000000000000040110000c0a80001c0a80002', 'hex').copy(frame, 14);
  frame.writeUInt16BE(28 + payloadBytes, 16);
  frame.writeUInt16BE(1000 + number, 34);
  frame.writeUInt16BE(9, 36);
  frame.writeUInt16BE(8 + payloadBytes, 38);
  frame.writeUInt16BE(0, 40);
  return frame;
}
