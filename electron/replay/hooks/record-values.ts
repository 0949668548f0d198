/** Hot: fields of a record in linear memory, copied to where programs read them, with no value made an object. */
import type { LinearMemory, Address } from '../../bpf/vm/memory.ts';
import type { EventField, Schema } from '../../trace/event.ts';

const WORD_BYTES = 8;

/** Copies an integer field to eight bytes at `to`, extended as its sign says. */
export function copyInteger(
  memory: LinearMemory,
  { isLittleEndian }: Schema,
  field: EventField,
  record: Address,
  to: Address,
): void {
  const { view } = memory;
  const from = record + field.offsetBytes;
  if (field.sizeBytes === WORD_BYTES) {
    const [low, high] = isLittleEndian ? [from, from + 4] : [from + 4, from];
    view.setUint32(to, view.getUint32(low, isLittleEndian), true);
    view.setUint32(to + 4, view.getUint32(high, isLittleEndian), true);
    return;
  }
  const value = readSmall(view, field, from, isLittleEndian);
  view.setInt32(to, value | 0, true);
  view.setInt32(to + 4, value < 0 ? -1 : 0, true);
}

function readSmall(view: DataView, field: EventField, at: Address, isLittleEndian: boolean): number {
  switch (field.sizeBytes) {
    case 1:
      return field.isSigned ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return field.isSigned ? view.getInt16(at, isLittleEndian) : view.getUint16(at, isLittleEndian);
    default:
      return field.isSigned ? view.getInt32(at, isLittleEndian) : view.getUint32(at, isLittleEndian);
  }
}

/** An integer field as an unsigned 64-bit number. */
export function readInteger(
  memory: LinearMemory,
  { isLittleEndian }: Schema,
  field: EventField,
  record: Address,
): bigint {
  const at = record + field.offsetBytes;
  if (field.sizeBytes === WORD_BYTES) return memory.view.getBigUint64(at, isLittleEndian);
  return BigInt.asUintN(64, BigInt(readSmall(memory.view, field, at, isLittleEndian)));
}

/** The bytes of a field that the record locates elsewhere in itself; undefined where it points out of the record. */
export function locatedBytes(
  memory: LinearMemory,
  { isLittleEndian }: Schema,
  field: EventField,
  record: Address,
  recordBytes: number,
): Uint8Array | undefined {
  const { view, bytes } = memory;
  if (field.offsetBytes + 4 > recordBytes) return undefined;
  const location = view.getUint32(record + field.offsetBytes, isLittleEndian);
  const base = field.kind === 'relLoc' ? field.offsetBytes + field.sizeBytes : 0;
  const start = base + (location & 0xffff);
  const length = location >>> 16;
  return start + length > recordBytes ? undefined : bytes.subarray(record + start, record + start + length);
}
