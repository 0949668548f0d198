/**
 * Packets of a pcapng file: sections of either byte order, each with interfaces of its own, which are counted
 * through here. Blocks that hold no packets and say nothing of them are counted and left alone.
 *
 * Source: draft-ietf-opsawg-pcapng, sections 3 and 4.
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { HEADER_BLOCK_BYTES_MAX, INTERFACES_MAX, PACKET_BYTES_MAX } from '../pcap/limits.ts';
import { type CaptureListener, type PacketReader, wrongLength } from '../pcap/packet-reader.ts';
import { PieceReader } from '../pcap/piece-reader.ts';
import { PacketTime } from '../pcap/time.ts';
import { type Interface, readInterface } from './interface.ts';
import { COMMENT, optionsOf, textOf } from './options.ts';

const BLOCK = {
  section: 0x0a0d_0d0a,
  interface: 1,
  oldPacket: 2,
  simplePacket: 3,
  nameResolution: 4,
  statistics: 5,
  packet: 6,
  journal: 9,
  secrets: 10,
  custom: 0x0bad,
  customNotCopied: 0x4000_0bad,
} as const;
const READ: ReadonlySet<number> = new Set([
  BLOCK.section,
  BLOCK.interface,
  BLOCK.oldPacket,
  BLOCK.simplePacket,
  BLOCK.statistics,
  BLOCK.packet,
]);
const BYTE_ORDER = 0x1a2b_3c4d;
const FRAME_BYTES = 12;
const PACKET_FLAGS = 2;
const PACKET_DROPS = 4;
const SECTION_SYSTEM = 3;
const STATISTICS_DROPS: ReadonlySet<number> = new Set([5, 7]);
const DROPS_UNKNOWN = 0xffff;

const OTHER: Readonly<Record<number, string>> = {
  [BLOCK.nameResolution]: 'name resolution blocks',
  [BLOCK.journal]: 'entries of the systemd journal',
  [BLOCK.secrets]: 'decryption secrets',
  [BLOCK.custom]: 'custom blocks',
  [BLOCK.customNotCopied]: 'custom blocks',
};

/** A section header, whose byte order can be told. */
export function isPcapng(file: ByteSource): boolean {
  if (file.sizeBytes < FRAME_BYTES) return false;
  const start = file.read(0, FRAME_BYTES);
  const view = new DataView(start.buffer, start.byteOffset, FRAME_BYTES);
  return view.getUint32(0) === BLOCK.section && byteOrder(view, 8) !== undefined;
}

export class PcapngReader implements PacketReader {
  readonly time = new PacketTime();
  hasTime = true;
  interfaceId = 0;
  linkType = 0;
  originalBytes = 0;
  capturedBytes = 0;
  flags = 0;
  comment: Uint8Array | undefined;
  start = 0;
  at = 0;
  readonly interfaces: Interface[] = [];
  sections = 0;
  /** What the recording system calls itself, `Linux 6.18.2`. */
  system: string | undefined;
  #isLittleEndian = true;
  #firstOfSection = 0;
  readonly #names: (string | undefined)[];
  readonly #pieces: PieceReader;
  readonly #listener: CaptureListener;

  /** `names` grows by the interfaces that are met. */
  constructor(file: ByteSource, listener: CaptureListener, names: (string | undefined)[] = []) {
    this.#names = names;
    this.#pieces = new PieceReader(file);
    this.#listener = listener;
  }

  get bytes(): Uint8Array {
    return this.#pieces.bytes;
  }

