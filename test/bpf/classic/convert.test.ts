import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertClassic } from '../../../electron/bpf/classic/convert.ts';
import { ANCILLARY_START, type ClassicInstruction } from '../../../electron/bpf/classic/instruction.ts';
import { validateClassic } from '../../../electron/bpf/classic/validate.ts';
import { disassembleProgram } from '../../../electron/bpf/isa/disassemble.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import { Failure } from '../../../electron/failure.ts';
import { programOf } from '../verifier/assembler.ts';
import { ENGINES } from '../vm/machine-fixture.ts';
import { anyPrograms, classic, tellingPrograms } from './arbitrary.ts';
import { packetBench, type PacketFacts } from './packets.ts';

const returnA = classic(0x16);
/** ld #k, ldx #k, txa. */
const LOAD = 0x00;
const LOAD_X = 0x01;
const COPY_TO_A = 0x87;
const JUMP = 0x05;
const BRANCH = 0x15;
const PACKET = Uint8Array.of(0x47, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77);

function convert(program: readonly ClassicInstruction[]): Instruction[] {
  return convertClassic(validateClassic(program, 'some.bpf'));
}

/** What the program returns for PACKET, of which the wire had 20 bytes; both engines must agree. */
function result(program: readonly ClassicInstruction[], facts: PacketFacts = {}): number {
  const instructions = convert(program);
  const packet = { bytes: PACKET, lengthBytes: 20 };
  const [interpreted, compiled] = ENGINES.map((engine) =>
    packetBench(instructions, engine).run(packet, facts),
  );
  expect(compiled).toBe(interpreted);
  return interpreted ?? 0;
}

function ancillary(offset: number): ClassicInstruction[] {
  return [classic(LOAD, 77), classic(0x20, ANCILLARY_START + offset), returnA];
}

describe('what a program computes', () => {
  it.each([
    ['starts with A and X at zero', [classic(0x0c), returnA], 0],
    ['loads words in network order', [classic(0x20, 1), returnA], 0x11223344],
    ['loads through X', [classic(LOAD_X, 3), classic(0x48, 1), returnA], 0x4455],
    ['returns 0 where a load leaves the packet', [classic(0x20, 5), classic(0x06, 9)], 0],
    [
      'returns 0 where X leads out of the packet',
      [classic(LOAD_X, 0xffff_ffff), classic(0x50, 0), classic(0x06, 9)],
      0,
    ],
    [
      'wraps X plus a constant around at 32 bits',
      [classic(LOAD_X, 0xffff_ffff), classic(0x50, 2), returnA],
      0x11,
    ],
    [
      'takes an IPv4 header length into X, and leaves A',
      [classic(LOAD, 5), classic(0xb1, 0), classic(0x0c), returnA],
      5 + 28,
    ],
    ['gives the length on the wire', [classic(0x80), returnA], 20],
    ['gives the length on the wire to X', [classic(0x81), classic(COPY_TO_A), returnA], 20],
    ['returns 0 where X divides and is zero', [classic(LOAD, 8), classic(0x3c), classic(0x06, 9)], 0],
    [
      'returns 0 where the remainder is by an X of zero',
      [classic(LOAD, 8), classic(0x9c), classic(0x06, 9)],
      0,
    ],
    ['divides without a sign', [classic(LOAD, 0xffff_fffe), classic(0x34, 2), returnA], 0x7fff_ffff],
    [
      'compares without a sign',
      [classic(LOAD, 0x8000_0000), classic(0x25, 1, 0, 1), classic(0x06, 1), classic(0x06, 2)],
      1,
    ],
    ['negates', [classic(LOAD, 1), classic(0x84), returnA], 0xffff_ffff],
    [
      'keeps words apart in scratch memory',
      [
        classic(LOAD, 5),
        classic(0x02, 0),
        classic(LOAD, 6),
        classic(0x02, 1),
        classic(0x61, 0),
        classic(COPY_TO_A),
        returnA,
      ],
      5,
    ],
  ] as const)('%s', (_what, program, expected) => {
    expect(result(program)).toBe(expected);
  });
});

