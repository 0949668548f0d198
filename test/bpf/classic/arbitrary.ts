/** Random classic programs. */
import fc from 'fast-check';
import {
  ANCILLARY_START,
  classicOperations,
  type ClassicInstruction,
} from '../../../electron/bpf/classic/instruction.ts';

const opcodes = [...classicOperations.keys()];

export function classic(code: number, k = 0, jt = 0, jf = 0): ClassicInstruction {
  return { code, jt, jf, k };
}

const constants = fc.oneof(
  { weight: 6, arbitrary: fc.nat(20) },
  { weight: 2, arbitrary: fc.nat(400) },
  { weight: 2, arbitrary: fc.constantFrom(0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xfff0_0000, 0xffe0_0000) },
  { weight: 2, arbitrary: fc.nat(70).map((offset) => ANCILLARY_START + offset) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
);

/** Any instruction, mostly with an opcode that exists and near jumps. */
const instructions: fc.Arbitrary<ClassicInstruction> = fc.record({
  code: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...opcodes) },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  ),
  jt: fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(255) }),
  jf: fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(255) }),
  k: constants,
});

/** Programs that may be wrong in any way, but mostly do return. */
export const anyPrograms: fc.Arbitrary<ClassicInstruction[]> = fc
  .tuple(fc.array(instructions, { maxLength: 7 }), fc.option(fc.constantFrom(0x06, 0x16), { freq: 9 }))
  .map(([body, last]) => (last === null ? body : [...body, classic(last, 64)]));

/** Opcodes by the kind of operation. */
function codesOf(...kinds: readonly string[]): number[] {
  return opcodes.filter((code) => kinds.includes(classicOperations.get(code)?.kind ?? ''));
}

/** Ancillaries that give a packet without a device nothing but constants, and SKF_AD_ALU_XOR_X. */
const steadyAncillaries = [0, 4, 8, 20, 24, 32, 40, 44, 48, 60].map((offset) => ANCILLARY_START + offset);

const values = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  fc.integer({ min: 1, max: 0xffff_ffff }),
);

/** Steps whose effect is the same wherever the packet is. */
const steps: fc.Arbitrary<ClassicInstruction> = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom(...codesOf('loadAbsolute', 'loadHeaderLength')), fc.nat(320)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(0x20, 0x28, 0x30), fc.constantFrom(...steadyAncillaries)),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...codesOf('loadIndirect')), fc.nat(40)) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...codesOf('loadImmediate', 'loadLength')), values) },
    {
      weight: 8,
      arbitrary: fc.tuple(
        fc.constantFrom(...codesOf('alu', 'negate', 'copyToA', 'copyToX')),
        fc.oneof(fc.integer({ min: 1, max: 31 }), values),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...codesOf('storeScratch', 'loadScratch')), fc.nat(15)),
    },
  )
  .map(([code, k]) => classic(code, k)) as fc.Arbitrary<ClassicInstruction>;

const branches = fc
  .tuple(fc.constantFrom(...codesOf('branch')), values, fc.nat(4), fc.nat(4))
  .map(([code, k, jt, jf]) => classic(code, k, jt, jf));

/** Leaves a byte that depends on all bits of A, and returns it. */
const fold: readonly ClassicInstruction[] = [
  classic(0x07),
  classic(0x74, 16),
  classic(0xac),
  classic(0x07),
  classic(0x74, 8),
  classic(0xac),
  classic(0x54, 0xff),
  classic(0x16),
];

/** Programs whose result says much of what they computed; most pass the check. */
export const tellingPrograms: fc.Arbitrary<ClassicInstruction[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: steps }, { weight: 1, arbitrary: branches }), {
    minLength: 1,
    maxLength: 24,
  })
  .map((body) => [
    // Every scratch word is written, so that reads of them may stand anywhere.
    ...Array.from({ length: 16 }, (_, word) => classic(0x02, word)),
    ...body.map(inRange),
    ...fold,
  ]);

/** Shifts the check lets pass. */
function inRange(instruction: ClassicInstruction): ClassicInstruction {
  const isShift = instruction.code === 0x64 || instruction.code === 0x74;
  return isShift ? { ...instruction, k: instruction.k % 32 } : instruction;
}