  next(): boolean {
    const pieces = this.#pieces;
    while (this.at < pieces.file.sizeBytes) {
      const { at } = this;
      const frame = pieces.need(at, FRAME_BYTES);
      if (frame < 0) return this.#end(at, 'the file ends within a block');
      if (pieces.view.getUint32(frame, this.#isLittleEndian) === BLOCK.section) {
        const order = byteOrder(pieces.view, frame + 8);
        if (order === undefined) return this.#end(at + 8, 'a section of no byte order');
        this.#isLittleEndian = order;
      }
      const type = pieces.view.getUint32(frame, this.#isLittleEndian);
      const length = pieces.view.getUint32(frame + 4, this.#isLittleEndian);
      if (length < FRAME_BYTES || length % 4 !== 0) return this.#end(at + 4, `a block of ${length} bytes`);
      if (at + length > pieces.file.sizeBytes) return this.#end(at, 'the file ends within a block');
      this.at = at + length;
      if (!READ.has(type)) {
        this.#listener.unsupported(at, OTHER[type] ?? `blocks of type 0x${type.toString(16)}`);
        continue;
      }
      if (length > PACKET_BYTES_MAX + HEADER_BLOCK_BYTES_MAX) {
        this.#listener.unparsed(at, `a block of ${length} bytes`);
        continue;
      }
      const block = pieces.need(at, length);
      if (pieces.view.getUint32(block + length - 4, this.#isLittleEndian) !== length)
        return this.#end(at, 'a block whose lengths at its two ends differ');
      const damage = this.#read(type, block + 8, block + length - 4);
      if (damage === '') return true;
      if (damage !== undefined) this.#listener.unparsed(at, damage);
    }
    return false;
  }

  /** '' for a packet, a reason where the block is damaged, undefined for one that was taken note of. */
  #read(type: number, body: number, end: number): string | undefined {
    switch (type) {
      case BLOCK.packet:
        return this.#packet(body, end, false);
      case BLOCK.oldPacket:
        return this.#packet(body, end, true);
      case BLOCK.simplePacket:
        return this.#simplePacket(body, end);
      case BLOCK.interface:
        return this.#interface(body, end);
      case BLOCK.statistics:
        return this.#statistics(body, end);
      default:
        return this.#section(body, end);
    }
  }

  /** The block that is no longer written has 16 bits each for interface and losses, the other 32 for the first. */
  #packet(body: number, end: number, isOld: boolean): string | undefined {
    if (body + 20 > end) return 'a packet block that is too short';
    const { view } = this.#pieces;
    const isLittleEndian = this.#isLittleEndian;
    const local = isOld ? view.getUint16(body, isLittleEndian) : view.getUint32(body, isLittleEndian);
    const seen = this.#interfaceOf(local);
    if (seen === undefined) return `a packet of interface ${local}, which is not described`;
    const captured = view.getUint32(body + 12, isLittleEndian);
    if (captured > PACKET_BYTES_MAX) return wrongLength(captured, PACKET_BYTES_MAX);
    if (body + 20 + captured > end) return 'a packet that is longer than its block';
    seen.setTime(
      this.time,
      view.getUint32(body + 4, isLittleEndian),
      view.getUint32(body + 8, isLittleEndian),
    );
    this.hasTime = true;
    this.interfaceId = this.#firstOfSection + local;
    this.linkType = seen.linkType;
    this.capturedBytes = captured;
    this.originalBytes = view.getUint32(body + 16, isLittleEndian);
    this.start = body + 20;
    this.flags = 0;
    this.comment = undefined;
    const options = this.start + ((captured + 3) & -4);
    if (options + 4 <= end) this.#packetOptions(options, end, seen);
    const drops = isOld ? view.getUint16(body + 2, isLittleEndian) : 0;
    if (drops !== 0 && drops !== DROPS_UNKNOWN) this.#lost(seen.lostBefore(drops));
    return '';
  }

  #packetOptions(from: number, end: number, seen: Interface): void {
    const { view, bytes } = this.#pieces;
    const isLittleEndian = this.#isLittleEndian;
    for (const option of optionsOf(view, from, end, isLittleEndian)) {
      if (option.code === COMMENT) {
        const said = bytes.subarray(option.at, option.at + option.length);
        this.comment =
          this.comment === undefined ? said : Buffer.concat([this.comment, Buffer.from('\n'), said]);
      } else if (option.code === PACKET_FLAGS && option.length === 4) {
        this.flags = view.getUint32(option.at, isLittleEndian);
      } else if (option.code === PACKET_DROPS && option.length === 8) {
        this.#lost(seen.lostBefore(Number(view.getBigUint64(option.at, isLittleEndian))));
      }
    }
  }

  /** A length and the packet; of the section's first interface, and of no time. */
  #simplePacket(body: number, end: number): string | undefined {
    const seen = this.#interfaceOf(0);
    if (seen === undefined) return 'a packet of interface 0, which is not described';
    if (body + 4 > end) return 'a packet block that is too short';
    const original = this.#pieces.view.getUint32(body, this.#isLittleEndian);
    const captured = Math.min(original, seen.snapLength === 0 ? original : seen.snapLength);
    if (captured > PACKET_BYTES_MAX) return wrongLength(captured, PACKET_BYTES_MAX);
    if (body + 4 + captured > end) return 'a packet that is longer than its block';
    this.hasTime = false;
    this.interfaceId = this.#firstOfSection;
    this.linkType = seen.linkType;
    this.originalBytes = original;
    this.capturedBytes = captured;
    this.start = body + 4;
    this.flags = 0;
    this.comment = undefined;
    return '';
  }

  #interface(body: number, end: number): string | undefined {
    if (body + 8 > end) return 'an interface block that is too short';
    if (this.interfaces.length >= INTERFACES_MAX) return `more than ${INTERFACES_MAX} interfaces`;
    const { bytes, view } = this.#pieces;
    const seen = readInterface(bytes, view, body, end, this.#isLittleEndian);
    if (seen === undefined) return 'an interface whose unit of time holds no date';
    this.#names[this.interfaces.length] = seen.name;
    this.interfaces.push(seen);
    return undefined;
  }

  #statistics(body: number, end: number): string | undefined {
    if (body + 12 > end) return 'a statistics block that is too short';
    const { view } = this.#pieces;
    const isLittleEndian = this.#isLittleEndian;
    const seen = this.#interfaceOf(view.getUint32(body, isLittleEndian));
    if (seen === undefined) return 'statistics of an interface that is not described';
    let lost = 0;
    for (const option of optionsOf(view, body + 12, end, isLittleEndian)) {
      if (STATISTICS_DROPS.has(option.code) && option.length === 8)
        lost += Number(view.getBigUint64(option.at, isLittleEndian));
    }
    this.#lost(seen.lostInAll(lost));
    return undefined;
  }

