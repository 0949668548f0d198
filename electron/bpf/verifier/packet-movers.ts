/**
 * Global functions after whose call a packet may lie elsewhere: those that call, themselves or through
 * others, a helper that moves packets. As changes_pkt_data of Linux 6.18.
 */
import { movesPacket } from '../helpers/network.ts';
import { helperPrototypeById } from '../helpers/prototypes.ts';
import { CALL_HELPER, OPCODE_CALL } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import type { Walk } from './walk.ts';

/** Of function `number`, whichever way it goes. */
export function mayMovePacket(walk: Walk, number: number): boolean {
  return mayDo(walk, number, isMover);
}

/** Whether function `number`, or one that it leads to, holds such an instruction, reached or not. */
export function mayDo(walk: Walk, number: number, does: (instruction: Instruction) => boolean): boolean {
  const seen = new Set([number]);
  // A Set also gives what is added while it is gone through.
  for (const each of seen) {
    const { start, end, references } = walk.subprogram(each);
    if (walk.program.instructions.slice(start, end).some(does)) return true;
    for (const { callee } of references) seen.add(callee);
  }
  return false;
}

function isMover({ opcode, src, imm }: Instruction): boolean {
  if (opcode !== OPCODE_CALL || src !== CALL_HELPER) return false;
  const name = helperPrototypeById(imm)?.name ?? '';
  // Linux looks at what a dynptr is on where it is written; here nothing is known of that.
  return movesPacket(name) || name === 'dynptr_write';
}
