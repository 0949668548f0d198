import { describe, expect, it } from 'vitest';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { decodeValue, memberOf } from '../../../electron/bpf/object/typed-value.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { Failure } from '../../../electron/failure.ts';
import { bytesOf } from './sample.ts';

describe('typed values', () => {
  it('reads a histogram as its program declares it', () => {
    const { btf } = openObject(bytesOf('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o');
    const id = btf?.findStruct('hist')?.id ?? 0;
    if (btf === undefined) throw new Error('the object has types');
    const bytes = new Uint8Array(120);
    bytes[4] = 9;
    bytes.set(new TextEncoder().encode('latency\0garbage'), 104);
    expect(decodeValue(btf, id, bytes)).toEqual({
      slots: [0, 9, ...new Array<number>(24).fill(0)],
      comm: 'latency',
    });
    expect(memberOf(btf, id, 'slots')).toMatchObject({ offsetBytes: 0, elementBytes: 4, elementCount: 26 });
    expect(memberOf(btf, id, 'comm')).toMatchObject({ offsetBytes: 104, elementBytes: 1, elementCount: 16 });
    expect(memberOf(btf, id, 'none')).toBeUndefined();
  });

  it('reads signs, booleans, large numbers, pointers and floats', () => {
    const builder = new BtfBuilder();
    const long = builder.addInteger('long', 8, true);
    const unsigned = builder.addInteger('unsigned long', 8, false);
    const boolean = builder.addInteger('_Bool', 1, false, { isBoolean: true });
    const double = builder.addFloat('double', 8);
    const pointer = builder.addPointer(0);
    const btf = builder.build();
    const ones = new Uint8Array(8).fill(0xff);
    expect(decodeValue(btf, long, ones)).toBe(-1);
    expect(decodeValue(btf, unsigned, ones)).toBe('18446744073709551615');
    expect(decodeValue(btf, pointer, ones)).toBe('18446744073709551615');
    expect(decodeValue(btf, boolean, Uint8Array.of(1))).toBe(true);
    expect(decodeValue(btf, double, new Uint8Array(new Float64Array([1.5]).buffer))).toBe(1.5);
  });

  it('reads bitfields, enums by name, unions with every member, anonymous members in place', () => {
    const builder = new BtfBuilder();
    const unsigned = builder.addInteger('unsigned int', 4, false);
    const signed = builder.addInteger('int', 4, true);
    const state = builder.addEnum({
      name: 'state',
      sizeBytes: 4,
      isSigned: false,
      values: [{ name: 'IDLE', value: 3 }],
    });
    const either = builder.addUnion({
      name: '',
      sizeBytes: 4,
      members: [
        { name: 'word', typeId: unsigned, offsetBits: 0 },
        { name: 'number', typeId: signed, offsetBits: 0 },
      ],
    });
    const struct = builder.addStruct({
      name: 'record',
      sizeBytes: 16,
      members: [
        { name: 'a', typeId: unsigned, offsetBits: 0, bitSize: 3 },
        { name: 'b', typeId: signed, offsetBits: 3, bitSize: 13 },
        { name: 'state', typeId: state, offsetBits: 32 },
        { name: '', typeId: either, offsetBits: 64 },
        { name: 'other', typeId: state, offsetBits: 96 },
      ],
    });
    const bytes = Uint8Array.of(0b11111101, 0xff, 0, 0, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0);
    expect(decodeValue(builder.build(), struct, bytes)).toEqual({
      a: 5,
      b: -1,
      state: 'IDLE',
      word: 2 ** 32 - 1,
      number: -1,
      other: 7,
    });
  });

  it('refuses fewer bytes than the type has', () => {
    const builder = new BtfBuilder();
    const id = builder.addInteger('int', 4, true);
    expect(() => decodeValue(builder.build('a.o'), id, new Uint8Array(3))).toThrow(Failure);
  });

  it('refuses a type of more parts than anyone can look at', () => {
    const builder = new BtfBuilder();
    const byte = builder.addInteger('unsigned char', 1, false);
    const empty = builder.addStruct({ name: 'empty', sizeBytes: 0, members: [] });
    const endless = builder.addArray(empty, byte, 2 ** 32 - 1);
    const nested = builder.addArray(builder.addArray(empty, byte, 100_000), byte, 100_000);
    const btf = builder.build();
    expect(() => decodeValue(btf, endless, new Uint8Array(0))).toThrow(Failure);
    expect(() => decodeValue(btf, nested, new Uint8Array(0))).toThrow(Failure);
  });
});
