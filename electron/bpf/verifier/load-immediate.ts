/** What a ldimm64 gives: a number, or the map, value, function or kernel symbol that its `src` says. */
import {
  PSEUDO_BTF_ID,
  PSEUDO_FUNC,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_IDX,
  PSEUDO_MAP_IDX_VALUE,
  PSEUDO_MAP_VALUE,
} from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { functionTaken } from './callback.ts';
import { functionReferred } from './cfg.ts';
import { kernelSymbol } from './kernel-symbol.ts';
import { constantRegister, pointerRegister, type Register } from './register.ts';
import type { Walk } from './walk.ts';

/** `pc` is the slot of the first half. */
export function loadImmediate(walk: Walk, instruction: Instruction, pc: number): Register {
  const second = walk.program.instructions[pc + 1];
  if (second === undefined) throw new Error('half of a ldimm64 passed the check');
  switch (instruction.src) {
    case 0:
      return constantRegister(BigInt.asUintN(32, BigInt(instruction.imm)) | (BigInt(second.imm) << 32n));
    case PSEUDO_MAP_FD:
    case PSEUDO_MAP_IDX:
      if (second.imm !== 0) walk.refuse('bad-instruction', 'unrecognized bpf_ld_imm64 insn');
      walk.useMap(instruction.imm);
      return pointerRegister('map', { map: instruction.imm });
    case PSEUDO_MAP_VALUE:
    case PSEUDO_MAP_IDX_VALUE: {
      const map = walk.useMap(instruction.imm);
      const offset = second.imm >>> 0;
      if (map.type !== 'array' || map.maxEntries !== 1 || offset >= map.valueSizeBytes) {
        walk.refuse('bad-map', `no direct value access at offset ${offset} of map ${map.name} (${map.type})`);
      }
      return pointerRegister('map-value', { map: instruction.imm, offset });
    }
    case PSEUDO_BTF_ID:
      return kernelSymbol(walk.kernelTypes.btf, instruction.imm, second.imm, pc);
    case PSEUDO_FUNC:
      return pointerRegister('function', {
        entry: functionTaken(walk, functionReferred(instruction, pc) ?? -1),
      });
    default:
      return walk.refuse(
        'not-supported',
        `ldimm64 with src ${instruction.src} refers to what is not known here`,
      );
  }
}
