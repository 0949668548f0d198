/**
 * Instructions as text, in the syntax of Linux's verifier log.
 *
 * Source: the output of print_bpf_insn() in Linux 6.18.
 */
import type { Instruction, SourceLine } from '../program.ts';
import {
  ATOMIC_CMPXCHG,
  ATOMIC_FETCH,
  ATOMIC_LOAD_ACQUIRE,
  ATOMIC_STORE_RELEASE,
  ATOMIC_XCHG,
  atomicNames,
  opcodeTable,
  OPCODE_JA32,
  OPCODE_LDIMM64,
  PSEUDO_CALL,
  givesMap,
  givesMapValue,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
  type OpcodeInfo,
} from './opcodes.ts';

/** Names for what an instruction holds as a number; what is not given stays a number. */
export interface DisassemblyNames {
  /** Helper's name without `bpf_`. */
  readonly helper?: (id: number) => string | undefined;
  /** Kernel function by its number here. */
  readonly kernelFunction?: (number: number) => string | undefined;
  /** Map by its index in the linked object. */
  readonly map?: (index: number) => string | undefined;
}

export interface ProgramListingOptions extends DisassemblyNames {
  /** Source lines to print in front of their instructions. */
  readonly lines?: readonly SourceLine[];
}

const LOCKED_SYMBOLS: Readonly<Record<string, string>> = { add: '+=', or: '|=', and: '&=', xor: '^=' };

/** One instruction; `next` is the slot after it, where ldimm64 has its upper half. */
export function disassemble(
  instruction: Instruction,
  next?: Instruction,
  names: DisassemblyNames = {},
): string {
  const info = opcodeTable[instruction.opcode];
  if (info === undefined) return `unknown opcode ${hex(instruction.opcode)}`;
  switch (info.kind) {
    case 'alu':
      return aluText(info, instruction);
    case 'byteswap': {
      const register = `r${instruction.dst}`;
      return `${register} = ${info.name}${instruction.imm} ${register}`;
    }
    case 'jump':
      return instruction.opcode === OPCODE_JA32
        ? `gotol pc${signed(instruction.imm)}`
        : `goto pc${signed(instruction.offset)}`;
    case 'mayGoto':
      return `may_goto pc${signed(instruction.offset)}`;
    case 'branch':
      return branchText(info, instruction);
    case 'call':
      return callText(instruction, names);
    case 'exit':
      return 'exit';
    case 'loadImmediate64':
      return immediateText(instruction, next, names);
    case 'loadPacket': {
      const index = info.usesSource ? `r${instruction.src} + ${instruction.imm}` : `${instruction.imm}`;
      return `r0 = *(${memoryType(info)} *)skb[${index}]`;
    }
    case 'load':
      return `r${instruction.dst} = ${memory(info, instruction.src, instruction.offset)}`;
    case 'store':
      return `${memory(info, instruction.dst, instruction.offset)} = r${instruction.src}`;
    case 'storeImmediate':
      return `${memory(info, instruction.dst, instruction.offset)} = ${instruction.imm}`;
    case 'atomic':
      return atomicText(info, instruction);
  }
}

/** A program, a line an instruction: `7: (79) r1 = *(u64 *)(r0 +0)`; source lines begin with `;`. */
export function disassembleProgram(
  instructions: readonly Instruction[],
  options: ProgramListingOptions = {},
): string[] {
  const sources = new Map(options.lines?.map((line) => [line.instruction, line]));
  const listing: string[] = [];
  for (let slot = 0; slot < instructions.length; slot += 1) {
    const instruction = instructions[slot];
    if (instruction === undefined) break;
    const source = sources.get(slot);
    if (source !== undefined && source.text !== '') {
      listing.push(`; ${source.text.trim()} @ ${source.file.replace(/^.*\//, '')}:${source.line}`);
    }
    const text = disassemble(instruction, instructions[slot + 1], options);
    listing.push(`${slot}: (${instruction.opcode.toString(16).padStart(2, '0')}) ${text}`);
    if (instruction.opcode === OPCODE_LDIMM64) slot += 1;
  }
  return listing;
}

