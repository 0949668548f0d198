/**
 * Packets of a pcap file, in either byte order, with times in micro- or nanoseconds; and of the modified one whose
 * packets tell their interface and direction, as an old patch to libpcap wrote it.
 *
 * Source: draft-ietf-opsawg-pcap, sections 4 and 5.
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { PACKET_BYTES_MAX } from './limits.ts';
import { type CaptureListener, type PacketReader, wrongLength } from './packet-reader.ts';
import { PieceReader } from './piece-reader.ts';
import { PacketTime } from './time.ts';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const MODIFIED_RECORD_BYTES = 24;
/** The upper bits tell of frame check sequences. */
const LINK_TYPE_MASK = 0x03ff_ffff;
/** sll_pkttype: how a packet of the modified format came by. */
const OUTGOING = 4;

export interface PcapHeader {
  readonly isLittleEndian: boolean;
  readonly unitNs: 1 | 1000;
  readonly isModified: boolean;
  readonly linkType: number;
}

/** undefined where the magic number is none of pcap. */
export function pcapMagic(
  file: ByteSource,
): { readonly magic: number; readonly isLittleEndian: boolean } | undefined {
  if (file.sizeBytes < 4) return undefined;
  const start = file.read(0, 4);
  const view = new DataView(start.buffer, start.byteOffset, 4);
  for (const isLittleEndian of [true, false]) {
    const magic = view.getUint32(0, isLittleEndian);
    if (magic === MICROSECONDS || magic === NANOSECONDS || magic === MODIFIED)
      return { magic, isLittleEndian };
  }
  return undefined;
}

/** Throws Failure `not-pcap`, `truncated`, `unsupported`. */
export function readPcapHeader(file: ByteSource): PcapHeader {
  const found = pcapMagic(file);
  if (found === undefined)
    throw new Failure('trace', 'not-pcap', 'not a pcap file', { file: file.name, at: 'byte 0' });
  const { magic, isLittleEndian } = found;
  const header = file.read(0, HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const major = view.getUint16(4, isLittleEndian);
  const minor = view.getUint16(6, isLittleEndian);
  if (major !== 2 || minor < 4) {
    const reason = `version ${major}.${minor} of pcap; 2.4 is read`;
    throw new Failure('trace', 'unsupported', reason, { file: file.name, at: 'byte 4' });
  }
  return {
    isLittleEndian,
    unitNs: magic === NANOSECONDS ? 1 : 1000,
    isModified: magic === MODIFIED,
    linkType: view.getUint32(20, isLittleEndian) & LINK_TYPE_MASK,
  };
}

export class PcapReader implements PacketReader {
  readonly time = new PacketTime();
  readonly hasTime = true;
  readonly linkType: number;
  readonly comment = undefined;
  interfaceId = 0;
  originalBytes = 0;
  capturedBytes = 0;
  flags = 0;
  start = 0;
  at = HEADER_BYTES;
  readonly #header: PcapHeader;
  readonly #pieces: PieceReader;
  readonly #listener: CaptureListener;

  constructor(file: ByteSource, header: PcapHeader, listener: CaptureListener) {
    this.#header = header;
    this.#pieces = new PieceReader(file);
    this.#listener = listener;
    this.linkType = header.linkType;
  }

  get bytes(): Uint8Array {
    return this.#pieces.bytes;
  }

  next(): boolean {
    const { isLittleEndian, unitNs, isModified } = this.#header;
    const pieces = this.#pieces;
    const { at } = this;
    if (at >= pieces.file.sizeBytes) return false;
    const headBytes = isModified ? MODIFIED_RECORD_BYTES : RECORD_BYTES;
    let head = pieces.need(at, headBytes);
    if (head < 0) return this.#end(at, 'the file ends within a packet header');
    const captured = pieces.view.getUint32(head + 8, isLittleEndian);
    if (captured > PACKET_BYTES_MAX) return this.#end(at + 8, wrongLength(captured, PACKET_BYTES_MAX));
    head = pieces.need(at, headBytes + captured);
    if (head < 0) return this.#end(at, 'the file ends within a packet');
    const { view } = pieces;
    this.time.setSeconds(
      view.getUint32(head, isLittleEndian),
      view.getUint32(head + 4, isLittleEndian) * unitNs,
    );
    this.capturedBytes = captured;
    this.originalBytes = view.getUint32(head + 12, isLittleEndian);
    if (isModified) {
      this.interfaceId = view.getUint32(head + 16, isLittleEndian);
      this.flags = view.getUint8(head + 22) === OUTGOING ? 2 : 1;
    }
    this.start = head + headBytes;
    this.at = at + headBytes + captured;
    return true;
  }

  /** Nothing says where the next packet would begin. */
  #end(at: number, reason: string): boolean {
    this.#listener.unparsed(at, reason);
    this.at = this.#pieces.file.sizeBytes;
    return false;
  }
}
