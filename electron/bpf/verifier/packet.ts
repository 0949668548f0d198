/**
 * BPF_LD_ABS and BPF_LD_IND: loads from the packet r6 stands for, bounded when they run. As
 * check_ld_abs() of Linux 6.18; which functions may hold them is in subprograms.ts.
 */
import type { OpcodeInfo } from '../isa/opcodes.ts';
import type { Instruction, ProgramType } from '../program.ts';
import { skBuffOffsets } from '../sk-buff.ts';
import { requireNoneHeld } from './references.ts';
import { isPointer, scalarRegister, uninitialised } from './register.ts';
import { constantOf, unknownScalar } from './scalar.ts';
import type { Walk } from './walk.ts';

/** may_access_skb(). */
const programTypes: ReadonlySet<ProgramType> = new Set(['socket_filter', 'sched_cls', 'sched_act']);

const CONTEXT = 6;
const CALLER_SAVED = [0, 1, 2, 3, 4, 5];
const FIELD_BYTES = 4;

export function stepPacketLoad(walk: Walk, instruction: Instruction, info: OpcodeInfo): void {
  if (!programTypes.has(walk.program.type)) {
    walk.refuse('packet-access', 'BPF_LD_[ABS|IND] instructions not allowed for this program type');
  }
  const context = walk.read(CONTEXT);
  // A load outside of the packet ends the program, and what it holds would stay held.
  requireNoneHeld(walk, 'BPF_LD_[ABS|IND]');
  if (!isPointer(context) || context.target !== 'ctx') {
    walk.refuse('packet-access', 'at the time of BPF_LD_ABS|IND R6 != pointer to skb');
  }
  if (info.usesSource) walk.read(instruction.src);
  if (context.offset !== 0 || constantOf(context.variable) !== 0n) {
    walk.refuse('context-access', `dereference of modified ctx ptr R${CONTEXT} disallowed`);
  }
  walk.noteContextAccess(skBuffOffsets.data, FIELD_BYTES, false);
  walk.noteContextAccess(skBuffOffsets.data_end, FIELD_BYTES, false);
  for (const register of CALLER_SAVED) walk.write(register, uninitialised);
  walk.write(0, scalarRegister(unknownScalar));
}
