/** Conditions of jumps as WebAssembly: an i32 that is not zero where the jump is taken. */
import { CLASS_JMP, OPCODE_MAY_GOTO } from '../isa/opcodes.ts';
import type { Code } from '../vm/code.ts';
import {
  CLASS_MASK,
  JMP_JEQ,
  JMP_JGE,
  JMP_JGT,
  JMP_JLE,
  JMP_JLT,
  JMP_JNE,
  JMP_JSET,
  JMP_JSGE,
  JMP_JSGT,
  JMP_JSLE,
  JMP_JSLT,
  OPERATION_MASK,
} from '../vm/operations.ts';
import { byOperation, pushOperand, pushRegister } from './arithmetic.ts';
import { LOCAL_LOOPS, localOf } from './layout.ts';
import { I32, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** By operation >> 4, of 64 and of 32 bits. */
const WIDE = byOperation([
  [JMP_JEQ, op.i64Eq],
  [JMP_JNE, op.i64Ne],
  [JMP_JGT, op.i64GtU],
  [JMP_JGE, op.i64GeU],
  [JMP_JLT, op.i64LtU],
  [JMP_JLE, op.i64LeU],
  [JMP_JSGT, op.i64GtS],
  [JMP_JSGE, op.i64GeS],
  [JMP_JSLT, op.i64LtS],
  [JMP_JSLE, op.i64LeS],
]);
const NARROW = byOperation([
  [JMP_JEQ, op.i32Eq],
  [JMP_JNE, op.i32Ne],
  [JMP_JGT, op.i32GtU],
  [JMP_JGE, op.i32GeU],
  [JMP_JLT, op.i32LtU],
  [JMP_JLE, op.i32LeU],
  [JMP_JSGT, op.i32GtS],
  [JMP_JSGE, op.i32GeS],
  [JMP_JSLT, op.i32LtS],
  [JMP_JSLE, op.i32LeS],
]);

/** False where the operation does not exist. */
export function writeCondition(code: Code, slot: number, out: Writer): boolean {
  const opcode = code.opcode[slot] as number;
  if (opcode === OPCODE_MAY_GOTO) {
    writeLoopBudget(out);
    return true;
  }
  const isWide = (opcode & CLASS_MASK) === CLASS_JMP;
  const operation = opcode & OPERATION_MASK;
  pushRegister(out, localOf(code.dst[slot] as number), isWide);
  pushOperand(code, slot, isWide, out);
  const comparison = (isWide ? WIDE : NARROW)[operation >> 4];
  if (comparison !== undefined) out.byte(comparison);
  else if (operation === JMP_JSET) {
    if (isWide) out.byte(op.i64And).i64(0).byte(op.i64Ne);
    else out.byte(op.i32And);
  } else return false;
  return true;
}

/** may_goto: jumps once the frame's rounds are used up, else uses one. */
function writeLoopBudget(out: Writer): void {
  out.get(LOCAL_LOOPS).byte(op.i32Eqz, op.if, I32).i32(1).byte(op.else);
  out.get(LOCAL_LOOPS).i32(1).byte(op.i32Sub).set(LOCAL_LOOPS).i32(0);
  out.byte(op.end);
}
