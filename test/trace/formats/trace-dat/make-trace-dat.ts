/**
 * Writes small trace.dat files of both versions for tests, in either byte order and with either kernel
 * long: what no kernel at hand would record. One event type, test:tick, with one 32-bit field.
 */
import { deflateSync, zstdCompressSync } from 'node:zlib';

export interface Target {
  readonly isLittleEndian: boolean;
  readonly longSizeBytes: 4 | 8;
}

export const PAGE_BYTES = 4096;
export const TICK_ID = 300;

/** One thing in a ring buffer page, as ring_buffer.c writes them. */
export type Entry =
  | { readonly kind: 'tick'; readonly delta: number; readonly value: number; readonly isLong?: boolean }
  | { readonly kind: 'timeExtend'; readonly delta: bigint }
  | { readonly kind: 'timeStamp'; readonly time: bigint }
  | { readonly kind: 'discarded'; readonly delta: number; readonly bytes: number }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

export interface Page {
  readonly time: bigint;
  readonly entries: readonly Entry[];
  /** 'unknown' sets the mark alone. */
  readonly missed?: number | 'unknown';
}

class Writer {
  readonly #isLittleEndian: boolean;
  readonly #parts: Uint8Array[] = [];
  sizeBytes = 0;

  constructor(isLittleEndian: boolean) {
    this.#isLittleEndian = isLittleEndian;
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.sizeBytes += bytes.length;
    return this;
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text, 'latin1'));
  }

  integer(value: bigint | number, sizeBytes: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), this.#isLittleEndian);
    return this.bytes(this.#isLittleEndian ? bytes.subarray(0, sizeBytes) : bytes.subarray(8 - sizeBytes));
  }

  sized(text: string, sizeBytes = 8): this {
    return this.integer(text.length, sizeBytes).text(text);
  }

  padTo(sizeBytes: number): this {
    return this.bytes(new Uint8Array(sizeBytes - this.sizeBytes));
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** The file, and where its first page lies. */
export function makeTraceDat(
  target: Target,
  cpus: readonly (readonly Page[])[],
): { file: Buffer; dataAt: number } {
  const writer = new Writer(target.isLittleEndian);
  writer.bytes(Uint8Array.of(0x17, 0x08, 0x44)).text('tracing6\0');
  writer
    .integer(target.isLittleEndian ? 0 : 1, 1)
    .integer(target.longSizeBytes, 1)
    .integer(PAGE_BYTES, 4);
  writer.text('header_page\0').sized(headerPage(target));
  writer.text('header_event\0').sized(HEADER_EVENT);
  writer.integer(0, 4);
  writer.integer(1, 4).text('test\0').integer(1, 4).sized(TICK_FORMAT);
  writer.integer(0, 4).integer(0, 4).sized('7 ticker\n');
  writer.integer(cpus.length, 4).text('options  \0').integer(0, 2).text('flyrecord\0');
  const tableEnd = writer.sizeBytes + cpus.length * 16;
  const dataAt = Math.ceil(tableEnd / PAGE_BYTES) * PAGE_BYTES;
  let at = dataAt;
  for (const pages of cpus) {
    writer.integer(at, 8).integer(pages.length * PAGE_BYTES, 8);
    at += pages.length * PAGE_BYTES;
  }
  writer.padTo(dataAt);
  for (const page of cpus.flat()) writer.bytes(makePage(target, page));
  return { file: writer.finish(), dataAt };
}

export interface Buffer7 {
  /** '' for the top instance. */
  readonly name: string;
  readonly cpus: readonly (readonly Page[])[];
}

export interface Options7 {
  readonly compression: 'none' | 'zlib' | 'zstd';
  /** Option ids and their bytes, beside those that say where the sections are. */
  readonly options?: readonly (readonly [number, Uint8Array])[];
  /** Pages in a compressed chunk. */
  readonly chunkPages?: number;
  /** Names of text buffers, whose sections are left out. */
  readonly textBuffers?: readonly string[];
}

/** A version 7 file: sections, compressed where asked, found through one options section at the end. */
export function makeTraceDat7(target: Target, buffers: readonly Buffer7[], how: Options7): Buffer {
  const { isLittleEndian } = target;
  const writer = new Writer(isLittleEndian);
  writer.bytes(Uint8Array.of(0x17, 0x08, 0x44)).text('tracing7\0');
  writer
    .integer(isLittleEndian ? 0 : 1, 1)
    .integer(target.longSizeBytes, 1)
    .integer(PAGE_BYTES, 4);
  writer.text(`${how.compression}\0` + '1.0\0');
  const startAt = writer.sizeBytes;
  const body = new Writer(isLittleEndian);
  const bodyAt = startAt + 8;
  const options = new Writer(isLittleEndian);
  const option = (id: number, payload: Writer) =>
    options.integer(id, 2).integer(payload.sizeBytes, 4).bytes(payload.finish());
  const isCompressed = how.compression !== 'none';
  const header = (id: number, sizeBytes: number) =>
    body
      .integer(id, 2)
      .integer(isCompressed ? 1 : 0, 2)
      .integer(0, 4)
      .integer(sizeBytes, 8);
  const packed = (bytes: Uint8Array) => {
    const small = how.compression === 'zstd' ? zstdCompressSync(bytes) : deflateSync(bytes);
    return new Writer(isLittleEndian).integer(small.length, 4).integer(bytes.length, 4).bytes(small).finish();
  };
  const section = (id: number, content: Writer) => {
    option(id, new Writer(isLittleEndian).integer(bodyAt + body.sizeBytes, 8));
    const bytes = isCompressed ? packed(content.finish()) : content.finish();
    header(id, bytes.length).bytes(bytes);
  };
  const content = () => new Writer(isLittleEndian);
  section(
    16,
    content().text('header_page\0').sized(headerPage(target)).text('header_event\0').sized(HEADER_EVENT),
  );
  section(17, content().integer(0, 4));
  section(18, content().integer(1, 4).text('test\0').integer(1, 4).sized(TICK_FORMAT));
  section(19, content().sized('ffffffff81000000 T _stext\n', 4));
  section(21, content().sized('7 ticker\n'));
  for (const [id, bytes] of how.options ?? []) option(id, content().bytes(bytes));
  for (const name of how.textBuffers ?? []) option(22, content().integer(0, 8).text(`${name}\0local\0`));
  for (const buffer of buffers) {
    const describe = content()
      .integer(bodyAt + body.sizeBytes, 8)
      .text(`${buffer.name}\0mono\0`);
    describe.integer(PAGE_BYTES, 4).integer(buffer.cpus.length, 4);
    header(3, 0);
    for (const [cpu, pages] of buffer.cpus.entries()) {
      // The kernel's pages lie at multiples of their size; peers insist.
      if (!isCompressed) body.padTo(Math.ceil((bodyAt + body.sizeBytes) / PAGE_BYTES) * PAGE_BYTES - bodyAt);
      const data = cpuData(target, pages, isCompressed ? (how.chunkPages ?? 2) : 0, packed);
      describe
        .integer(cpu, 4)
        .integer(bodyAt + body.sizeBytes, 8)
        .integer(data.length, 8);
      body.bytes(data);
    }
    option(3, describe);
  }
  options.integer(0, 2).integer(8, 4).integer(0, 8);
  writer.integer(bodyAt + body.sizeBytes, 8);
  const optionsSection = content().integer(0, 2).integer(0, 2).integer(0, 4).integer(options.sizeBytes, 8);
  return writer.bytes(body.finish()).bytes(optionsSection.finish()).bytes(options.finish()).finish();
}

/** One CPU's pages: as they are, or a count and that many compressed chunks. */
function cpuData(
  target: Target,
  pages: readonly Page[],
  chunkPages: number,
  packed: (bytes: Uint8Array) => Uint8Array,
): Buffer {
  const made = pages.map((page) => makePage(target, page));
  if (chunkPages === 0) return Buffer.concat(made);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < made.length; at += chunkPages)
    chunks.push(packed(Buffer.concat(made.slice(at, at + chunkPages))));
  const count = new Writer(target.isLittleEndian).integer(chunks.length, 4).finish();
  return Buffer.concat([count, ...chunks]);
}

