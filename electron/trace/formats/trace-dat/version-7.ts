/** Reads a version 7 trace.dat's headers: sections found through options, as trace-cmd.dat.v7(5) has them. */
import { MemoryBytes } from '../../bundle/byte-source.ts';
import { ByteReader } from './byte-reader.ts';
import { compressionOf, decompress } from './compression.ts';
import type { Compression } from './compression.ts';
import type { BufferData, TraceDatFile, TraceDatPrefix } from './layout.ts';
import {
  CPUS_MAX,
  METADATA_BYTES_MAX,
  OPTIONS_MAX,
  OPTION_SECTIONS_MAX,
  PAGE_BYTES_MAX,
  PAGE_BYTES_MIN,
} from './limits.ts';
import { readCommandLines, readPageLayout, skipText, TypeList } from './metadata.ts';
import { OPTION, parseOptions, readOption, selectedClock } from './options.ts';
import type { RawOption } from './options.ts';

const SECTION_HEADER_BYTES = 16;
const SECTION_COMPRESSED = 1;

export function readVersion7(reader: ByteReader, prefix: TraceDatPrefix): TraceDatFile {
  const compression = compressionOf(reader.string(), reader.file.name);
  reader.string(); // the library's version
  const sections = new Sections(reader, prefix.isLittleEndian, compression);
  const raw = sections.readOptions(reader.offset());
  const options = parseOptions(raw, prefix.isLittleEndian);
  const page = readPageLayout(sections.required(raw, OPTION.headerInfo, 'page header'));
  const list = new TypeList(page.commitSizeBytes);
  const ftrace = sections.optional(raw, OPTION.ftraceEvents);
  if (ftrace !== undefined) list.readFtraceEvents(ftrace);
  list.readEventSystems(sections.required(raw, OPTION.eventFormats, 'event formats'));
  const comms = sections.optional(raw, OPTION.commandLines);
  return {
    version: 7,
    compression,
    isLittleEndian: prefix.isLittleEndian,
    page,
    types: list.types,
    comms: comms === undefined ? new Map() : readCommandLines(comms),
    kallsyms: () => {
      const section = sections.optional(raw, OPTION.kallsyms);
      if (section === undefined) return undefined;
      const text = skipText(section);
      section.at = text.at;
      return text.sizeBytes === 0 ? undefined : section.latin1(text.sizeBytes);
    },
    options,
    buffers: raw.filter((option) => option.id === OPTION.buffer).map((option) => sections.buffer(option)),
    textBuffers: raw
      .filter((option) => option.id === OPTION.bufferText)
      .map((option) => sections.bufferName(option)),
  };
}

class Sections {
  readonly #reader: ByteReader;
  readonly #isLittleEndian: boolean;
  readonly #compression: Compression;

  constructor(reader: ByteReader, isLittleEndian: boolean, compression: Compression) {
    this.#reader = reader;
    this.#isLittleEndian = isLittleEndian;
    this.#compression = compression;
  }

  /** All options: each section's last one, DONE, says where the next section is. */
  readOptions(firstOffset: number): RawOption[] {
    const raw: RawOption[] = [];
    let sections = 0;
    for (let offset = firstOffset; offset !== 0;) {
      if (++sections > OPTION_SECTIONS_MAX)
        throw this.#reader.corrupt('the options sections do not end', offset);
      const section = this.#open(offset, 0);
      for (let option = readOption(section); option !== undefined; option = readOption(section)) {
        raw.push(option);
        if (raw.length > OPTIONS_MAX) throw this.#reader.corrupt('the options do not end', offset);
      }
      section.limited(section.uint32(), 8, 'size of option DONE');
      offset = section.offset();
    }
    return raw;
  }

  optional(raw: readonly RawOption[], id: number): ByteReader | undefined {
    const option = raw.find((candidate) => candidate.id === id);
    return option === undefined ? undefined : this.#open(this.#payload(option).offset(), id);
  }

  required(raw: readonly RawOption[], id: number, what: string): ByteReader {
    const section = this.optional(raw, id);
    if (section === undefined) throw this.#reader.corrupt(`no option says where the ${what} are`);
    return section;
  }

  bufferName(option: RawOption): string {
    const payload = this.#payload(option);
    payload.offset();
    return payload.string();
  }

  buffer(option: RawOption): BufferData {
    const payload = this.#payload(option);
    const sectionAt = payload.offset();
    const name = payload.string();
    const clock = selectedClock(payload.string());
    const pageSizeBytes = payload.limited(payload.uint32(), PAGE_BYTES_MAX, 'size of a ring buffer page');
    if (pageSizeBytes < PAGE_BYTES_MIN || pageSizeBytes % 4 !== 0)
      throw this.#reader.corrupt(`ring buffer pages of ${pageSizeBytes} bytes`, option.at);
    const count = payload.limited(payload.uint32(), CPUS_MAX, 'CPUs');
    const cpus = Array.from({ length: count }, () => ({
      cpu: payload.limited(payload.uint32(), 65_535, 'number of a CPU'),
      offset: payload.offset(),
      sizeBytes: payload.offset(),
    }));
    const header = this.#header(sectionAt, OPTION.buffer);
    return { name, clock, pageSizeBytes, isChunked: header.isCompressed, cpus };
  }

  #payload(option: RawOption): ByteReader {
    return new ByteReader(
      new MemoryBytes(option.bytes, `${this.#reader.file.name} (option ${option.id})`),
      0,
      this.#isLittleEndian,
    );
  }

  #header(offset: number, id: number): { readonly isCompressed: boolean; readonly sizeBytes: number } {
    const reader = new ByteReader(this.#reader.file, offset, this.#isLittleEndian);
    const found = reader.uint16();
    if (found !== id) throw reader.corrupt(`section ${found} begins where section ${id} should`, offset);
    const isCompressed = (reader.uint16() & SECTION_COMPRESSED) !== 0;
    reader.uint32(); // its description in the strings section
    return { isCompressed, sizeBytes: reader.offset() };
  }

  /** A reader at the section's first byte behind its header, of the uncompressed bytes. */
  #open(offset: number, id: number): ByteReader {
    const header = this.#header(offset, id);
    const reader = new ByteReader(this.#reader.file, offset + SECTION_HEADER_BYTES, this.#isLittleEndian);
    if (!header.isCompressed) return reader;
    const compressedSize = reader.limited(
      reader.uint32(),
      METADATA_BYTES_MAX,
      'compressed size of a section',
    );
    const size = reader.limited(reader.uint32(), METADATA_BYTES_MAX, 'size of a section');
    const place = { file: reader.file.name, at: `byte ${reader.at}` };
    const bytes = decompress(this.#compression, reader.bytes(compressedSize), size, place);
    const file = new MemoryBytes(
      bytes,
      `${reader.file.name} (section ${id} at byte ${offset}, decompressed)`,
    );
    return new ByteReader(file, 0, this.#isLittleEndian);
  }
}
