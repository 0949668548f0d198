/**
 * Atomic operations, RFC 9669, 5.3, and Linux's load-acquire and store-release. One event runs at a
 * time, so atomicity is free; what is left is which register gets the old value, and in what width.
 */
import { addressOf, load, storeRegister, widthOf } from './access.ts';
import type { Code } from './code.ts';
import {
  ATOMIC_CMPXCHG,
  ATOMIC_FETCH,
  ATOMIC_LOAD_ACQUIRE,
  ATOMIC_STORE_RELEASE,
  ATOMIC_XCHG,
} from '../isa/opcodes.ts';
import { ALU_ADD, ALU_AND, ALU_OR, ALU_XOR } from './operations.ts';
import { carry } from './pairs.ts';
import type { LinearMemory } from './memory.ts';
import type { Registers } from './registers.ts';

/** Runs the atomic at slot `pc`. False where the operation does not exist. */
export function atomic(code: Code, pc: number, registers: Registers, memory: LinearMemory): boolean {
  const operation = code.imm[pc] as number;
  if (operation === ATOMIC_LOAD_ACQUIRE) {
    load(code, pc, registers, memory);
    return true;
  }
  if (operation === ATOMIC_STORE_RELEASE) {
    storeRegister(code, pc, registers, memory);
    return true;
  }
  const width = widthOf(code.opcode[pc] as number);
  if (width < 4) return false;
  return width === 8 ? atomic64(code, pc, registers, memory) : atomic32(code, pc, registers, memory);
}

function atomic32(code: Code, pc: number, registers: Registers, memory: LinearMemory): boolean {
  const { halves } = registers;
  const operation = code.imm[pc] as number;
  const src = 2 * (code.src[pc] as number);
  const address = addressOf(code, pc, code.dst[pc] as number, 4, registers, memory);
  const old = memory.view.getInt32(address, true);
  const operand = halves[src] as number;
  if (operation === ATOMIC_CMPXCHG) {
    if (halves[0] === old) memory.view.setInt32(address, operand, true);
    halves[0] = old;
    halves[1] = 0;
    return true;
  }
  const value = operation === ATOMIC_XCHG ? operand : combine(operation & ~ATOMIC_FETCH, old, operand);
  if (value === undefined) return false;
  memory.view.setInt32(address, value, true);
  if ((operation & ATOMIC_FETCH) !== 0) {
    halves[src] = old;
    halves[src + 1] = 0;
  }
  return true;
}

function atomic64(code: Code, pc: number, registers: Registers, memory: LinearMemory): boolean {
  const { halves } = registers;
  const operation = code.imm[pc] as number;
  const src = 2 * (code.src[pc] as number);
  const address = addressOf(code, pc, code.dst[pc] as number, 8, registers, memory);
  const { view } = memory;
  const oldLow = view.getInt32(address, true);
  const oldHigh = view.getInt32(address + 4, true);
  const low = halves[src] as number;
  const high = halves[src + 1] as number;
  if (operation === ATOMIC_CMPXCHG) {
    if (halves[0] === oldLow && halves[1] === oldHigh) {
      view.setInt32(address, low, true);
      view.setInt32(address + 4, high, true);
    }
    halves[0] = oldLow;
    halves[1] = oldHigh;
    return true;
  }
  const isExchange = operation === ATOMIC_XCHG;
  const plain = operation & ~ATOMIC_FETCH;
  const newLow = isExchange ? low : combine(plain, oldLow, low);
  const newHigh = isExchange ? high : combine(plain, oldHigh, high);
  if (newLow === undefined || newHigh === undefined) return false;
  view.setInt32(address, newLow, true);
  view.setInt32(address + 4, plain === ALU_ADD ? newHigh + carry(oldLow, newLow) : newHigh, true);
  if ((operation & ATOMIC_FETCH) !== 0) {
    halves[src] = oldLow;
    halves[src + 1] = oldHigh;
  }
  return true;
}

/** One half of the result, without the carry; undefined where the operation does not exist. */
function combine(operation: number, old: number, operand: number): number | undefined {
  switch (operation) {
    case ALU_ADD:
      return (old + operand) | 0;
    case ALU_OR:
      return old | operand;
    case ALU_AND:
      return old & operand;
    case ALU_XOR:
      return old ^ operand;
    default:
      return undefined;
  }
}
