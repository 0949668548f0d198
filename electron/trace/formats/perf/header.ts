/** The header of a perf.data: a file's, with sections, or a pipe's, whose parts are records. */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { ByteReader } from '../trace-dat/byte-reader.ts';
import { ATTRIBUTE_BYTES_MIN } from './attributes.ts';
import { Feed } from './feed.ts';
import {
  ATTRIBUTES_MAX,
  ATTRIBUTE_BYTES_MAX,
  HEADER_RECORDS_MAX,
  IDS_MAX,
  SECTION_BYTES_MAX,
} from './limits.ts';
import { applyMark } from './marks.ts';
import { MARKS, RECORD } from './record-types.ts';
import { Session } from './session.ts';

export const MAGIC = Buffer.from('PERFILE2');
const PIPE_HEADER_BYTES = 16;
const FILE_HEADER_BYTES = 104;
const FEATURE_BITS = 256;

export interface PerfFile {
  readonly session: Session;
  readonly isPipe: boolean;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** The recorder was stopped before it wrote how much data there is. */
  readonly isUnfinished: boolean;
}

/** `PERFILE2` as a little-endian machine writes it, turned round by the other kind. */
export function byteOrder(file: ByteSource): 'little' | 'big' | undefined {
  if (file.sizeBytes < PIPE_HEADER_BYTES) return undefined;
  const magic = Buffer.from(file.read(0, MAGIC.length));
  if (magic.equals(MAGIC)) return 'little';
  return magic.reverse().equals(MAGIC) ? 'big' : undefined;
}

export function readHeader(file: ByteSource): PerfFile {
  const isLittleEndian = byteOrder(file) === 'little';
  const reader = new ByteReader(file, MAGIC.length, isLittleEndian);
  const sizeBytes = reader.offset();
  const session = new Session(file, isLittleEndian);
  if (sizeBytes === PIPE_HEADER_BYTES) return readPipe(session);
  if (sizeBytes < FILE_HEADER_BYTES) throw reader.corrupt(`a header of ${sizeBytes} bytes`);
  return readFileHeader(session, reader);
}

function readFileHeader(session: Session, reader: ByteReader): PerfFile {
  const { file } = session;
  const attributeBytes = reader.limited(reader.offset(), ATTRIBUTE_BYTES_MAX, 'size of an attribute');
  const attributes = readSection(reader);
  const data = readSection(reader);
  readSection(reader); // event types, which no perf writes any more
  const features = reader.bytes(FEATURE_BITS / 8);
  const isUnfinished = data.sizeBytes === 0;
  const dataEnd = isUnfinished ? file.sizeBytes : data.at + data.sizeBytes;
  if (data.at > file.sizeBytes) throw reader.corrupt(`data begin at byte ${data.at}, past the end`);
  if (attributeBytes < ATTRIBUTE_BYTES_MIN + 16)
    throw reader.corrupt(`attributes of ${attributeBytes} bytes`);
  const count = Math.floor(attributes.sizeBytes / attributeBytes);
  reader.limited(count, ATTRIBUTES_MAX, 'events');
  for (let index = 0; index < count; index++) {
    readAttribute(session, attributes.at + index * attributeBytes, attributeBytes);
  }
  if (!isUnfinished) readFeatures(session, features, dataEnd);
  session.makeTypes();
  return {
    session,
    isPipe: false,
    dataStart: data.at,
    dataEnd: Math.min(dataEnd, file.sizeBytes),
    isUnfinished,
  };
}

interface Section {
  readonly at: number;
  readonly sizeBytes: number;
}

function readSection(reader: ByteReader): Section {
  return { at: reader.offset(), sizeBytes: reader.offset() };
}

/** An attribute and the place of its ids, which take the last 16 bytes. */
function readAttribute(session: Session, at: number, sizeBytes: number): void {
  const { file, isLittleEndian } = session;
  const bytes = file.read(at, sizeBytes - 16);
  const reader = new ByteReader(file, at + sizeBytes - 16, isLittleEndian);
  const section = readSection(reader);
  const count = reader.limited(Math.floor(section.sizeBytes / 8), IDS_MAX, 'ids of an event');
  session.addAttribute(
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    readIds(file, section.at, count, isLittleEndian),
  );
}

function readIds(file: ByteSource, at: number, count: number, isLittleEndian: boolean): number[] {
  const bytes = file.read(at, count * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => Number(view.getBigUint64(index * 8, isLittleEndian)));
}

/** Behind the data: a place for each feature bit that is set, in their order. */
function readFeatures(session: Session, bits: Uint8Array, at: number): void {
  const { file, isLittleEndian } = session;
  const reader = new ByteReader(file, at, isLittleEndian);
  for (let feature = 0; feature < FEATURE_BITS; feature++) {
    // The kernel's bitmaps are of longs: a big-endian machine has the first bits in the last byte of eight.
    const byte = isLittleEndian ? feature >> 3 : (feature >> 6) * 8 + 7 - ((feature & 63) >> 3);
    if ((((bits[byte] ?? 0) >> (feature & 7)) & 1) === 0) continue;
    const section = readSection(reader);
    reader.limited(section.sizeBytes, SECTION_BYTES_MAX, `size of header section ${feature}`);
    if (section.at + section.sizeBytes > file.sizeBytes) {
      throw new Failure('trace', 'truncated', `header section ${feature} lies past the end of the file`, {
        file: file.name,
        at: `byte ${section.at}`,
      });
    }
    session.addFeature(feature, section.at, section.sizeBytes);
  }
}

/** Reads the records before the data: they say what a file's header does. Data begin where they end. */
function readPipe(session: Session): PerfFile {
  const { file, isLittleEndian } = session;
  const feed = new Feed(file, PIPE_HEADER_BYTES, file.sizeBytes, isLittleEndian);
  let dataStart = PIPE_HEADER_BYTES;
  for (let records = 0; records < HEADER_RECORDS_MAX && feed.next(); records++) {
    dataStart = feed.offset;
    if (!MARKS.has(feed.type) || feed.type === RECORD.finishedRound) break;
    applyMark(session, feed);
    dataStart = feed.offset + feed.size;
  }
  session.marksEnd = dataStart;
  session.makeTypes();
  return { session, isPipe: true, dataStart, dataEnd: file.sizeBytes, isUnfinished: false };
}
