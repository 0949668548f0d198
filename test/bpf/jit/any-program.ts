/** Programs of random control flow, for tests of whoever must follow it. */
import fc from 'fast-check';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { alu64, exit, imm, jump, mov64 } from '../vm/assembler.ts';

const BLOCK_SLOTS = 5;
const STEPS_MAX = 300;

/**
 * A program of blocks that jump to any other, back or forth, on a bit of a number they all mix: r0
 * tells which path was taken. r1 counts blocks, and ends the program.
 */
export function anyProgram(): fc.Arbitrary<readonly Instruction[]> {
  const block = fc.record({ to: fc.nat({ max: 25 }), bit: fc.nat({ max: 30 }), add: fc.nat({ max: 1000 }) });
  return fc.array(block, { minLength: 2, maxLength: 25 }).map((blocks) => {
    const end = blocks.length * BLOCK_SLOTS;
    const slots = blocks.flatMap(({ to, bit, add }, index) => {
      const at = index * BLOCK_SLOTS;
      return [
        alu64('mul', 0, imm(0x9e37_79b1)),
        alu64('add', 0, imm(add)),
        alu64('add', 1, imm(1)),
        jump('jgt', 1, imm(STEPS_MAX), end - (at + 4)),
        jump('jset', 0, imm(1 << bit), (to % blocks.length) * BLOCK_SLOTS - (at + 5)),
      ];
    });
    return [mov64(0, imm(1)), mov64(1, imm(0)), ...slots, exit()];
  });
}
