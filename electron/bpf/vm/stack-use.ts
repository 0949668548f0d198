/**
 * How much of its stack a function of a program can touch, and so must find zeroed: Linux lets a
 * privileged program read what it never wrote there, and a replay is a function of its input.
 */
import {
  CLASS_ALU,
  CLASS_ALU64,
  CLASS_LDX,
  CLASS_ST,
  CLASS_STX,
  OPCODE_CALL,
  OPCODE_LDIMM64,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  SOURCE_X,
} from '../isa/opcodes.ts';
import { CLASS_MASK, FRAME_POINTER, STACK_FRAME_BYTES } from './operations.ts';

const GRANULE_BYTES = 8;

/** The columns of a program that this reads; vm/code.ts has them all. */
export interface StackColumns {
  readonly length: number;
  readonly opcode: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly offset: Int16Array;
  readonly imm: Int32Array;
  readonly target: Int32Array;
}

/** First slots of the program's functions and callbacks; the entry first. */
export function functionStarts(code: StackColumns): readonly number[] {
  const starts = new Set([0]);
  for (let slot = 0; slot < code.length; slot += 1) {
    const opcode = code.opcode[slot];
    if (opcode === OPCODE_CALL && code.src[slot] === PSEUDO_CALL) starts.add(code.target[slot] as number);
    if (opcode === OPCODE_LDIMM64) {
      if (code.src[slot] === PSEUDO_FUNC) starts.add(code.imm[slot] as number);
      slot += 1;
    }
  }
  return [...starts];
}

/**
 * Bytes below the frame pointer, a multiple of 8, by the slot a function starts at. `verifiedBytes`
 * bounds any frame of the program, as the verifier found; where a function only loads and stores at
 * fixed places of its frame, the lowest of these does.
 */
export function stackBytesOf(code: StackColumns, verifiedBytes: number): Uint16Array {
  const bytes = new Uint16Array(code.length);
  const starts = functionStarts(code).toSorted((a, b) => a - b);
  starts.forEach((start, index) => {
    const touched = touchedBytes(code, start, starts[index + 1] ?? code.length) ?? verifiedBytes;
    const rounded = Math.ceil(touched / GRANULE_BYTES) * GRANULE_BYTES;
    bytes[start] = Math.min(STACK_FRAME_BYTES, rounded);
  });
  return bytes;
}

/** undefined where the frame pointer goes where this does not follow it. */
function touchedBytes(code: StackColumns, start: number, end: number): number | undefined {
  let lowest = 0;
  for (let slot = start; slot < end; slot += 1) {
    const opcode = code.opcode[slot] as number;
    if (opcode === OPCODE_LDIMM64) {
      slot += 1;
      continue;
    }
    const base = baseOf(code, slot, opcode & CLASS_MASK);
    if (base === undefined) return undefined;
    if (base === FRAME_POINTER) lowest = Math.min(lowest, code.offset[slot] as number);
  }
  return -lowest;
}

const NO_BASE = -1;

/** Register an access is relative to, NO_BASE for none; undefined where the frame pointer is copied. */
function baseOf(code: StackColumns, slot: number, instructionClass: number): number | undefined {
  const isSource = code.src[slot] === FRAME_POINTER;
  switch (instructionClass) {
    case CLASS_LDX:
      return code.src[slot];
    case CLASS_ST:
      return code.dst[slot];
    case CLASS_STX:
      // A load-acquire from the frame is given up on too: its address is in src.
      return isSource ? undefined : code.dst[slot];
    case CLASS_ALU:
    case CLASS_ALU64:
      return isSource && ((code.opcode[slot] as number) & SOURCE_X) !== 0 ? undefined : NO_BASE;
    default:
      return NO_BASE;
  }
}
