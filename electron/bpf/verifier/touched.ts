/** Which registers an instruction touches, as masks: bit n for rn. */
import { helperPrototypeById, isDescribed } from '../helpers/prototypes.ts';
import { kernelFunctionByNumber } from '../helpers/kernel-functions.ts';
import {
  ATOMIC_CMPXCHG,
  ATOMIC_FETCH,
  ATOMIC_LOAD_ACQUIRE,
  ATOMIC_STORE_RELEASE,
  CALL_HELPER,
  opcodeTable,
  PSEUDO_KFUNC_CALL,
} from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';

export const ARGUMENTS = 0b11_1110;
export const CALLER_SAVED = 0b11_1111;
export const R0 = 1;

export function bit(register: number): number {
  return 1 << register;
}

/** Registers an instruction writes and reads, as masks. */
export function touched(instruction: Instruction): { written: number; read: number } {
  const info = opcodeTable[instruction.opcode];
  if (info === undefined) throw new Error(`opcode ${instruction.opcode} passed the check`);
  const dst = bit(instruction.dst);
  const src = bit(instruction.src);
  const operand = info.usesSource ? src : 0;
  switch (info.kind) {
    case 'alu':
      return { written: dst, read: operand | (info.name === 'mov' ? 0 : dst) };
    case 'byteswap':
      return { written: dst, read: dst };
    case 'branch':
      return { written: 0, read: dst | operand };
    case 'call':
      return { written: CALLER_SAVED, read: calledWith(instruction) };
    case 'exit':
      return { written: 0, read: R0 };
    case 'loadImmediate64':
      return { written: dst, read: 0 };
    case 'loadPacket':
      return { written: CALLER_SAVED, read: operand | bit(6) };
    case 'load':
      return { written: dst, read: src };
    case 'store':
      return { written: 0, read: dst | src };
    case 'storeImmediate':
      return { written: 0, read: dst };
    case 'atomic':
      return atomically(instruction.imm, dst, src);
    case 'jump':
    case 'mayGoto':
      return { written: 0, read: 0 };
  }
}

function atomically(operation: number, dst: number, src: number): { written: number; read: number } {
  if (operation === ATOMIC_CMPXCHG) return { written: R0, read: dst | src | R0 };
  if (operation === ATOMIC_LOAD_ACQUIRE) return { written: dst, read: src };
  const isFetched = operation !== ATOMIC_STORE_RELEASE && (operation & ATOMIC_FETCH) !== 0;
  return { written: isFetched ? src : 0, read: dst | src };
}

function calledWith(instruction: Instruction): number {
  if (instruction.src === PSEUDO_KFUNC_CALL) {
    const fn = kernelFunctionByNumber(instruction.imm);
    return fn === undefined ? ARGUMENTS : (1 << (fn.arguments.length + 1)) - 2;
  }
  if (instruction.src !== CALL_HELPER) return ARGUMENTS;
  const prototype = helperPrototypeById(instruction.imm);
  if (prototype === undefined || !isDescribed(prototype) || prototype.name === 'trace_printk')
    return ARGUMENTS;
  return (1 << (prototype.arguments.length + 1)) - 2;
}
