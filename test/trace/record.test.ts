import { describe, expect, test } from 'vitest';
import type { Batch, EventField, Schema } from '../../electron/trace/event.ts';
import { parseField } from '../../electron/trace/formats/trace-dat/event-format.ts';
import { RecordReader } from '../../electron/trace/record.ts';

/** A batch of one record, which begins behind some other bytes. */
function batchOf(record: Uint8Array): Batch {
  const before = 24;
  const bytes = new Uint8Array(before + record.length + 16).fill(0xee);
  bytes.set(record, before);
  return {
    count: 1,
    firstEvent: 0,
    timeNs: new BigUint64Array(1),
    cpu: new Uint16Array(1),
    tid: new Int32Array(1),
    type: new Uint16Array(1),
    stack: new Int32Array([-1]),
    offset: new Uint32Array([before]),
    length: new Uint32Array([record.length]),
    bytes,
  };
}

function field(declared: string, offset: number, size: number, isSigned = false): EventField {
  const parsed = parseField(
    `\tfield:${declared};\toffset:${offset};\tsize:${size};\tsigned:${isSigned ? 1 : 0};`,
    8,
  );
  if (parsed === undefined) throw new Error(declared);
  return parsed;
}

const LITTLE: Schema = { types: [], isLittleEndian: true, longSizeBytes: 8 };
const BIG: Schema = { ...LITTLE, isLittleEndian: false };
const COUNTING = Uint8Array.from({ length: 32 }, (_, index) => 0xf0 + index);

describe.each([LITTLE, BIG])('in a record of a machine with little endian $isLittleEndian', (schema) => {
  const reader = new RecordReader(schema);
  const view = new DataView(COUNTING.buffer);

  test('integers of every size and sign are what their bytes say', () => {
    const batch = batchOf(COUNTING);
    const { isLittleEndian } = schema;
    expect(reader.value(batch, 0, field('u8 a', 1, 1))).toBe(0xf1);
    expect(reader.value(batch, 0, field('s8 a', 1, 1, true))).toBe(view.getInt8(1));
    expect(reader.value(batch, 0, field('short a', 2, 2, true))).toBe(view.getInt16(2, isLittleEndian));
    expect(reader.value(batch, 0, field('u16 a', 2, 2))).toBe(view.getUint16(2, isLittleEndian));
    expect(reader.value(batch, 0, field('int a', 4, 4, true))).toBe(view.getInt32(4, isLittleEndian));
    expect(reader.value(batch, 0, field('u32 a', 4, 4))).toBe(view.getUint32(4, isLittleEndian));
    expect(reader.value(batch, 0, field('s64 a', 8, 8, true))).toBe(view.getBigInt64(8, isLittleEndian));
    expect(reader.value(batch, 0, field('u64 a', 8, 8))).toBe(view.getBigUint64(8, isLittleEndian));
    expect(reader.int32(batch, 0, 4)).toBe(view.getInt32(4, isLittleEndian));
    expect(reader.uint32(batch, 0, 4)).toBe(view.getUint32(4, isLittleEndian));
  });

  test('a field that the record ends before is undefined, not zero', () => {
    const batch = batchOf(COUNTING.subarray(0, 10));
    expect(reader.value(batch, 0, field('u32 a', 8, 4))).toBeUndefined();
    expect(reader.text(batch, 0, field('char a[16]', 0, 16))).toBeUndefined();
  });
});

test('text ends at its first NUL, or with the field', () => {
  const reader = new RecordReader(LITTLE);
  const comm = field('char comm[8]', 0, 8);
  expect(reader.value(batchOf(Buffer.from('sh\0junk!')), 0, comm)).toBe('sh');
  expect(reader.value(batchOf(Buffer.from('kworker/more')), 0, comm)).toBe('kworker/');
  expect(reader.value(batchOf(Buffer.from('fünf\0\0\0')), 0, comm)).toBe('fünf');
});

test('located text is found from the record, relative text from the field, and neither beyond the record', () => {
  const reader = new RecordReader(LITTLE);
  const record = Buffer.from('....LLLLhello\0..', 'latin1');
  const at = (offset: number, length: number) => {
    record.writeUInt32LE((length << 16) | offset, 4);
    return batchOf(record);
  };
  expect(reader.value(at(8, 6), 0, field('__data_loc char[] a', 4, 4))).toBe('hello');
  expect(reader.value(at(0, 6), 0, field('__rel_loc char[] a', 4, 4))).toBe('hello');
  expect(reader.value(at(8, 9), 0, field('__data_loc char[] a', 4, 4))).toBeUndefined();
  expect(reader.value(at(0xffff, 1), 0, field('__data_loc char[] a', 4, 4))).toBeUndefined();
});

test('arrays give their elements; a flexible one takes the rest of the record', () => {
  const reader = new RecordReader(LITTLE);
  const batch = batchOf(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0));
  expect(reader.value(batch, 0, field('u32 a[2]', 0, 8))).toEqual([1, 2]);
  expect(reader.value(batch, 0, field('int a', 4, 0, true))).toEqual([2, 3]);
});
