import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInstructions, instructionProblem } from '../../../electron/bpf/isa/decode.ts';
import { encodeInstructions } from '../../../electron/bpf/isa/encode.ts';
import { opcodeTable, OPCODE_LDIMM64 } from '../../../electron/bpf/isa/opcodes.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { Failure } from '../../../electron/failure.ts';

const anyInstruction: fc.Arbitrary<Instruction> = fc.record({
  opcode: fc.integer({ min: 0, max: 255 }),
  dst: fc.integer({ min: 0, max: 15 }),
  src: fc.integer({ min: 0, max: 15 }),
  offset: fc.oneof(fc.integer({ min: -32768, max: 32767 }), fc.constantFrom(0, 1, 8, 16, 32)),
  imm: fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.constantFrom(0, 16, 32, 64, 0xf1, 0x100),
  ),
});

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(' '), (pair) => Number.parseInt(pair, 16));
}

function refusalOf(input: Uint8Array): Failure {
  try {
    decodeInstructions(input);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('decoding instructions', () => {
  it('gives back the same bytes after encoding, in either byte order', () => {
    const valid = anyInstruction.filter(
      (instruction) => instruction.opcode !== OPCODE_LDIMM64 && instructionProblem(instruction) === undefined,
    );
    fc.assert(
      fc.property(fc.array(valid, { maxLength: 20 }), fc.boolean(), (program, isLittleEndian) => {
        const encoded = encodeInstructions(program, isLittleEndian);
        expect(decodeInstructions(encoded, isLittleEndian)).toEqual(program);
        expect(encodeInstructions(decodeInstructions(encoded, isLittleEndian), isLittleEndian)).toEqual(
          encoded,
        );
      }),
    );
  });

  it('either decodes random bytes to what encodes to them, or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        try {
          expect(encodeInstructions(decodeInstructions(input))).toEqual(input);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes ldimm64 with both halves', () => {
    const decoded = decodeInstructions(bytes('18 01 00 00 78 56 34 12 00 00 00 00 f0 de bc 9a'));
    expect(decoded).toEqual([
      { opcode: 0x18, dst: 1, src: 0, offset: 0, imm: 0x12345678 },
      { opcode: 0, dst: 0, src: 0, offset: 0, imm: 0x9abcdef0 | 0 },
    ]);
  });

  it.each([
    ['a length that is no whole number of slots', 'b7 00 00', 0, 'whole number'],
    ['register r11', 'b7 0b 00 00 00 00 00 00', 0, 'r11'],
    ['source register r12', 'bf c1 00 00 00 00 00 00', 0, 'r12'],
    ['an unknown opcode', '95 00 00 00 00 00 00 00 ff 00 00 00 00 00 00 00', 1, 'unknown opcode 0xff'],
    ['exit with an immediate', '95 00 00 00 01 00 00 00', 0, 'reserved field imm'],
    ['a move by immediate with a source', 'b7 10 00 00 00 00 00 00', 0, 'reserved field src'],
    ['an addition with an offset', '07 01 01 00 00 00 00 00', 0, 'no variant 1'],
    ['a move that extends from 24 bits', 'bf 21 18 00 00 00 00 00', 0, 'no variant 24'],
    ['a byte swap of 24 bits', 'd7 01 00 00 18 00 00 00', 0, 'no variant 24'],
    ['an unknown atomic operation', 'db 21 00 00 02 00 00 00', 0, 'no variant 2'],
    ['an atomic addition to 8 bits', 'd3 21 00 00 00 00 00 00', 0, 'no variant 0'],
    ['ldimm64 that is cut off', '18 01 00 00 00 00 00 00', 0, 'cut off'],
    [
      'ldimm64 whose second half is an instruction',
      '18 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00',
      1,
      'second half',
    ],
    ['ldimm64 of an unknown kind', '18 71 00 00 00 00 00 00 00 00 00 00 00 00 00 00', 0, 'unknown kind 7'],
  ])('refuses %s, naming the instruction', (_what, text, slot, reason) => {
    const failure = refusalOf(bytes(text));
    expect(failure.code).toBe('bad-instruction');
    expect(failure.place.at).toBe(`instruction ${slot}`);
    expect(failure.reason).toContain(reason);
  });

  it('accepts signed division, sign extension, gotol, may_goto, and acquiring loads', () => {
    const text = [
      '3f 21 01 00 00 00 00 00',
      'bf 21 20 00 00 00 00 00',
      '81 21 08 00 00 00 00 00',
      '06 00 00 00 01 00 00 00',
      'e5 00 01 00 00 00 00 00',
      'd3 21 00 00 00 01 00 00',
      'db 21 00 00 10 01 00 00',
      '95 00 00 00 00 00 00 00',
    ].join(' ');
    expect(decodeInstructions(bytes(text))).toHaveLength(8);
  });

  it('knows every opcode of RFC 9669 and of Linux once', () => {
    const known = opcodeTable.filter((info) => info !== undefined);
    expect(known.map(({ opcode }) => opcode)).toEqual([...new Set(known.map(({ opcode }) => opcode))]);
    // 50 ALU, 44 branches, 5 of control, 3 byte swaps, ldimm64, 6 of packets, 19 of memory.
    expect(known).toHaveLength(128);
  });
});
