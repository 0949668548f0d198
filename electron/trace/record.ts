/**
 * Reads the fields of a record by the schema: for listings, tests and the replay's modelled kernel.
 * Hot readers take a field's offset; the general one makes values and is for what is shown.
 */
import type { Batch, EventField, EventType, Schema } from './event.ts';

export type RecordValue = number | bigint | string | readonly (number | bigint)[];

export function fieldOf(type: EventType, name: string): EventField | undefined {
  return type.fields.find((field) => field.name === name);
}

/** `sched:sched_switch`, or undefined where the schema has no such type. */
export function typeOf(schema: Schema, name: string): EventType | undefined {
  return schema.types.find((type) => `${type.system}:${type.name}` === name);
}

/** Reads fields of the rows of one source's batches. */
export class RecordReader {
  readonly #isLittleEndian: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(schema: Schema) {
    this.#isLittleEndian = schema.isLittleEndian;
  }

  /** Hot. A signed 32-bit field; the caller knows the record is long enough (hasField). */
  int32(batch: Batch, row: number, offsetBytes: number): number {
    return this.#viewOf(batch).getInt32((batch.offset[row] as number) + offsetBytes, this.#isLittleEndian);
  }

  /** Hot. An unsigned 32-bit field. */
  uint32(batch: Batch, row: number, offsetBytes: number): number {
    return this.#viewOf(batch).getUint32((batch.offset[row] as number) + offsetBytes, this.#isLittleEndian);
  }

  /** Whether the row's record holds the whole of a fixed field. */
  hasField(batch: Batch, row: number, field: EventField): boolean {
    return field.offsetBytes + field.sizeBytes <= (batch.length[row] ?? 0);
  }

  /** A char array or located text up to its first NUL; undefined where the record ends before. */
  text(batch: Batch, row: number, field: EventField): string | undefined {
    const place = this.#place(batch, row, field);
    if (place === undefined) return undefined;
    const bytes = batch.bytes.subarray(place.start, place.start + place.sizeBytes);
    const end = bytes.indexOf(0);
    return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8');
  }

  /**
   * The field's value: a number where 53 bits hold it and a bigint for 8-byte integers, text for char
   * arrays, an array for the others. undefined where the record ends before the field does.
   */
  value(batch: Batch, row: number, field: EventField): RecordValue | undefined {
    const isLocated = field.kind === 'dataLoc' || field.kind === 'relLoc';
    if (field.kind === 'text' || (isLocated && /\bchar$/.test(field.type)))
      return this.text(batch, row, field);
    const place = this.#place(batch, row, field);
    if (place === undefined) return undefined;
    if (field.kind === 'integer') return this.#integer(batch, place.start, field.sizeBytes, field.isSigned);
    const values: (number | bigint)[] = [];
    const step = field.elementSizeBytes;
    for (let at = 0; at + step <= place.sizeBytes; at += step) {
      values.push(this.#integer(batch, place.start + at, step, field.isSigned));
    }
    return values;
  }

  /** Where the field's bytes lie in batch.bytes, inside the record. */
  #place(batch: Batch, row: number, field: EventField): { start: number; sizeBytes: number } | undefined {
    const record = batch.offset[row];
    const length = batch.length[row];
    if (record === undefined || length === undefined || !this.hasField(batch, row, field)) return undefined;
    const start = record + field.offsetBytes;
    if (field.kind !== 'dataLoc' && field.kind !== 'relLoc') {
      // A flexible array, of size 0 in its format, takes the rest of the record.
      return { start, sizeBytes: field.sizeBytes === 0 ? length - field.offsetBytes : field.sizeBytes };
    }
    if (field.sizeBytes !== 4) return undefined;
    const location = this.#viewOf(batch).getUint32(start, this.#isLittleEndian);
    const base = field.kind === 'relLoc' ? field.offsetBytes + field.sizeBytes : 0;
    const offset = base + (location & 0xffff);
    const sizeBytes = location >>> 16;
    return offset + sizeBytes > length ? undefined : { start: record + offset, sizeBytes };
  }

  #integer(batch: Batch, at: number, sizeBytes: number, isSigned: boolean): number | bigint {
    const view = this.#viewOf(batch);
    const isLittleEndian = this.#isLittleEndian;
    switch (sizeBytes) {
      case 1:
        return isSigned ? view.getInt8(at) : view.getUint8(at);
      case 2:
        return isSigned ? view.getInt16(at, isLittleEndian) : view.getUint16(at, isLittleEndian);
      case 4:
        return isSigned ? view.getInt32(at, isLittleEndian) : view.getUint32(at, isLittleEndian);
      default:
        return isSigned ? view.getBigInt64(at, isLittleEndian) : view.getBigUint64(at, isLittleEndian);
    }
  }

  /** One view per blob: batches reuse theirs. */
  #viewOf(batch: Batch): DataView {
    if (this.#bytes !== batch.bytes) {
      this.#bytes = batch.bytes;
      this.#view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
    }
    return this.#view;
  }
}