function makePage(target: Target, page: Page): Uint8Array {
  const data = new Writer(target.isLittleEndian);
  for (const entry of page.entries) writeEntry(data, entry, target.isLittleEndian);
  const bytes = data.finish();
  const missed = page.missed === undefined ? 0 : page.missed === 'unknown' ? 2 ** 31 : 2 ** 31 + 2 ** 30;
  const writer = new Writer(target.isLittleEndian);
  writer
    .integer(page.time, 8)
    .integer(missed + bytes.length, target.longSizeBytes)
    .bytes(bytes);
  if (typeof page.missed === 'number') writer.integer(page.missed, target.longSizeBytes);
  return writer.padTo(PAGE_BYTES).finish();
}

function writeEntry(data: Writer, entry: Entry, isLittleEndian: boolean): void {
  const header = (type: number, delta: bigint) =>
    data.integer(isLittleEndian ? (delta << 5n) | BigInt(type) : (BigInt(type) << 27n) | delta, 4);
  const record = () =>
    data
      .integer(TICK_ID, 2)
      .integer(0, 2)
      .integer(7, 4)
      .integer(entry.kind === 'tick' ? entry.value : 0, 4);
  switch (entry.kind) {
    case 'tick':
      header(entry.isLong === true ? 0 : 3, BigInt(entry.delta));
      if (entry.isLong === true) data.integer(16, 4);
      record();
      return;
    case 'timeExtend':
      header(30, entry.delta & 0x7ffffffn).integer(entry.delta >> 27n, 4);
      return;
    case 'timeStamp':
      header(31, entry.time & 0x7ffffffn).integer((entry.time >> 27n) & 0xffffffffn, 4);
      return;
    case 'discarded':
      header(29, BigInt(entry.delta))
        .integer(entry.bytes, 4)
        .bytes(new Uint8Array(entry.bytes - 4));
      return;
    case 'raw':
      data.bytes(entry.bytes);
  }
}

function headerPage({ longSizeBytes }: Target): string {
  const data = 8 + longSizeBytes;
  return [
    '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;',
    `\tfield: local_t commit;\toffset:8;\tsize:${longSizeBytes};\tsigned:1;`,
    '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;',
    `\tfield: char data;\toffset:${data};\tsize:${PAGE_BYTES - data};\tsigned:0;`,
    '',
  ].join('\n');
}

const HEADER_EVENT = [
  '# compressed entry header',
  '\ttype_len    :    5 bits',
  '\ttime_delta  :   27 bits',
  '\tarray       :   32 bits',
  '',
  '\tpadding     : type == 29',
  '\ttime_extend : type == 30',
  '\ttime_stamp : type == 31',
  '\tdata max type_len  == 28',
  '',
].join('\n');

const TICK_FORMAT = [
  'name: tick',
  `ID: ${TICK_ID}`,
  'format:',
  '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
  '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;',
  '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;',
  '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
  '',
  '\tfield:unsigned int value;\toffset:8;\tsize:4;\tsigned:0;',
  '',
  'print fmt: "value=%u", REC->value',
  '',
].join('\n');
