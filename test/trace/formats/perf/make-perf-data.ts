/** Writes perf.data files of either byte order, file or pipe, from records given as values. */

const HEADER_BYTES = 104;
const ATTRIBUTE_BYTES = 128;

export interface Machine {
  readonly isLittleEndian: boolean;
}

export interface EventSpec {
  readonly type: number;
  readonly config: bigint;
  readonly sampleType: number;
  readonly readFormat?: number;
  readonly branchSampleType?: bigint;
  readonly userRegisters?: bigint;
  readonly interruptRegisters?: bigint;
  readonly clockId?: number;
  readonly hasTrailers?: boolean;
  readonly ids: readonly bigint[];
}

/** Bytes written one value after the other. */
export class Writer {
  readonly #parts: Buffer[] = [];
  readonly #isLittleEndian: boolean;

  constructor({ isLittleEndian }: Machine) {
    this.#isLittleEndian = isLittleEndian;
  }

  u16(value: number): this {
    return this.#add(2, (part) =>
      this.#isLittleEndian ? part.writeUInt16LE(value) : part.writeUInt16BE(value),
    );
  }

  u32(value: number): this {
    const word = value >>> 0;
    return this.#add(4, (part) =>
      this.#isLittleEndian ? part.writeUInt32LE(word) : part.writeUInt32BE(word),
    );
  }

  u64(value: bigint | number): this {
    const long = BigInt.asUintN(64, BigInt(value));
    return this.#add(8, (part) =>
      this.#isLittleEndian ? part.writeBigUInt64LE(long) : part.writeBigUInt64BE(long),
    );
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  /** Text with a NUL, filled up to a multiple of 8. */
  text(value: string): this {
    const bytes = Buffer.alloc((value.length + 8) & -8);
    bytes.write(value, 'latin1');
    return this.raw(bytes);
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(size: number, write: (part: Buffer) => void): this {
    const part = Buffer.alloc(size);
    write(part);
    this.#parts.push(part);
    return this;
  }
}

export function record(machine: Machine, type: number, misc: number, body: Uint8Array): Buffer {
  return new Writer(machine)
    .u32(type)
    .u16(misc)
    .u16(body.length + 8)
    .raw(body)
    .done();
}

export function attribute(machine: Machine, event: EventSpec): Buffer {
  const bytes = new Writer(machine)
    .u32(event.type)
    .u32(ATTRIBUTE_BYTES)
    .u64(event.config)
    .u64(1)
    .u64(event.sampleType)
    .u64(event.readFormat ?? 0)
    .raw(flags(machine, event))
    .raw(Buffer.alloc(24))
    .u64(event.branchSampleType ?? 0n)
    .u64(event.userRegisters ?? 0n)
    .u32(0)
    .u32(event.clockId ?? 0)
    .u64(event.interruptRegisters ?? 0n)
    .done();
  return Buffer.concat([bytes, Buffer.alloc(ATTRIBUTE_BYTES - bytes.length)]);
}

/** Bit fields fill bytes from the low end on a little-endian machine, from the high end on the other. */
function flags({ isLittleEndian }: Machine, { hasTrailers = true, clockId }: EventSpec): Buffer {
  const bytes = Buffer.alloc(8);
  for (const bit of [...(hasTrailers ? [18] : []), ...(clockId === undefined ? [] : [25])]) {
    const place = isLittleEndian ? bit & 7 : 7 - (bit & 7);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << place);
  }
  return bytes;
}

export function magic({ isLittleEndian }: Machine): Buffer {
  const bytes = Buffer.from('PERFILE2');
  return isLittleEndian ? bytes : bytes.reverse();
}

/** A file without header sections. */
export function makeFile(
  machine: Machine,
  events: readonly EventSpec[],
  records: readonly Uint8Array[],
): Buffer {
  const ids = events.map((event) =>
    event.ids.reduce((writer, id) => writer.u64(id), new Writer(machine)).done(),
  );
  const attributesAt = HEADER_BYTES + ids.reduce((sum, { length }) => sum + length, 0);
  const dataAt = attributesAt + events.length * (ATTRIBUTE_BYTES + 16);
  const data = Buffer.concat(records);
  const attributes = new Writer(machine);
  let idsAt = HEADER_BYTES;
  for (const [index, event] of events.entries()) {
    const length = ids[index]?.length ?? 0;
    attributes.raw(attribute(machine, event)).u64(idsAt).u64(length);
    idsAt += length;
  }
  const header = new Writer(machine)
    .raw(magic(machine))
    .u64(HEADER_BYTES)
    .u64(ATTRIBUTE_BYTES + 16)
    .u64(attributesAt)
    .u64(dataAt - attributesAt)
    .u64(dataAt)
    .u64(data.length)
    .u64(0)
    .u64(0)
    .raw(Buffer.alloc(32))
    .done();
  return Buffer.concat([header, ...ids, attributes.done(), data]);
}

export function makePipe(
  machine: Machine,
  events: readonly EventSpec[],
  records: readonly Uint8Array[],
): Buffer {
  const header = new Writer(machine).raw(magic(machine)).u64(16).done();
  const attributes = events.map((event) => {
    const body = new Writer(machine).raw(attribute(machine, event));
    for (const id of event.ids) body.u64(id);
    return record(machine, 64, 0, body.done());
  });
  return Buffer.concat([header, ...attributes, ...records]);
}
