import fc from 'fast-check';
import { expect, test } from 'vitest';
import { declareFields } from '../../../electron/trace/known-events/declare.ts';
import { compilePattern } from '../../../electron/trace/text/compiled-pattern.ts';
import { Matcher } from '../../../electron/trace/text/matcher.ts';
import { parsePattern } from '../../../electron/trace/text/pattern.ts';

const FIELDS = declareFields(
  'u64 wide; s64 signed; u32 word; int number; u16 half; u8 byte; char name[8]; __data_loc char[] text; ' +
    '__data_loc char[] other; unsigned long args[3]; u8 ip[16]; u8 address[28]; u8 mac[6]',
  8,
);
const SIZE = FIELDS.reduce((end, field) => Math.max(end, field.offsetBytes + field.sizeBytes), 0);

interface Read {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** The record that a text gives; undefined where it is not as the pattern says. */
function read(pattern: string, text: string): Read | undefined {
  const matcher = new Matcher();
  matcher.bytes = new Uint8Array(SIZE + 4096);
  const bytes = Buffer.from(text);
  const { steps } = compilePattern(parsePattern(pattern), FIELDS);
  if (!matcher.match(steps, bytes, 0, bytes.length, 0, SIZE)) return undefined;
  return { view: new DataView(matcher.bytes.buffer), bytes: matcher.bytes, end: matcher.end };
}

function at(name: string): number {
  const field = FIELDS.find((each) => each.name === name);
  if (field === undefined) throw new Error(name);
  return field.offsetBytes;
}

function located(record: Read | undefined, name: string): string | undefined {
  if (record === undefined) return undefined;
  const word = record.view.getUint32(at(name), true);
  const start = word & 0xffff;
  return Buffer.from(record.bytes.subarray(start, start + (word >>> 16) - 1)).toString();
}

test('any number is read back from its decimal and hexadecimal text', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      fc.integer(),
      (a, b, c) => {
        const decimal = read('{wide} {signed} {number}', `${a} ${b} ${c}`);
        expect(decimal?.view.getBigUint64(at('wide'), true)).toBe(a);
        expect(decimal?.view.getBigInt64(at('signed'), true)).toBe(b);
        expect(decimal?.view.getInt32(at('number'), true)).toBe(c);
        const hex = read(
          '0x{wide:x},{signed:x}',
          `0x${a.toString(16)},${BigInt.asUintN(64, b).toString(16)}`,
        );
        expect(hex?.view.getBigUint64(at('wide'), true)).toBe(a);
        expect(hex?.view.getBigInt64(at('signed'), true)).toBe(b);
      },
    ),
  );
});

test.each([
  ['{half}', '65535', 'half', 65535],
  ['{half:o}', '0755', 'half', 0o755],
  ['{word:x}', '(null)', 'word', 0],
  ['{word:x}', '(nil)', 'word', 0],
  ['v={word}', 'v=0x1f', 'word', 0x1f],
  ['{word:=0=NONE,3=ALL,4=ALL_OF}', 'ALL_OF', 'word', 4],
  ['{word:=0=NONE}', '0x7', 'word', 7],
  ['{word:|1=A,2=B,16=LONG}x', 'A|LONGx', 'word', 17],
  ['{word:|1=A,2=B}', 'B|0x40', 'word', 0x42],
  ['[{word:|1=A}]', '[]', 'word', 0],
  ['{word:<<20},{word}', '254,3', 'word', 0x0fe0_0003],
  ['{args[2]:x}', 'ff', 'args', 0],
])('%s reads %s', (pattern, text, name, value) => {
  const record = read(pattern, text);
  const field = FIELDS.find((each) => each.name === name);
  expect(
    field?.sizeBytes === 2 ? record?.view.getUint16(at(name), true) : record?.view.getUint32(at(name), true),
  ).toBe(value);
});

test('bits above the thirty-second are put in their place', () => {
  expect(read('{wide:<<40}:{wide}', '3:5')?.view.getBigUint64(at('wide'), true)).toBe((3n << 40n) | 5n);
});

test('texts end where what follows them begins, and are tried further where that fails', () => {
  const record = read('{text}:{number} [{half}] {other}', 'kworker/u12:2:6698 [120] a b ');
  expect(located(record, 'text')).toBe('kworker/u12:2');
  expect(record?.view.getInt32(at('number'), true)).toBe(6698);
  expect(located(record, 'other')).toBe('a b ');
  expect(record?.end).toBe(SIZE + 'kworker/u12:2'.length + 1 + 'a b '.length + 1);
});

test('a fixed text is cut to its room and ended', () => {
  const record = read('{name}', 'longer than it may be');
  expect(Buffer.from(record?.bytes.subarray(at('name'), at('name') + 8) ?? []).toString()).toBe('longer \0');
});

test('values that are printed as nothing leave the blanks around them to be matched', () => {
  expect(located(read('a {text} b {other} c', 'a  b  c'), 'text')).toBe('');
  expect(read('flags {word:|1=A} end', 'flags  end')).toBeDefined();
});

test('addresses are read into their bytes', () => {
  const six = read('{ip:ip6}', 'fe80::1:2');
  expect([...(six?.bytes.subarray(at('ip'), at('ip') + 16) ?? [])]).toEqual([
    0xfe,
    0x80,
    ...Array<number>(11).fill(0),
    1,
    0,
    2,
  ]);
  const mapped = read('{ip:ip6}', '::ffff:127.0.0.1');
  expect([...(mapped?.bytes.subarray(at('ip') + 10, at('ip') + 16) ?? [])]).toEqual([255, 255, 127, 0, 0, 1]);
  const socket = read('{address:sockaddr} {mac:mac}', '10.0.0.2:443 00:11:22:aa:bb:cc');
  expect([...(socket?.bytes.subarray(at('address'), at('address') + 8) ?? [])]).toEqual([
    2, 0, 1, 187, 10, 0, 0, 2,
  ]);
  expect([...(socket?.bytes.subarray(at('mac'), at('mac') + 6) ?? [])]).toEqual([
    0, 0x11, 0x22, 0xaa, 0xbb, 0xcc,
  ]);
  for (const bad of ['1.2.3', '::1::', '1:2:3', '10.0.0.256']) {
    expect(read('{ip:ip6}', bad)).toBeUndefined();
    expect(read('{address:sockaddr}', `${bad}:1`)).toBeUndefined();
  }
});

test('a text that is not as the pattern says is refused', () => {
  for (const text of ['', 'pid=', 'pid=x', 'pid=1x', 'pid=1 prio', 'pid 1']) {
    expect(read('pid={number}', text), text).toBeUndefined();
  }
  expect(read('pid={number}', 'pid=1 \t')).toBeDefined();
});

test('a line made to be tried in many ways is given up soon', () => {
  const pattern = Array.from({ length: 20 }, () => '{} a ').join('') + 'z';
  const startedAt = performance.now();
  expect(read(pattern, 'x a '.repeat(1000))).toBeUndefined();
  expect(read('comm={text} pid={number}', `comm=${' '.repeat(250_000)}`)).toBeUndefined();
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
