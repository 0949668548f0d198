import fc from 'fast-check';
import { expect, test } from 'vitest';

import { CodecError, decodeMessage, encodeMessage } from '../../electron/host/codec.ts';

const typedArrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** Any bytes as any kind of array; at a shifted place too, as a column cut from a larger buffer is. */
const typedArray = fc
  .tuple(fc.constantFrom(...typedArrays), fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 2 }))
  .map(([Kind, bytes, skip]) => {
    const length = Math.floor(bytes.length / Kind.BYTES_PER_ELEMENT);
    const whole = new Kind(bytes.slice(0, length * Kind.BYTES_PER_ELEMENT).buffer);
    return whole.subarray(Math.min(skip, length));
  });

const message = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(undefined, null, true, false, NaN, Infinity, -Infinity, -0, 0),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
    typedArray,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
})).value;

test('gives back what was put in, to the sign of zero and the bits of NaN in arrays', () => {
  fc.assert(
    fc.property(message, (value) => {
      expect(comparable(decodeMessage(encodeMessage(value)))).toStrictEqual(comparable(value));
    }),
    { numRuns: 1000 },
  );
});

/** toStrictEqual looks at arrays' values, where NaNs are alike and prototypes of dictionaries are not. */
function comparable(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return [value.constructor.name, ...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, item]) => [key, comparable(item)]);
}

test('reads arrays in place where the message is aligned, and from a copy where it is not', () => {
  const encoded = encodeMessage({ column: Float64Array.of(1, 2, 3), bytes: Uint8Array.of(1, 2, 3) });
  const decoded = decodeMessage(encoded) as { column: Float64Array };
  expect(decoded.column.buffer).toBe(encoded.buffer);
  const shifted = new Uint8Array(encoded.length + 3);
  shifted.set(encoded, 3);
  const copied = decodeMessage(shifted.subarray(3)) as { column: Float64Array };
  expect(copied.column.buffer).not.toBe(shifted.buffer);
  expect(copied).toEqual(decoded);
});

test('takes a Buffer for the bytes it holds', () => {
  expect(decodeMessage(encodeMessage(Buffer.from('abc')))).toEqual(Uint8Array.of(97, 98, 99));
});

test('keeps a key named __proto__ a key', () => {
  const sent = JSON.parse('{"__proto__":{"isAdmin":true}}') as object;
  const decoded = decodeMessage(encodeMessage(sent)) as object;
  expect(Object.keys(decoded)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  expect('isAdmin' in decoded).toBe(false);
});

test.each([
  ['a function', () => undefined],
  ['a symbol', Symbol('s')],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['a DataView', new DataView(new ArrayBuffer(8))],
])('refuses to send %s', (_name, value) => {
  expect(() => encodeMessage({ value })).toThrow(CodecError);
});

test('refuses a cycle', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(() => encodeMessage(cycle)).toThrow(CodecError);
});

/** A message with this header, and `bufferBytes` of buffers behind it. */
function handMade(header: string, bufferBytes = 0): Uint8Array {
  const bytes = new TextEncoder().encode(header);
  const message = new Uint8Array(Math.ceil((4 + bytes.length) / 8) * 8 + bufferBytes);
  new DataView(message.buffer).setUint32(0, bytes.length, true);
  message.set(bytes, 4);
  return message;
}

test.each([
  ['an empty message', new Uint8Array(0)],
  ['a cut header length', Uint8Array.of(1, 0, 0)],
  ['a header beyond the message', Uint8Array.of(200, 0, 0, 0, 0x22)],
  ['a header of 4 GB', Uint8Array.of(255, 255, 255, 255)],
  ['a header that is not JSON', handMade('{')],
  ['a header that is not UTF-8', Uint8Array.of(3, 0, 0, 0, 0x22, 0xff, 0x22)],
  ['a list without a tag', handMade('[]')],
  ['an unknown tag', handMade('["x"]')],
  ['a tag that is an object', handMade('[{}]')],
  ['nesting of 200', handMade(`${'["a",'.repeat(200)}1${']'.repeat(200)}`)],
  ['a bigint that is words', handMade('["n","0x10; drop"]')],
  ['a bigint of 100,000 digits', handMade(`["n","${'9'.repeat(100_000)}"]`)],
  ['a special number that is a list', handMade('["f",[1]]')],
  ['a special number that is none', handMade('["f","12"]')],
  ['a typed array of no kind', handMade('["b","toString",0,1]', 8)],
  ['a typed array of an inherited kind', handMade('["b","__proto__",0,1]', 8)],
  ['a typed array beyond the message', handMade('["b","Float64Array",8,1]', 8)],
  ['a typed array that is too long', handMade('["b","Float64Array",0,2]', 8)],
  ['a typed array of 2^53 items', handMade('["b","Float64Array",0,9007199254740991]', 8)],
  ['a typed array off its alignment', handMade('["b","Uint8Array",4,1]', 8)],
  ['a typed array before the buffers', handMade('["b","Uint8Array",-8,1]', 8)],
  ['a typed array at no number', handMade('["b","Uint8Array","0",1]', 8)],
])('refuses %s', (_name, bytes) => {
  expect(() => decodeMessage(bytes)).toThrow(CodecError);
});

test('answers any bytes with a value or a CodecError', () => {
  const tag = fc.constantFrom('"a"', '"b"', '"n"', '"f"', '"u"', '"z"', '0', 'null');
  const part = fc.oneof(fc.json(), fc.constantFrom('"Float64Array"', '"Uint8Array"', '8', '1e9', '-1'));
  const tagged = fc
    .tuple(tag, fc.array(part, { maxLength: 4 }))
    .map(([first, rest]) => handMade(`[${[first, ...rest].join(',')}]`, 16));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 64 }),
        tagged,
        fc.json().map((text) => handMade(text)),
      ),
      (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('answers any cut of a true message with a CodecError', () => {
  const whole = encodeMessage({ a: [1n, -0, 'text'], column: new Float64Array(4) });
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => decodeMessage(whole.subarray(0, length)), `${length} bytes`).toThrow(CodecError);
  }
});