function aluText(info: OpcodeInfo, { dst, src, offset, imm }: Instruction): string {
  const letter = info.width === 64 ? 'r' : 'w';
  if (info.name === 'neg') return `${letter}${dst} = -${letter}${dst}`;
  const isSignedVariant = (info.name === 'div' || info.name === 'mod') && offset === 1;
  const symbol = isSignedVariant ? `s${info.symbol}` : info.symbol;
  if (!info.usesSource) return `${letter}${dst} ${symbol} ${imm}`;
  const extension = info.name === 'mov' && offset !== 0 ? `(s${offset})` : '';
  return `${letter}${dst} ${symbol} ${extension}${letter}${src}`;
}

function branchText(info: OpcodeInfo, { dst, src, offset, imm }: Instruction): string {
  const letter = info.width === 64 ? 'r' : 'w';
  const operand = info.usesSource ? `${letter}${src}` : hex(imm);
  return `if ${letter}${dst} ${info.symbol} ${operand} goto pc${signed(offset)}`;
}

function callText({ src, imm }: Instruction, names: DisassemblyNames): string {
  if (src === PSEUDO_CALL) return `call pc${signed(imm)}`;
  // Where Linux prints the BTF id of the function, which differs from kernel to kernel.
  if (src === PSEUDO_KFUNC_CALL) return `call ${names.kernelFunction?.(imm) ?? imm}#kfunc`;
  return `call bpf_${names.helper?.(imm) ?? 'unspec'}#${imm}`;
}

function immediateText(
  { dst, src, imm }: Instruction,
  next: Instruction | undefined,
  names: DisassemblyNames,
): string {
  const upper = next?.imm ?? 0;
  if (givesMap(src)) return `r${dst} = map[${names.map?.(imm) ?? imm}]`;
  if (givesMapValue(src)) return `r${dst} = map[${names.map?.(imm) ?? imm}][0]+${upper}`;
  if (src === PSEUDO_FUNC) return `r${dst} = func pc${signed(imm)}`;
  const value = (BigInt.asUintN(32, BigInt(upper)) << 32n) | BigInt.asUintN(32, BigInt(imm));
  return `r${dst} = 0x${value.toString(16)}`;
}

function atomicText(info: OpcodeInfo, { dst, src, offset, imm }: Instruction): string {
  const place = `(${memoryType(info)} *)(r${dst} ${signed(offset)})`;
  const name = atomicNames.get(imm);
  const prefix = info.sizeBytes === 8 ? 'atomic64' : 'atomic';
  if (name === undefined) return `unknown atomic operation ${hex(imm)}`;
  if (imm === ATOMIC_LOAD_ACQUIRE)
    return `r${dst} = load_acquire((${memoryType(info)} *)(r${src} ${signed(offset)}))`;
  if (imm === ATOMIC_STORE_RELEASE) return `store_release(${place}, r${src})`;
  if (imm === ATOMIC_CMPXCHG) return `r0 = ${prefix}_cmpxchg(${place}, r0, r${src})`;
  if (imm === ATOMIC_XCHG || (imm & ATOMIC_FETCH) !== 0)
    return `r${src} = ${prefix}_${name}(${place}, r${src})`;
  return `lock *${place} ${LOCKED_SYMBOLS[name] ?? '?='} r${src}`;
}

function memory(info: OpcodeInfo, register: number, offset: number): string {
  return `*(${memoryType(info)} *)(r${register} ${signed(offset)})`;
}

function memoryType(info: OpcodeInfo): string {
  return `${info.isSigned ? 's' : 'u'}${info.sizeBytes * 8}`;
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}

/** As C prints a 32-bit value with %x. */
function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