  #section(body: number, end: number): string | undefined {
    const { bytes, view } = this.#pieces;
    this.#firstOfSection = this.interfaces.length;
    this.sections += 1;
    if (body + 16 > end) return 'a section block that is too short';
    const major = view.getUint16(body + 4, this.#isLittleEndian);
    if (major !== 1) {
      this.at = this.#pieces.file.sizeBytes;
      return `a section of version ${major} of pcapng; 1 is read`;
    }
    for (const option of optionsOf(view, body + 16, end, this.#isLittleEndian)) {
      if (option.code === SECTION_SYSTEM) this.system ??= textOf(bytes, option);
    }
    return undefined;
  }

  #interfaceOf(local: number): Interface | undefined {
    return this.interfaces[this.#firstOfSection + local];
  }

  #lost(packets: number): void {
    if (packets > 0) this.#listener.dropped(packets);
  }

  /** Nothing says where the next block would begin. */
  #end(at: number, reason: string): boolean {
    this.#listener.unparsed(at, reason);
    this.at = this.#pieces.file.sizeBytes;
    return false;
  }
}

/** Throws Failure where not even the first section can be read. */
export function readUpToPackets(file: ByteSource): PcapngReader {
  let damage: { readonly at: number; readonly reason: string } | undefined;
  const reader = new PcapngReader(file, {
    unparsed(at, reason) {
      damage ??= { at, reason };
    },
    unsupported() {},
    dropped() {},
  });
  const hasPacket = reader.next();
  if (!hasPacket && damage !== undefined && reader.interfaces.length === 0)
    throw new Failure('trace', 'corrupt', damage.reason, { file: file.name, at: `byte ${damage.at}` });
  return reader;
}

function byteOrder(view: DataView, at: number): boolean | undefined {
  if (view.getUint32(at, true) === BYTE_ORDER) return true;
  return view.getUint32(at, false) === BYTE_ORDER ? false : undefined;
}
