/**
 * Writes small version 6 trace.dat files for tests, in either byte order and with either kernel long:
 * what no kernel at hand would record. One event type, test:tick, with one 32-bit field.
 */

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
