/**
 * Loads, stores and atomics as WebAssembly. An address is wrapped to 32 bits; the verifier has proved
 * it, and WebAssembly keeps any other inside the one linear memory.
 */
import {
  ATOMIC_ADD,
  ATOMIC_AND,
  ATOMIC_CMPXCHG,
  ATOMIC_FETCH,
  ATOMIC_LOAD_ACQUIRE,
  ATOMIC_OR,
  ATOMIC_STORE_RELEASE,
  ATOMIC_XCHG,
  ATOMIC_XOR,
  CLASS_ST,
  CLASS_STX,
  MODE_ATOMIC,
  MODE_MEMSX,
  SIZE_DW,
  SIZE_W,
} from '../isa/opcodes.ts';
import type { Code } from '../vm/code.ts';
import { PAGE_BYTES } from '../vm/memory.ts';
import { CLASS_MASK, MODE_MASK, MODE_PROBE, MODE_PROBE_SIGNED, SIZE_MASK } from '../vm/operations.ts';
import { LOCAL_ADDRESS, LOCAL_OPERAND, localOf } from './layout.ts';
import { EMPTY, I64, op } from './wasm.ts';
import type { Writer } from './writer.ts';

interface Width {
  readonly load: number;
  readonly loadSigned: number;
  readonly store: number;
}

/** By size >> 3: words, half words, bytes, double words. */
const WIDTHS: readonly [Width, Width, Width, Width] = [
  { load: op.i64Load32U, loadSigned: op.i64Load32S, store: op.i64Store32 },
  { load: op.i64Load16U, loadSigned: op.i64Load16S, store: op.i64Store16 },
  { load: op.i64Load8U, loadSigned: op.i64Load8S, store: op.i64Store8 },
  { load: op.i64Load, loadSigned: op.i64Load, store: op.i64Store },
];

/** False where the operation does not exist. */
export function writeAccess(code: Code, slot: number, out: Writer): boolean {
  const opcode = code.opcode[slot] as number;
  const instructionClass = opcode & CLASS_MASK;
  if (instructionClass === CLASS_STX && (opcode & MODE_MASK) === MODE_ATOMIC) return atomic(code, slot, out);
  if (instructionClass === CLASS_STX) storeRegister(code, slot, out);
  else if (instructionClass === CLASS_ST) storeImmediate(code, slot, out);
  else load(code, slot, out);
  return true;
}

function widthAt(code: Code, slot: number): Width {
  return WIDTHS[((code.opcode[slot] as number) & SIZE_MASK) >> 3] as Width;
}

/** Pushes a register as an address; gives the part of the offset that is left for the access. */
function pushAddress(code: Code, slot: number, register: number, out: Writer): number {
  const offset = code.offset[slot] as number;
  out.byte(op.localGet, localOf(register), op.i32WrapI64);
  if (offset >= 0) return offset;
  out.i32(offset).byte(op.i32Add);
  return 0;
}

function load(code: Code, slot: number, out: Writer): void {
  const width = widthAt(code, slot);
  const mode = (code.opcode[slot] as number) & MODE_MASK;
  if (mode === MODE_PROBE || mode === MODE_PROBE_SIGNED) {
    loadProbed(code, slot, mode === MODE_PROBE_SIGNED ? width.loadSigned : width.load, out);
    return;
  }
  const isSigned = mode === MODE_MEMSX;
  const offset = pushAddress(code, slot, code.src[slot] as number, out);
  out.access(isSigned ? width.loadSigned : width.load, offset).set(localOf(code.dst[slot] as number));
}

/** 0 where the address leads out of the memory there is: no address traps. */
function loadProbed(code: Code, slot: number, loadOpcode: number, out: Writer): void {
  const sizeBytes = SIZE_BYTES[((code.opcode[slot] as number) & SIZE_MASK) >> 3] as number;
  out.get(localOf(code.src[slot] as number)).i64(code.offset[slot] as number);
  out.byte(op.i64Add, op.localTee, LOCAL_OPERAND).i64(PAGE_BYTES).byte(op.i64Sub);
  out.byte(op.memorySize, 0, op.i64ExtendI32U).i64(PAGE_BITS).byte(op.i64Shl);
  out.i64(PAGE_BYTES + sizeBytes - 1).byte(op.i64Sub, op.i64LtU, op.if, I64);
  out.byte(op.localGet, LOCAL_OPERAND, op.i32WrapI64).access(loadOpcode, 0);
  out
    .byte(op.else)
    .i64(0)
    .byte(op.end)
    .set(localOf(code.dst[slot] as number));
}

const PAGE_BITS = 16;
/** By size >> 3, as WIDTHS. */
const SIZE_BYTES = [4, 2, 1, 8];

function storeRegister(code: Code, slot: number, out: Writer): void {
  const offset = pushAddress(code, slot, code.dst[slot] as number, out);
  out.get(localOf(code.src[slot] as number)).access(widthAt(code, slot).store, offset);
}

function storeImmediate(code: Code, slot: number, out: Writer): void {
  const offset = pushAddress(code, slot, code.dst[slot] as number, out);
  out.i64(code.imm[slot] as number).access(widthAt(code, slot).store, offset);
}

const COMBINE: ReadonlyMap<number, number> = new Map([
  [ATOMIC_ADD, op.i64Add],
  [ATOMIC_OR, op.i64Or],
  [ATOMIC_AND, op.i64And],
  [ATOMIC_XOR, op.i64Xor],
]);

/** One event runs at a time, so an atomic is a load, an operation and a store. */
function atomic(code: Code, slot: number, out: Writer): boolean {
  const operation = code.imm[slot] as number;
  if (operation === ATOMIC_LOAD_ACQUIRE) {
    load(code, slot, out);
    return true;
  }
  const src = localOf(code.src[slot] as number);
  if (operation === ATOMIC_STORE_RELEASE) {
    storeRegister(code, slot, out);
    return true;
  }
  const size = (code.opcode[slot] as number) & SIZE_MASK;
  if (size !== SIZE_W && size !== SIZE_DW) return false;
  const { load: loadOpcode, store: storeOpcode } = widthAt(code, slot);
  const offset = pushAddress(code, slot, code.dst[slot] as number, out);
  out.tee(LOCAL_ADDRESS).access(loadOpcode, offset).set(LOCAL_OPERAND);
  if (operation === ATOMIC_CMPXCHG) {
    const r0 = localOf(0);
    out.get(r0);
    if (size === SIZE_W) out.byte(op.i32WrapI64, op.i64ExtendI32U);
    out.get(LOCAL_OPERAND).byte(op.i64Eq, op.if, EMPTY);
    out.get(LOCAL_ADDRESS).get(src).access(storeOpcode, offset).byte(op.end);
    out.get(LOCAL_OPERAND).set(r0);
    return true;
  }
  const combine = COMBINE.get(operation & ~ATOMIC_FETCH);
  out.get(LOCAL_ADDRESS);
  if (operation === ATOMIC_XCHG) out.get(src);
  else if (combine === undefined) return false;
  else out.get(LOCAL_OPERAND).get(src).byte(combine);
  out.access(storeOpcode, offset);
  if ((operation & ATOMIC_FETCH) !== 0) out.get(LOCAL_OPERAND).set(src);
  return true;
}
