/** Writes pcapng files block by block, in either byte order. */

export class PcapngWriter {
  readonly #isLittleEndian: boolean;
  readonly #blocks: Buffer[] = [];

  constructor(isLittleEndian: boolean) {
    this.#isLittleEndian = isLittleEndian;
  }

  done(): Buffer {
    return Buffer.concat(this.#blocks);
  }

  section(...options: Buffer[]): this {
    return this.block(
      0x0a0d_0d0a,
      this.#u32(0x1a2b_3c4d),
      this.#u16(1, 0),
      Buffer.alloc(8, 0xff),
      ...ended(options),
    );
  }

  interface(linkType: number, snapLength: number, ...options: Buffer[]): this {
    return this.block(1, this.#u16(linkType, 0), this.#u32(snapLength), ...ended(options));
  }

  /** `units` in what the interface counts. */
  packet(
    interfaceId: number,
    units: bigint,
    bytes: Buffer,
    original = bytes.length,
    ...options: Buffer[]
  ): this {
    const time = this.#u32(Number(units >> 32n), Number(units & 0xffff_ffffn));
    const head = [this.#u32(interfaceId), time, this.#u32(bytes.length, original)];
    return this.block(6, ...head, padded(bytes), ...ended(options));
  }

  oldPacket(interfaceId: number, drops: number, units: bigint, bytes: Buffer): this {
    const time = this.#u32(Number(units >> 32n), Number(units & 0xffff_ffffn));
    return this.block(
      2,
      this.#u16(interfaceId, drops),
      time,
      this.#u32(bytes.length, bytes.length),
      padded(bytes),
    );
  }

  simplePacket(original: number, bytes: Buffer): this {
    return this.block(3, this.#u32(original), padded(bytes));
  }

  statistics(interfaceId: number, ...options: Buffer[]): this {
    return this.block(5, this.#u32(interfaceId, 0, 0), ...ended(options));
  }

  /** One IPv4 address and its name. */
  nameResolution(address: readonly number[], name: string): this {
    const entry = Buffer.from([...address, ...Buffer.from(`${name}\0`)]);
    return this.block(4, this.#u16(1, entry.length), padded(entry), this.#u16(0, 0));
  }

  /** A log of TLS keys. */
  secrets(keys: string): this {
    return this.block(10, this.#u32(0x544c_534b, keys.length), Buffer.from(keys));
  }

  block(type: number, ...parts: Buffer[]): this {
    const body = padded(Buffer.concat(parts));
    const length = this.#u32(body.length + 12);
    this.#blocks.push(this.#u32(type), length, body, length);
    return this;
  }

  option(code: number, value: string | Buffer): Buffer {
    const bytes = Buffer.from(value);
    return Buffer.concat([this.#u16(code, bytes.length), padded(bytes)]);
  }

  number32(code: number, value: number): Buffer {
    return this.option(code, this.#u32(value));
  }

  number64(code: number, value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    if (this.#isLittleEndian) bytes.writeBigInt64LE(value);
    else bytes.writeBigInt64BE(value);
    return this.option(code, bytes);
  }

  #u16(...values: number[]): Buffer {
    const bytes = Buffer.alloc(2 * values.length);
    values.forEach((value, index) =>
      this.#isLittleEndian ? bytes.writeUInt16LE(value, 2 * index) : bytes.writeUInt16BE(value, 2 * index),
    );
    return bytes;
  }

  #u32(...values: number[]): Buffer {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, index) =>
      this.#isLittleEndian ? bytes.writeUInt32LE(value, 4 * index) : bytes.writeUInt32BE(value, 4 * index),
    );
    return bytes;
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function ended(options: readonly Buffer[]): Buffer[] {
  return options.length === 0 ? [] : [...options, Buffer.alloc(4)];
}
