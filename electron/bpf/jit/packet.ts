/**
 * BPF_LD_ABS and BPF_LD_IND as WebAssembly: what lies within the recorded bytes is loaded on the spot;
 * all else (offsets from a header, loads that leave the packet) is the machine's to decide.
 */
import { MODE_ABS, MODE_IND, SIZE_B, SIZE_H, SIZE_W } from '../isa/opcodes.ts';
import { skBuffOffsets } from '../sk-buff.ts';
import type { Code } from '../vm/code.ts';
import { MODE_MASK, SIZE_MASK } from '../vm/operations.ts';
import { importIndex, LOCAL_ADDRESS, localOf, SWAP_32 } from './layout.ts';
import { EMPTY, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** Register that packet loads take the context from. */
const CONTEXT = 6;

/** False where the operation does not exist. */
export function writePacketLoad(code: Code, slot: number, out: Writer): boolean {
  const opcode = code.opcode[slot] as number;
  const mode = opcode & MODE_MASK;
  const size = opcode & SIZE_MASK;
  if ((mode !== MODE_ABS && mode !== MODE_IND) || (size !== SIZE_B && size !== SIZE_H && size !== SIZE_W))
    return false;
  const sizeBytes = size === SIZE_B ? 1 : size === SIZE_H ? 2 : 4;
  out.i32(code.imm[slot] as number);
  if (mode === MODE_IND) out.get(localOf(code.src[slot] as number)).byte(op.i32WrapI64, op.i32Add);
  // Unsigned, a negative offset lies beyond every packet.
  out.tee(LOCAL_ADDRESS).byte(op.i64ExtendI32U).i64(BigInt(sizeBytes)).byte(op.i64Add);
  pushField(skBuffOffsets.data_end, out);
  pushField(skBuffOffsets.data, out);
  out.byte(op.i64Sub, op.i64LeS, op.if, EMPTY);
  pushField(skBuffOffsets.data, out);
  out.byte(op.i32WrapI64).get(LOCAL_ADDRESS).byte(op.i32Add);
  load(size, out);
  out.set(localOf(0)).byte(op.else);
  out.get(localOf(CONTEXT)).byte(op.i32WrapI64).get(LOCAL_ADDRESS).i32(sizeBytes).call(importIndex('packet'));
  out.tee(localOf(0)).i64(0n).byte(op.i64LtS, op.if, EMPTY).i64(0n).byte(op.return, op.end);
  out.byte(op.end);
  return true;
}

/** Pushes a 32-bit field of the context as 64 bits. */
function pushField(offset: number, out: Writer): void {
  out.get(localOf(CONTEXT)).byte(op.i32WrapI64).access(op.i64Load32U, offset);
}

/** Replaces the address on top by what lies there, out of network order. */
function load(size: number, out: Writer): void {
  if (size === SIZE_B) {
    out.access(op.i64Load8U, 0);
    return;
  }
  out
    .access(size === SIZE_H ? op.i64Load16U : op.i64Load32U, 0)
    .byte(op.i32WrapI64)
    .call(SWAP_32);
  if (size === SIZE_H) out.i32(16).byte(op.i32ShrU);
  out.byte(op.i64ExtendI32U);
}
