import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClassicInstruction } from '../../../electron/bpf/classic/instruction.ts';
import { CLASSIC_TEXT_BYTES_MAX, parseClassic } from '../../../electron/bpf/classic/parse.ts';
import { Failure } from '../../../electron/failure.ts';
import { encodeClassic } from './attach.ts';

/** What `tcpdump -ddd -y EN10MB 'vlan and len > 100'` prints, and `-dd`. */
const DECIMAL = `8
40 0 0 12
21 2 0 33024
21 1 0 34984
21 0 3 37120
128 0 0 0
37 0 1 100
6 0 0 262144
6 0 0 0
`;
const ARRAY = `{ 0x28, 0, 0, 0x0000000c },
{ 0x15, 2, 0, 0x00008100 },
{ 0x15, 1, 0, 0x000088a8 },
{ 0x15, 0, 3, 0x00009100 },
{ 0x80, 0, 0, 0x00000000 },
{ 0x25, 0, 1, 0x00000064 },
{ 0x6, 0, 0, 0x00040000 },
{ 0x6, 0, 0, 0x00000000 },
`;
const PROGRAM: readonly ClassicInstruction[] = [
  { code: 0x28, jt: 0, jf: 0, k: 12 },
  { code: 0x15, jt: 2, jf: 0, k: 0x8100 },
  { code: 0x15, jt: 1, jf: 0, k: 0x88a8 },
  { code: 0x15, jt: 0, jf: 3, k: 0x9100 },
  { code: 0x80, jt: 0, jf: 0, k: 0 },
  { code: 0x25, jt: 0, jf: 1, k: 100 },
  { code: 0x06, jt: 0, jf: 0, k: 262_144 },
  { code: 0x06, jt: 0, jf: 0, k: 0 },
];

