/** Arithmetic instructions as WebAssembly, in both widths. What they mean: vm/alu64.ts, vm/alu32.ts. */
import { SOURCE_X } from '../isa/opcodes.ts';
import type { Code } from '../vm/code.ts';
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
} from '../vm/operations.ts';
import { LOCAL_OPERAND, localOf, SWAP_32, SWAP_64 } from './layout.ts';
import { I32, I64, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** Operations that are one WebAssembly instruction, by operation >> 4, in 64 and in 32 bits. */
const WIDE: readonly (number | undefined)[] = byOperation([
  [ALU_ADD, op.i64Add],
  [ALU_SUB, op.i64Sub],
  [ALU_MUL, op.i64Mul],
  [ALU_OR, op.i64Or],
  [ALU_AND, op.i64And],
  [ALU_XOR, op.i64Xor],
  // WebAssembly masks shifts as BPF does.
  [ALU_LSH, op.i64Shl],
  [ALU_RSH, op.i64ShrU],
  [ALU_ARSH, op.i64ShrS],
]);
const NARROW: readonly (number | undefined)[] = byOperation([
  [ALU_ADD, op.i32Add],
  [ALU_SUB, op.i32Sub],
  [ALU_MUL, op.i32Mul],
  [ALU_OR, op.i32Or],
  [ALU_AND, op.i32And],
  [ALU_XOR, op.i32Xor],
  [ALU_LSH, op.i32Shl],
  [ALU_RSH, op.i32ShrU],
  [ALU_ARSH, op.i32ShrS],
]);

/** A table of opcodes to look up by operation >> 4. */
export function byOperation(
  rows: readonly (readonly [operation: number, opcode: number])[],
): readonly (number | undefined)[] {
  const table = new Array<number | undefined>(16).fill(undefined);
  for (const [operation, opcode] of rows) table[operation >> 4] = opcode;
  return table;
}

/** False where the operation does not exist. */
export function writeArithmetic(code: Code, slot: number, isWide: boolean, out: Writer): boolean {
  const operation = (code.opcode[slot] as number) & OPERATION_MASK;
  const dst = localOf(code.dst[slot] as number);
  const simple = (isWide ? WIDE : NARROW)[operation >> 4];
  if (simple !== undefined) {
    const isRegister = ((code.opcode[slot] as number) & SOURCE_X) !== 0;
    // The most frequent instructions of a program: in one go.
    if (isWide && isRegister) {
      const src = localOf(code.src[slot] as number);
      out.byte(op.localGet, dst, op.localGet, src, simple, op.localSet, dst);
    } else if (isWide) {
      out
        .get(dst)
        .i64(code.imm[slot] as number)
        .byte(simple, op.localSet, dst);
    } else {
      out.byte(op.localGet, dst, op.i32WrapI64);
      pushOperand(code, slot, isWide, out);
      out.byte(simple, op.i64ExtendI32U, op.localSet, dst);
    }
    return true;
  }
  switch (operation) {
    case ALU_MOV:
      if (isWide && code.offset[slot] === 0 && ((code.opcode[slot] as number) & SOURCE_X) !== 0) {
        out.byte(op.localGet, localOf(code.src[slot] as number), op.localSet, dst);
        return true;
      }
      pushOperand(code, slot, isWide, out);
      extend(out, code.offset[slot] as number, isWide);
      popInto(out, dst, isWide);
      return true;
    case ALU_NEG:
      if (isWide) out.i64(0);
      else out.i32(0);
      pushRegister(out, dst, isWide);
      out.byte(isWide ? op.i64Sub : op.i32Sub);
      popInto(out, dst, isWide);
      return true;
    case ALU_DIV:
    case ALU_MOD:
      divide(code, slot, isWide, out);
      return true;
    case ALU_END:
      return swap(code, slot, isWide, out);
    default:
      return false;
  }
}

/** Pushes a register's local, its lower half where the operation is narrow. */
export function pushRegister(out: Writer, local: number, isWide: boolean): void {
  if (isWide) out.byte(op.localGet, local);
  else out.byte(op.localGet, local, op.i32WrapI64);
}

/** Pushes the second operand: the source register or the sign-extended immediate. */
export function pushOperand(code: Code, slot: number, isWide: boolean, out: Writer): void {
  if (((code.opcode[slot] as number) & SOURCE_X) !== 0) {
    pushRegister(out, localOf(code.src[slot] as number), isWide);
  } else if (isWide) out.i64(code.imm[slot] as number);
  else out.i32(code.imm[slot] as number);
}

/** Narrow results are zero-extended. */
function popInto(out: Writer, local: number, isWide: boolean): void {
  if (isWide) out.byte(op.localSet, local);
  else out.byte(op.i64ExtendI32U, op.localSet, local);
}

function extend(out: Writer, bits: number, isWide: boolean): void {
  if (bits === 8) out.byte(isWide ? op.i64Extend8S : op.i32Extend8S);
  else if (bits === 16) out.byte(isWide ? op.i64Extend16S : op.i32Extend16S);
  else if (bits === 32 && isWide) out.byte(op.i64Extend32S);
}

/**
 * WebAssembly traps where BPF has an answer: by zero, division gives 0 and modulo leaves the
 * register; the most negative number by -1 is itself, and leaves no rest.
 */
function divide(code: Code, slot: number, isWide: boolean, out: Writer): void {
  const dst = localOf(code.dst[slot] as number);
  const isModulo = ((code.opcode[slot] as number) & OPERATION_MASK) === ALU_MOD;
  const isSigned = code.offset[slot] === 1;
  const type = isWide ? I64 : I32;
  pushOperand(code, slot, isWide, out);
  if (!isWide) out.byte(isSigned ? op.i64ExtendI32S : op.i64ExtendI32U);
  out.tee(LOCAL_OPERAND).byte(op.i64Eqz, op.if, type);
  if (isModulo) pushRegister(out, dst, isWide);
  else pushZero(out, isWide);
  out.byte(op.else);
  if (isSigned) {
    out.get(LOCAL_OPERAND).i64(-1).byte(op.i64Eq, op.if, type);
    pushZero(out, isWide);
    if (!isModulo) {
      pushRegister(out, dst, isWide);
      out.byte(isWide ? op.i64Sub : op.i32Sub);
    }
    out.byte(op.else);
  }
  pushRegister(out, dst, isWide);
  pushRegister(out, LOCAL_OPERAND, isWide);
  out.byte(divisionOpcode(isModulo, isSigned, isWide));
  if (isSigned) out.byte(op.end);
  out.byte(op.end);
  popInto(out, dst, isWide);
}

function pushZero(out: Writer, isWide: boolean): void {
  if (isWide) out.i64(0);
  else out.i32(0);
}

function divisionOpcode(isModulo: boolean, isSigned: boolean, isWide: boolean): number {
  if (isWide) {
    if (isModulo) return isSigned ? op.i64RemS : op.i64RemU;
    return isSigned ? op.i64DivS : op.i64DivU;
  }
  if (isModulo) return isSigned ? op.i32RemS : op.i32RemU;
  return isSigned ? op.i32DivS : op.i32DivU;
}

/** to_le cuts (this machine is little-endian), to_be and bswap swap. */
function swap(code: Code, slot: number, isWide: boolean, out: Writer): boolean {
  const dst = localOf(code.dst[slot] as number);
  const bits = code.imm[slot] as number;
  const isSwap = isWide || ((code.opcode[slot] as number) & SOURCE_X) !== 0;
  switch (bits) {
    case 16:
      out.get(dst);
      if (isSwap) out.byte(op.i32WrapI64).call(SWAP_32).i32(16).byte(op.i32ShrU, op.i64ExtendI32U);
      else out.i64(0xffff).byte(op.i64And);
      break;
    case 32:
      out.get(dst).byte(op.i32WrapI64);
      if (isSwap) out.call(SWAP_32);
      out.byte(op.i64ExtendI32U);
      break;
    case 64:
      out.get(dst);
      if (isSwap) out.call(SWAP_64);
      break;
    default:
      return false;
  }
  out.set(dst);
  return true;
}
