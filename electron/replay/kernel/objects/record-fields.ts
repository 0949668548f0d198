/** Fields of records where they lie in linear memory: what the kernel's objects are followed by. */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import type { Batch, EventField, EventType, Source } from '../../../trace/event.ts';

const decoder = new TextDecoder();

/** An event's record: its fields, and which event of the source it is. */
export class RecordFields {
  readonly #memory: LinearMemory;
  readonly #fields: ReadonlyMap<string, EventField>;
  readonly #isLittleEndian: boolean;
  readonly #sizeBytes: number;
  #record: Address = 0;
  #lengthBytes = 0;

  constructor(memory: LinearMemory, source: Source, type: EventType) {
    this.#memory = memory;
    this.#fields = new Map(type.fields.map((field) => [field.name, field]));
    this.#isLittleEndian = source.schema.isLittleEndian;
    this.#sizeBytes = type.sizeBytes;
  }

  has(...names: readonly string[]): boolean {
    return names.every((name) => this.#fields.has(name));
  }

  /** Hot. Whether the record holds all the fields of its type. */
  moveTo(record: Address, batch: Batch, row: number): boolean {
    this.#record = record;
    this.#lengthBytes = batch.length[row] ?? 0;
    return this.#lengthBytes >= this.#sizeBytes;
  }

  /** Hot. An integer of up to eight bytes, whose upper half a double keeps up to 2^53; 0 where there is no such field. */
  number(name: string): number {
    const field = this.#fields.get(name);
    if (field === undefined) return 0;
    const { view } = this.#memory;
    const at = this.#record + field.offsetBytes;
    const { isSigned } = field;
    const ends = this.#isLittleEndian;
    switch (field.sizeBytes) {
      case 1:
        return isSigned ? view.getInt8(at) : view.getUint8(at);
      case 2:
        return isSigned ? view.getInt16(at, ends) : view.getUint16(at, ends);
      case 8:
        return Number(isSigned ? view.getBigInt64(at, ends) : view.getBigUint64(at, ends));
      default:
        return isSigned ? view.getInt32(at, ends) : view.getUint32(at, ends);
    }
  }

  /** All 64 bits of an element of an array, or of the number itself. */
  wide(name: string, index = 0): bigint {
    const field = this.#fields.get(name);
    if (field?.elementSizeBytes !== 8) return BigInt.asUintN(64, BigInt(this.number(name)));
    return this.#memory.view.getBigUint64(this.#record + field.offsetBytes + 8 * index, this.#isLittleEndian);
  }

  /** The field's bytes, copied; none where there is no such field. */
  bytes(name: string): Uint8Array {
    const field = this.#fields.get(name);
    if (field === undefined) return new Uint8Array();
    let start = field.offsetBytes;
    let { sizeBytes } = field;
    if (field.kind === 'dataLoc' || field.kind === 'relLoc') {
      const location = this.#memory.view.getUint32(this.#record + start, this.#isLittleEndian);
      sizeBytes = location >>> 16;
      start = (location & 0xffff) + (field.kind === 'relLoc' ? field.offsetBytes + field.sizeBytes : 0);
    }
    const end = Math.min(start + sizeBytes, this.#lengthBytes);
    return this.#memory.bytes.slice(this.#record + start, this.#record + end);
  }

  /** Up to its first NUL. */
  text(name: string): string {
    const bytes = this.bytes(name);
    const end = bytes.indexOf(0);
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
