/**
 * 32-bit arithmetic (class ALU) and byte order (BPF_END), RFC 9669, 4.1 and 4.2. Every result is
 * zero-extended. Hot.
 */
import { swap } from './alu64.ts';
import type { Code } from './code.ts';
import { SOURCE_X } from '../isa/opcodes.ts';
import {
  ALU_ADD,
  ALU_AND,
  ALU_ARSH,
  ALU_DIV,
  ALU_END,
  ALU_LSH,
  ALU_MOD,
  ALU_MOV,
  ALU_MUL,
  ALU_NEG,
  ALU_OR,
  ALU_RSH,
  ALU_SUB,
  ALU_XOR,
  OPERATION_MASK,
} from './operations.ts';
import { signExtend } from './pairs.ts';
import type { Registers } from './registers.ts';

/** Runs the arithmetic instruction at slot `pc`. False where the operation does not exist. */
export function alu32(code: Code, pc: number, { halves }: Registers): boolean {
  const opcode = code.opcode[pc] as number;
  const dst = 2 * (code.dst[pc] as number);
  const operation = opcode & OPERATION_MASK;
  if (operation === ALU_END) return endianness(code, pc, halves);
  const a = halves[dst] as number;
  const b =
    (opcode & SOURCE_X) !== 0 ? (halves[2 * (code.src[pc] as number)] as number) : (code.imm[pc] as number);
  const offset = code.offset[pc] as number;
  switch (operation) {
    case ALU_ADD:
      halves[dst] = a + b;
      break;
    case ALU_SUB:
      halves[dst] = a - b;
      break;
    case ALU_MUL:
      halves[dst] = Math.imul(a, b);
      break;
    case ALU_DIV:
      halves[dst] = b === 0 ? 0 : offset === 1 ? a / b : (a >>> 0) / (b >>> 0);
      break;
    case ALU_MOD:
      if (b !== 0) halves[dst] = offset === 1 ? a % b : (a >>> 0) % (b >>> 0);
      break;
    case ALU_OR:
      halves[dst] = a | b;
      break;
    case ALU_AND:
      halves[dst] = a & b;
      break;
    case ALU_XOR:
      halves[dst] = a ^ b;
      break;
    case ALU_MOV:
      halves[dst] = offset === 0 ? b : signExtend(b, offset);
      break;
    case ALU_NEG:
      halves[dst] = -a;
      break;
    case ALU_LSH:
      halves[dst] = a << b;
      break;
    case ALU_RSH:
      halves[dst] = a >>> b;
      break;
    case ALU_ARSH:
      halves[dst] = a >> b;
      break;
    default:
      return false;
  }
  halves[dst + 1] = 0;
  return true;
}

/** to_le keeps the lowest imm bits (this machine is little-endian), to_be swaps them. */
function endianness(code: Code, pc: number, halves: Int32Array): boolean {
  const dst = 2 * (code.dst[pc] as number);
  const bits = code.imm[pc] as number;
  const isToBigEndian = ((code.opcode[pc] as number) & SOURCE_X) !== 0;
  if (isToBigEndian) return swap(halves, dst, bits);
  if (bits === 64) return true;
  if (bits !== 16 && bits !== 32) return false;
  if (bits === 16) halves[dst] = (halves[dst] as number) & 0xffff;
  halves[dst + 1] = 0;
  return true;
}