describe('ancillary loads', () => {
  const fields = {
    protocol: 0x0008,
    pkt_type: 3,
    ifindex: 4,
    mark: 0xdead_beef,
    queue_mapping: 6,
    hash: 7,
    vlan_tci: 8,
    vlan_present: 1,
    vlan_proto: 0x0081,
  };
  it.each([
    ['SKF_AD_PROTOCOL', 0, 0x0800],
    ['SKF_AD_PKTTYPE', 4, 3],
    ['SKF_AD_IFINDEX', 8, 4],
    ['SKF_AD_MARK', 20, 0xdead_beef],
    ['SKF_AD_QUEUE', 24, 6],
    ['SKF_AD_RXHASH', 32, 7],
    ['SKF_AD_CPU', 36, 0],
    ['SKF_AD_VLAN_TAG', 44, 8],
    ['SKF_AD_VLAN_TAG_PRESENT', 48, 1],
    ['SKF_AD_RANDOM', 56, 0x1234_5678],
    ['SKF_AD_VLAN_TPID', 60, 0x8100],
  ])('gives %s', (_name, offset, expected) => {
    expect(result(ancillary(offset), { fields })).toBe(expected);
  });

  it('ends with A as it is where SKF_AD_IFINDEX finds no device', () => {
    expect(result([...ancillary(8).slice(0, 2), classic(0x06, 1)])).toBe(77);
  });

  it('combines A and X where SKF_AD_ALU_XOR_X is asked for', () => {
    expect(result([classic(LOAD_X, 0xf0), ...ancillary(40)])).toBe(77 ^ 0xf0);
  });

  it.each([
    ['SKF_AD_NLATTR', 12],
    ['SKF_AD_NLATTR_NEST', 16],
    ['SKF_AD_HATYPE', 28],
    ['SKF_AD_PAY_OFFSET', 52],
  ])('refuses %s by its name', (name, offset) => {
    expect(() => convert(ancillary(offset))).toThrow(
      `some.bpf: instruction 1: ${name} is not available to eBPF programs`,
    );
  });
});

describe('the converted program', () => {
  it('has no instructions that nothing leads to', () => {
    const converted = convert([classic(0x05, 1), classic(LOAD, 1234), classic(0x06, 2)]);
    expect(disassembleProgram(converted)).toEqual([
      '0: (bf) r6 = r1',
      '1: (b4) w0 = 0',
      '2: (b4) w7 = 0',
      '3: (05) goto pc+0',
      '4: (b4) w0 = 2',
      '5: (95) exit',
    ]);
  });

  it('branches once where one way is the next instruction', () => {
    const text = disassembleProgram(convert([classic(0x15, 9, 0, 1), classic(0x06, 1), classic(0x06, 2)]));
    expect(text[3]).toBe('3: (56) if w0 != 0x9 goto pc+2');
    expect(text).toHaveLength(8);
  });

  it('jumps as far as the longest program can, over what takes the most instructions', () => {
    const between = Array.from({ length: 4093 }, () => classic(0xb1, 0));
    const program = [classic(BRANCH, 1, 1, 0), classic(JUMP, 4093), ...between, classic(0x06, 1)];
    expect(program).toHaveLength(4096);
    expect(result(program)).toBe(1);
  });

  it('is accepted by the verifier, whatever passed the check', () => {
    let converted = 0;
    fc.assert(
      fc.property(fc.oneof(anyPrograms, tellingPrograms), (program) => {
        const instructions = convertedOrRefused(program);
        if (instructions === undefined) return;
        converted += 1;
        const verdict = verifyProgram(programOf([instructions]), [], { license: '', privileged: false });
        expect(verdict.verdict === 'rejected' ? verdict.reason.text : '').toBe('');
      }),
      { numRuns: 3000 },
    );
    expect(converted).toBeGreaterThan(1000);
  });
});

function convertedOrRefused(program: readonly ClassicInstruction[]): Instruction[] | undefined {
  try {
    return convert(program);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