function failureOf(given: Uint8Array | string): Failure | undefined {
  try {
    parseClassic(given, 'some.bpf');
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

describe('what tcpdump and the kernel write', () => {
  it('reads the numbers of tcpdump -ddd', () => {
    expect(parseClassic(DECIMAL, 'some.bpf')).toEqual(PROGRAM);
  });

  it('reads the C array of tcpdump -dd', () => {
    expect(parseClassic(ARRAY, 'some.bpf')).toEqual(PROGRAM);
  });

  it('reads an array as C files hold it, with comments and a declaration around it', () => {
    const rows = ARRAY.replace('0x00008100 },', '0x00008100 }, /* VLAN\n, 802.1Q */').replace(
      '\n{ 0x25',
      ' { 0x25',
    );
    const source = `// a filter\nstatic const struct sock_filter code[] = {\n${rows}};\n`;
    expect(parseClassic(source, 'some.c')).toEqual(PROGRAM);
  });

  it('reads text with the line ends of Windows', () => {
    expect(parseClassic(DECIMAL.replaceAll('\n', '\r\n'), 'some.bpf')).toEqual(PROGRAM);
  });

  it('takes text as bytes', () => {
    expect(parseClassic(new TextEncoder().encode(ARRAY), 'some.bpf')).toEqual(PROGRAM);
  });

  it('reads every program back from struct sock_filter', () => {
    const instruction = fc.record({
      code: fc.nat(0xff),
      jt: fc.nat(0xff),
      jf: fc.nat(0xff),
      k: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(fc.array(instruction, { minLength: 1, maxLength: 30 }), (program) => {
        expect(parseClassic(Uint8Array.from(encodeClassic(program)), 'raw')).toEqual(program);
      }),
    );
  });
});

describe('what is no program', () => {
  it.each([
    ['an empty file', '', undefined, /empty/],
    ['white space', ' \n\n', undefined, /no instruction/],
    ['a listing for reading', '(000) ldh      [12]\n', 'line 1', /-dd or -ddd/],
    ['fewer lines than announced', '3\n6 0 0 0\n6 0 0 0\n', 'line 3', /3 instructions are announced, and 2/],
    ['more lines than announced', '1\n6 0 0 0\n6 0 0 0\n', 'line 3', /1 instructions are announced, and 2/],
    ['no instruction announced', '0\n', 'line 1', /0 instructions/],
    ['too many announced', '4097\n', 'line 1', /4097 instructions/],
    ['a line of three numbers', '2\n6 0 0\n6 0 0 0\n', 'line 2', /four decimal numbers/],
    ['an opcode of 17 bits', '1\n65536 0 0 0\n', 'line 2', /code is more than 65535/],
    ['a jump of nine bits', '1\n21 256 0 0\n', 'line 2', /jt is more than 255/],
    ['a constant of 33 bits', '{ 0x6, 0, 0, 0x100000000 },\n', 'line 1', /k is more than 4294967295/],
    ['a row of three numbers', '{ 0x6, 0, 0 },\n', 'line 1', /code, jt, jf, k/],
    ['a row among other words', '{ 0x6, 0, 0, 0 },\nreturn 0;\n', 'line 2', /return 0;/],
    ['a comment that does not end', '{ 0x6, 0, 0, 0 },\n\n/* and so on\n', 'line 3', /comment/],
    ['an array of nothing', 'struct sock_filter code[] = {\n};\n', 'line 2', /0 instructions/],
  ] as const)('refuses %s, naming file and line', (_what, text, at, reason) => {
    const failure = failureOf(text);
    expect(failure?.code).toBe('bad-classic');
    expect(failure?.place).toEqual(at === undefined ? { file: 'some.bpf' } : { file: 'some.bpf', at });
    expect(failure?.reason).toMatch(reason);
  });

  it('refuses struct sock_filter that is cut off, naming the byte', () => {
    const failure = failureOf(Uint8Array.from(encodeClassic(PROGRAM)).subarray(0, 21));
    expect(failure?.place).toEqual({ file: 'some.bpf', at: 'byte 16' });
  });

  it('refuses more than 4096 instructions in each form', () => {
    const rows = Array.from({ length: 4097 }, (): ClassicInstruction => ({ code: 6, jt: 0, jf: 0, k: 0 }));
    expect(failureOf(Uint8Array.from(encodeClassic(rows)))?.reason).toMatch(/4097 instructions/);
    expect(failureOf('{ 6, 0, 0, 0 },\n'.repeat(4097))?.reason).toMatch(/4097 instructions/);
    expect(failureOf('{ 6, 0, 0, 0 },\n'.repeat(4096))).toBeUndefined();
  });

  it('refuses a file that no program can fill', () => {
    expect(failureOf(new Uint8Array(CLASSIC_TEXT_BYTES_MAX + 1))?.reason).toMatch(/more than/);
  });

  it.each(['/*', '/', '[ ', '{ 0', 'static ', '1 ', '((', '\n', ' '])(
    'is quick to refuse %j over and over',
    (part) => {
      const text = part.repeat(Math.floor((CLASSIC_TEXT_BYTES_MAX - 3) / part.length));
      const begun = performance.now();
      expect(failureOf(text)).toBeInstanceOf(Failure);
      // Within the limit, so that it is the text itself that is looked at.
      expect(failureOf(`a[${text}x`)).toBeInstanceOf(Failure);
      expect(performance.now() - begun).toBeLessThan(3000);
    },
  );

  it('parses or refuses any bytes and any text, and never fails otherwise', () => {
    const damaged = fc
      .tuple(fc.constantFrom(DECIMAL, ARRAY), fc.nat(230), fc.string({ maxLength: 4 }))
      .map(([text, at, inserted]) => text.slice(0, at) + inserted + text.slice(at + 1));
    const given = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'binary' }), damaged);
    fc.assert(
      fc.property(given, (input) => {
        expect(failureOf(input)?.place.file ?? 'some.bpf').toBe('some.bpf');
      }),
      { numRuns: 3000 },
    );
  });
});
