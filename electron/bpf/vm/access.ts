/**
 * Loads, stores and atomics of a program on linear memory. A verified program never leaves its
 * bounds; every access is checked against [PAGE_BYTES, memory.end) even so. Hot.
 */
import { Failure } from '../../failure.ts';
import type { Code } from './code.ts';
import { MODE_MEMSX, SIZE_B, SIZE_DW, SIZE_H, SIZE_W } from '../isa/opcodes.ts';
import { MODE_MASK, MODE_PROBE_SIGNED, SIZE_MASK } from './operations.ts';
import { PAGE_BYTES, type Address, type LinearMemory } from './memory.ts';
import type { Registers } from './registers.ts';

const WIDTH_BY_SIZE: Readonly<Record<number, number>> = {
  [SIZE_W]: 4,
  [SIZE_H]: 2,
  [SIZE_B]: 1,
  [SIZE_DW]: 8,
};

export function widthOf(opcode: number): number {
  return WIDTH_BY_SIZE[opcode & SIZE_MASK] as number;
}

/** dst = *(src + offset), zero-extended, or sign-extended in mode MEMSX. */
export function load(code: Code, pc: number, registers: Registers, memory: LinearMemory): void {
  const { halves } = registers;
  const opcode = code.opcode[pc] as number;
  const dst = 2 * (code.dst[pc] as number);
  const isSigned = (opcode & MODE_MASK) === MODE_MEMSX;
  const view = memory.view;
  let low: number;
  switch (opcode & SIZE_MASK) {
    case SIZE_DW: {
      const address = addressOf(code, pc, code.src[pc] as number, 8, registers, memory);
      halves[dst] = view.getInt32(address, true);
      halves[dst + 1] = view.getInt32(address + 4, true);
      return;
    }
    case SIZE_W:
      low = view.getInt32(addressOf(code, pc, code.src[pc] as number, 4, registers, memory), true);
      break;
    case SIZE_H: {
      const address = addressOf(code, pc, code.src[pc] as number, 2, registers, memory);
      low = isSigned ? view.getInt16(address, true) : view.getUint16(address, true);
      break;
    }
    default: {
      const address = addressOf(code, pc, code.src[pc] as number, 1, registers, memory);
      low = isSigned ? view.getInt8(address) : view.getUint8(address);
    }
  }
  halves[dst] = low;
  halves[dst + 1] = isSigned ? low >> 31 : 0;
}

/** As load() through an address that may lead anywhere: 0 where it leads out of linear memory. */
export function loadProbed(code: Code, pc: number, registers: Registers, memory: LinearMemory): void {
  const { halves, wide } = registers;
  const opcode = code.opcode[pc] as number;
  const isSigned = (opcode & MODE_MASK) === MODE_PROBE_SIGNED;
  const dst = code.dst[pc] as number;
  const base = wide[code.src[pc] as number] as bigint;
  const address = Number(BigInt.asUintN(64, base + BigInt(code.offset[pc] as number)));
  halves[2 * dst] = 0;
  halves[2 * dst + 1] = 0;
  if (address < PAGE_BYTES || address + widthOf(opcode) > memory.bytes.length) return;
  switch (opcode & SIZE_MASK) {
    case SIZE_DW:
      wide[dst] = memory.view.getBigUint64(address, true);
      return;
    case SIZE_W:
      halves[2 * dst] = memory.view.getInt32(address, true);
      break;
    case SIZE_H:
      halves[2 * dst] = isSigned ? memory.view.getInt16(address, true) : memory.view.getUint16(address, true);
      break;
    default:
      halves[2 * dst] = isSigned ? memory.view.getInt8(address) : memory.view.getUint8(address);
  }
  halves[2 * dst + 1] = isSigned ? (halves[2 * dst] as number) >> 31 : 0;
}

/** *(dst + offset) = src. */
export function storeRegister(code: Code, pc: number, registers: Registers, memory: LinearMemory): void {
  const src = 2 * (code.src[pc] as number);
  store(code, pc, registers, memory, registers.halves[src] as number, registers.halves[src + 1] as number);
}

/** *(dst + offset) = imm, sign-extended to 64 bits. */
export function storeImmediate(code: Code, pc: number, registers: Registers, memory: LinearMemory): void {
  const imm = code.imm[pc] as number;
  store(code, pc, registers, memory, imm, imm >> 31);
}

function store(
  code: Code,
  pc: number,
  registers: Registers,
  memory: LinearMemory,
  low: number,
  high: number,
): void {
  const dst = code.dst[pc] as number;
  const view = memory.view;
  switch ((code.opcode[pc] as number) & SIZE_MASK) {
    case SIZE_DW: {
      const address = addressOf(code, pc, dst, 8, registers, memory);
      view.setInt32(address, low, true);
      view.setInt32(address + 4, high, true);
      return;
    }
    case SIZE_W:
      view.setInt32(addressOf(code, pc, dst, 4, registers, memory), low, true);
      return;
    case SIZE_H:
      view.setInt16(addressOf(code, pc, dst, 2, registers, memory), low, true);
      return;
    default:
      view.setInt8(addressOf(code, pc, dst, 1, registers, memory), low);
  }
}

/** Address register plus the instruction's offset; throws Failure `out-of-bounds`. */
export function addressOf(
  code: Code,
  pc: number,
  register: number,
  widthBytes: number,
  { halves }: Registers,
  memory: LinearMemory,
): Address {
  const address = ((halves[2 * register] as number) >>> 0) + (code.offset[pc] as number);
  const high = halves[2 * register + 1] as number;
  if (high !== 0 || address < PAGE_BYTES || address + widthBytes > memory.end) {
    throw outOfBounds(code, pc, high * 0x1_0000_0000 + address, widthBytes);
  }
  return address;
}

function outOfBounds(code: Code, pc: number, address: number, widthBytes: number): Failure {
  return new Failure(
    'vm',
    'out-of-bounds',
    `access of ${widthBytes} bytes at address ${address}, which holds no data`,
    { file: code.name, at: `instruction ${pc}` },
    { instruction: pc, address, sizeBytes: widthBytes },
  );
}
