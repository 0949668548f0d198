/** Instructions to bytes: the exact reverse of decode.ts. */
import type { Instruction } from '../program.ts';
import { SLOT_BYTES } from './opcodes.ts';

export function encodeInstructions(instructions: readonly Instruction[], isLittleEndian = true): Uint8Array {
  const bytes = new Uint8Array(instructions.length * SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ opcode, dst, src, offset, imm }, slot) => {
    const at = slot * SLOT_BYTES;
    view.setUint8(at, opcode);
    view.setUint8(at + 1, isLittleEndian ? (src << 4) | dst : (dst << 4) | src);
    view.setInt16(at + 2, offset, isLittleEndian);
    view.setInt32(at + 4, imm, isLittleEndian);
  });
  return bytes;
}
