/** 64-bit arithmetic (class ALU64) on register halves, RFC 9669, 4.1 and 4.2. Hot. */
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
import { borrow, carry, multiplyHigh, signExtend, swapBytes16, swapBytes32 } from './pairs.ts';
import type { Registers } from './registers.ts';

/** Runs the arithmetic instruction at slot `pc`. False where the operation does not exist. */
export function alu64(code: Code, pc: number, registers: Registers): boolean {
  const { halves } = registers;
  const opcode = code.opcode[pc] as number;
  const dst = 2 * (code.dst[pc] as number);
  const aLow = halves[dst] as number;
  const aHigh = halves[dst + 1] as number;
  let bLow = code.imm[pc] as number;
  let bHigh = bLow >> 31;
  if ((opcode & SOURCE_X) !== 0) {
    const src = 2 * (code.src[pc] as number);
    bLow = halves[src] as number;
    bHigh = halves[src + 1] as number;
  }
  switch (opcode & OPERATION_MASK) {
    case ALU_ADD: {
      const low = (aLow + bLow) | 0;
      halves[dst] = low;
      halves[dst + 1] = aHigh + bHigh + carry(aLow, low);
      return true;
    }
    case ALU_SUB:
      halves[dst] = aLow - bLow;
      halves[dst + 1] = aHigh - bHigh - borrow(aLow, bLow);
      return true;
    case ALU_MUL:
      halves[dst] = Math.imul(aLow, bLow);
      halves[dst + 1] = multiplyHigh(aLow, bLow) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow);
      return true;
    case ALU_OR:
      halves[dst] = aLow | bLow;
      halves[dst + 1] = aHigh | bHigh;
      return true;
    case ALU_AND:
      halves[dst] = aLow & bLow;
      halves[dst + 1] = aHigh & bHigh;
      return true;
    case ALU_XOR:
      halves[dst] = aLow ^ bLow;
      halves[dst + 1] = aHigh ^ bHigh;
      return true;
    case ALU_MOV: {
      const bits = code.offset[pc] as number;
      const low = bits === 0 ? bLow : signExtend(bLow, bits);
      halves[dst] = low;
      halves[dst + 1] = bits === 0 ? bHigh : low >> 31;
      return true;
    }
    case ALU_NEG:
      halves[dst] = -aLow;
      halves[dst + 1] = -aHigh - (aLow === 0 ? 0 : 1);
      return true;
    case ALU_LSH:
      shiftLeft(halves, dst, bLow & 63);
      return true;
    case ALU_RSH:
      shiftRight(halves, dst, bLow & 63);
      return true;
    case ALU_ARSH:
      shiftRightSigned(halves, dst, bLow & 63);
      return true;
    case ALU_DIV:
    case ALU_MOD:
      divide(code, pc, registers, bLow, bHigh);
      return true;
    case ALU_END:
      return swap(halves, dst, code.imm[pc] as number);
    default:
      return false;
  }
}

function shiftLeft(halves: Int32Array, dst: number, by: number): void {
  const low = halves[dst] as number;
  const high = halves[dst + 1] as number;
  if (by === 0) return;
  if (by < 32) {
    halves[dst] = low << by;
    halves[dst + 1] = (high << by) | (low >>> (32 - by));
  } else {
    halves[dst] = 0;
    halves[dst + 1] = low << (by - 32);
  }
}

function shiftRight(halves: Int32Array, dst: number, by: number): void {
  const low = halves[dst] as number;
  const high = halves[dst + 1] as number;
  if (by === 0) return;
  if (by < 32) {
    halves[dst] = (low >>> by) | (high << (32 - by));
    halves[dst + 1] = high >>> by;
  } else {
    halves[dst] = high >>> (by - 32);
    halves[dst + 1] = 0;
  }
}

function shiftRightSigned(halves: Int32Array, dst: number, by: number): void {
  const low = halves[dst] as number;
  const high = halves[dst + 1] as number;
  if (by === 0) return;
  if (by < 32) {
    halves[dst] = (low >>> by) | (high << (32 - by));
    halves[dst + 1] = high >> by;
  } else {
    halves[dst] = high >> (by - 32);
    halves[dst + 1] = high >> 31;
  }
}

/** A half above this is of a value too large for an exact JavaScript integer. */
const EXACT_HIGH_MAX = 0x1f_ffff;

/**
 * Division by zero gives 0 and modulo by zero leaves dst, as RFC 9669, 4.1 says; the most negative
 * number divided by -1 is itself. An offset of 1 makes the operation signed.
 */
function divide(code: Code, pc: number, registers: Registers, bLow: number, bHigh: number): void {
  const { halves, wide } = registers;
  const register = code.dst[pc] as number;
  const isModulo = ((code.opcode[pc] as number) & OPERATION_MASK) === ALU_MOD;
  if (bLow === 0 && bHigh === 0) {
    if (!isModulo) wide[register] = 0n;
    return;
  }
  const aHigh = halves[2 * register + 1] as number;
  const isSigned = code.offset[pc] === 1;
  // Not negative and below 2^53: exact as JavaScript numbers, signed or not.
  if (aHigh >>> 0 <= EXACT_HIGH_MAX && bHigh >>> 0 <= EXACT_HIGH_MAX) {
    const a = aHigh * 0x1_0000_0000 + ((halves[2 * register] as number) >>> 0);
    const b = bHigh * 0x1_0000_0000 + (bLow >>> 0);
    const result = isModulo ? a % b : Math.floor(a / b);
    halves[2 * register] = result % 0x1_0000_0000;
    halves[2 * register + 1] = Math.floor(result / 0x1_0000_0000);
    return;
  }
  const width = isSigned ? BigInt.asIntN : BigInt.asUintN;
  const a = width(64, wide[register] as bigint);
  const b = width(64, (BigInt(bHigh) << 32n) | BigInt(bLow >>> 0));
  wide[register] = isModulo ? a % b : a / b;
}

/** bswap: the lowest 16, 32 or 64 bits in the other order, the rest zero. */
export function swap(halves: Int32Array, dst: number, bits: number): boolean {
  const low = halves[dst] as number;
  const high = halves[dst + 1] as number;
  switch (bits) {
    case 16:
      halves[dst] = swapBytes16(low);
      halves[dst + 1] = 0;
      return true;
    case 32:
      halves[dst] = swapBytes32(low);
      halves[dst + 1] = 0;
      return true;
    case 64:
      halves[dst] = swapBytes32(high);
      halves[dst + 1] = swapBytes32(low);
      return true;
    default:
      return false;
  }
}
