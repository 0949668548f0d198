import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { encodeValue } from '../../../electron/bpf/object/encode-value.ts';
import { decodeValue, type TypedValue } from '../../../electron/bpf/object/typed-value.ts';
import { Failure } from '../../../electron/failure.ts';

const builder = new BtfBuilder();
const byte = builder.addInteger('char', 1, true);
const int = builder.addInteger('int', 4, true);
const long = builder.addInteger('unsigned long', 8, false);
const state = builder.addEnum({
  name: 'state',
  sizeBytes: 4,
  isSigned: false,
  values: [{ name: 'IDLE', value: 3 }],
});
const inner = builder.addStruct({
  name: '',
  sizeBytes: 8,
  members: [{ name: 'deep', typeId: long, offsetBits: 0 }],
});
const record = builder.addStruct({
  name: 'record',
  sizeBytes: 56,
  members: [
    { name: 'number', typeId: int, offsetBits: 0 },
    { name: 'low', typeId: int, offsetBits: 32, bitSize: 5 },
    { name: 'high', typeId: int, offsetBits: 37, bitSize: 27 },
    { name: '', typeId: inner, offsetBits: 64 },
    { name: 'state', typeId: state, offsetBits: 128 },
    { name: 'list', typeId: builder.addArray(int, int, 3), offsetBits: 160 },
    { name: 'name', typeId: builder.addArray(byte, int, 16), offsetBits: 256 },
  ],
});
const btf = builder.build('a.o');

describe('encoding values', () => {
  it('gives bytes that decode to the same value', () => {
    const value = fc.record({
      number: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      low: fc.integer({ min: -16, max: 15 }),
      high: fc.integer({ min: -(2 ** 26), max: 2 ** 26 - 1 }),
      deep: fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }).map(String),
      state: fc.constantFrom<string | number>('IDLE', 4, 0),
      list: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 }),
      name: fc.stringMatching(/^[a-z0-9/:]{0,16}$/),
    });
    fc.assert(
      fc.property(value, (each) => {
        expect(decodeValue(btf, record, encodeValue(btf, record, each))).toEqual(each);
      }),
    );
  });

  it.each<[TypedValue, string]>([
    [{ number: 2 ** 32 }, 'a.o: value.number: 4294967296 does not fit int, -2147483648 to 2147483647'],
    [{ low: 32 }, 'a.o: value.low: 32 does not fit int:5, -16 to 15'],
    [{ numbers: 1 }, 'a.o: value.numbers: the type has no such field'],
    [{ list: [1, 2, 3, 4] }, 'a.o: value.list: 4 elements for an array of 3'],
    [{ list: [1, 'two'] }, 'a.o: value.list[1]: "two" is no integer'],
    [{ name: 'x'.repeat(17) }, 'a.o: value.name: the text has 17 bytes, its array 16'],
    [{ state: 'BUSY' }, 'a.o: value.state: "BUSY" is no integer'],
    [7, 'a.o: needs named fields'],
  ])('refuses %j, naming the place', (value, message) => {
    expect(() => encodeValue(btf, record, value)).toThrow(new Failure('object', 'bad-value', message).reason);
  });
});
