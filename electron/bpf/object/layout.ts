/**
 * The layout of one program: its entry function, then every function it reaches, each once, with
 * calls, callbacks, maps, variables and externs pointed at what the relocations name.
 *
 * Source: Documentation/bpf/llvm_reloc.rst of Linux 6.18 and the behaviour of libbpf 1.5.
 */
import { Failure } from '../../failure.ts';
import {
  CALL_HELPER,
  OPCODE_CALL,
  OPCODE_LDIMM64,
  PSEUDO_BTF_ID,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_VALUE,
  SLOT_BYTES,
} from '../isa/opcodes.ts';
import { INSTRUCTIONS_MAX } from '../isa/decode.ts';
import type { Instruction } from '../program.ts';
import { KFUNC_POISON, poison } from './core-patch.ts';
import type { PlacedFunction } from './debug-records.ts';
import { RELOCATION_64_32, RELOCATION_64_64, SYMBOL_SECTION, type ElfRelocation } from './elf.ts';
import { isExtern, type ExternTable } from './externs.ts';
import type { UnresolvedRelocation } from './core-relocation.ts';
import type { ObjectIndex } from './object-index.ts';
import type { ObjectFile, ObjectFunction } from './open.ts';

/** Stands for the address of a kernel function that is there. */
const PRESENT = 1;

/** Code of a section after CO-RE, and what could not be relocated, by slot. */
export interface RelocatedSection {
  readonly code: readonly Instruction[];
  readonly unresolved: ReadonlyMap<number, UnresolvedRelocation>;
}

export interface ProgramLayout {
  readonly instructions: readonly Instruction[];
  readonly functions: readonly PlacedFunction[];
  readonly unresolved: readonly {
    readonly instruction: number;
    readonly access: string;
    readonly reason: string;
  }[];
}

/** What the programs of one object are linked from. */
export interface LinkParts {
  readonly object: ObjectFile;
  readonly index: ObjectIndex;
  /** By section index. */
  readonly sections: ReadonlyMap<number, RelocatedSection>;
  readonly externs: ExternTable;
}

export function layOutProgram(parts: LinkParts, entry: ObjectFunction): ProgramLayout {
  return new ProgramLinker(parts).layOut(entry);
}

class ProgramLinker {
  readonly #object: ObjectFile;
  readonly #index: ObjectIndex;
  readonly #sections: ReadonlyMap<number, RelocatedSection>;
  readonly #externs: ExternTable;
  readonly #starts = new Map<ObjectFunction, number>();
  readonly #instructions: Instruction[] = [];
  readonly #unresolved: { instruction: number; access: string; reason: string }[] = [];

  constructor({ object, index, sections, externs }: LinkParts) {
    this.#object = object;
    this.#index = index;
    this.#sections = sections;
    this.#externs = externs;
  }

  layOut(entry: ObjectFunction): ProgramLayout {
    // A Map iterates what is added on the way, so this reaches every function once, in order of discovery.
    this.#starts.set(entry, 0);
    let next = entry.slotCount;
    for (const fn of this.#starts.keys()) {
      for (const callee of this.#calleesOf(fn)) {
        if (this.#starts.has(callee)) continue;
        this.#starts.set(callee, next);
        next += callee.slotCount;
        if (next > INSTRUCTIONS_MAX) {
          throw this.#refuse(
            entry,
            0,
            'program-too-large',
            `more than ${INSTRUCTIONS_MAX} instructions with what it calls`,
          );
        }
      }
    }
    for (const fn of this.#starts.keys()) this.#emit(fn);
    return {
      instructions: this.#instructions,
      functions: [...this.#starts].map(([fn, start]) => ({ fn, start })),
      unresolved: this.#unresolved,
    };
  }

  *#calleesOf(fn: ObjectFunction): Generator<ObjectFunction> {
    const { code } = this.#section(fn);
    for (let slot = fn.start; slot < fn.start + fn.slotCount; slot += 1) {
      const instruction = code[slot];
      const callee = instruction && this.#calleeAt(fn, slot, instruction);
      if (callee !== undefined) yield callee;
    }
  }

  /** The function an instruction calls or takes the address of. */
  #calleeAt(fn: ObjectFunction, slot: number, { opcode, src, imm }: Instruction): ObjectFunction | undefined {
    const relocation = this.#index.relocationAt(fn.sectionIndex, slot);
    if (opcode === OPCODE_CALL && src === PSEUDO_CALL) {
      if (relocation === undefined) return this.#functionAt(fn, slot, fn.sectionIndex, slot + imm + 1);
      if (isExtern(relocation.symbol)) return undefined;
      // Against a named function the immediate is -1; against its section it is the target less one.
      const target = relocation.symbol.value / SLOT_BYTES + imm + 1;
      return this.#functionAt(fn, slot, relocation.symbol.sectionIndex, target);
    }
    if (opcode !== OPCODE_LDIMM64 || relocation === undefined) return undefined;
    const { symbol } = relocation;
    if (!this.#sections.has(symbol.sectionIndex)) return undefined;
    const addend = symbol.type === SYMBOL_SECTION ? imm : 0;
    return this.#functionAt(fn, slot, symbol.sectionIndex, (symbol.value + addend) / SLOT_BYTES);
  }

  #functionAt(from: ObjectFunction, slot: number, sectionIndex: number, start: number): ObjectFunction {
    const found = this.#index.functionAt(sectionIndex, start);
    if (found === undefined)
      throw this.#refuse(from, slot, 'bad-relocation', `no function begins where it calls (${start})`);
    return found;
  }

  #emit(fn: ObjectFunction): void {
    const base = this.#instructions.length;
    const { code, unresolved } = this.#section(fn);
    const out = code.slice(fn.start, fn.start + fn.slotCount);
    for (let index = 0; index < out.length; index += 1) {
      const slot = fn.start + index;
      const missing = unresolved.get(slot);
      if (missing !== undefined) this.#unresolved.push({ instruction: base + index, ...missing });
      const instruction = out[index];
      if (instruction === undefined) continue;
      const relocation = this.#index.relocationAt(fn.sectionIndex, slot);
      if (relocation !== undefined) this.#requireKind(fn, slot, instruction, relocation);
      const callee = this.#calleeAt(fn, slot, instruction);
      if (callee !== undefined) this.#point(out, index, base, callee);
      else if (relocation !== undefined) this.#relocate(fn, out, index, base, relocation);
    }
    for (const instruction of out) this.#instructions.push(instruction);
  }

  /** A relocation has to be of the kind its instruction takes: anything else is not what a compiler writes. */
  #requireKind(
    fn: ObjectFunction,
    slot: number,
    { opcode }: Instruction,
    { type, symbol }: ElfRelocation,
  ): void {
    const isAddress = opcode === OPCODE_LDIMM64 && type === RELOCATION_64_64;
    const isCall = opcode === OPCODE_CALL && type === RELOCATION_64_32;
    if (isAddress || isCall) return;
    throw this.#refuse(
      fn,
      slot,
      'bad-relocation',
      `relocation of kind ${type} against ${symbol.name} does not fit its instruction`,
    );
  }

  /** Calls count from the next instruction, callbacks too. */
  #point(out: Instruction[], index: number, base: number, callee: ObjectFunction): void {
    const instruction = out[index];
    const start = this.#starts.get(callee);
    if (instruction === undefined || start === undefined)
      throw new Error('callees are laid out before code is emitted');
    const imm = start - (base + index + 1);
    out[index] =
      instruction.opcode === OPCODE_CALL
        ? { ...instruction, imm }
        : { ...instruction, src: PSEUDO_FUNC, imm };
  }

  #relocate(
    fn: ObjectFunction,
    out: Instruction[],
    index: number,
    base: number,
    { symbol }: ElfRelocation,
  ): void {
    const low = out[index];
    if (low === undefined) return;
    if (isExtern(symbol)) {
      this.#relocateExtern(out, index, base, { symbol });
      return;
    }
    const high = out[index + 1];
    if (low.opcode !== OPCODE_LDIMM64 || high === undefined) {
      throw this.#refuse(
        fn,
        fn.start + index,
        'bad-relocation',
        `an instruction that takes no address refers to ${symbol.name}`,
      );
    }
    const addend = symbol.value + low.imm;
    const declared = this.#object.maps.findIndex(
      (map) =>
        map.sectionIndex === symbol.sectionIndex &&
        map.definition.initialValue === undefined &&
        map.offset === addend,
    );
    if (declared >= 0) {
      out[index] = { ...low, src: PSEUDO_MAP_FD, imm: declared };
      out[index + 1] = { ...high, imm: 0 };
      return;
    }
    const data = this.#object.maps.findIndex(
      (map) => map.sectionIndex === symbol.sectionIndex && map.definition.initialValue !== undefined,
    );
    if (data < 0) {
      throw this.#refuse(
        fn,
        fn.start + index,
        'bad-relocation',
        `${symbol.name} is neither a map nor a global variable`,
      );
    }
    out[index] = { ...low, src: PSEUDO_MAP_VALUE, imm: data };
    out[index + 1] = { ...high, imm: addend };
  }

  #relocateExtern(
    out: Instruction[],
    index: number,
    base: number,
    { symbol }: Pick<ElfRelocation, 'symbol'>,
  ): void {
    const low = out[index];
    const high = out[index + 1];
    if (low === undefined) return;
    const meaning = this.#externs.meaningOf(symbol);
    if (meaning.kind === 'unresolved') {
      this.#unresolved.push({ instruction: base + index, access: meaning.access, reason: meaning.reason });
      poison(out, index);
    } else if (meaning.kind === 'function') {
      this.#pointAtFunction(out, index, meaning.number);
    } else if (meaning.kind === 'variable' && high !== undefined) {
      out[index] = { ...low, src: PSEUDO_BTF_ID, imm: meaning.btfId };
      out[index + 1] = { ...high, imm: 0 };
    } else if (meaning.kind === 'address' && high !== undefined) {
      out[index] = { ...low, src: 0, imm: Number(BigInt.asIntN(32, meaning.address)) };
      out[index + 1] = { ...high, imm: Number(BigInt.asIntN(32, meaning.address >> 32n)) };
    } else if (low.opcode === OPCODE_CALL) {
      out[index] = { ...low, src: CALL_HELPER, offset: 0, imm: KFUNC_POISON };
    } else if (low.opcode === OPCODE_LDIMM64 && high !== undefined) {
      const isValue = meaning.kind === 'value';
      out[index] = {
        ...low,
        src: isValue ? PSEUDO_MAP_VALUE : 0,
        imm: isValue ? this.#object.maps.length : 0,
      };
      out[index + 1] = { ...high, imm: isValue ? meaning.offset : 0 };
    }
  }

  /** A call goes to the function; its address is told from that of a function that is absent, and no more. */
  #pointAtFunction(out: Instruction[], index: number, number: number): void {
    const low = out[index];
    const high = out[index + 1];
    if (low?.opcode === OPCODE_CALL) {
      out[index] = { ...low, src: PSEUDO_KFUNC_CALL, offset: 0, imm: number };
    } else if (low?.opcode === OPCODE_LDIMM64 && high !== undefined) {
      out[index] = { ...low, src: 0, imm: PRESENT };
      out[index + 1] = { ...high, imm: 0 };
    }
  }

  #section({ sectionIndex }: ObjectFunction): RelocatedSection {
    const section = this.#sections.get(sectionIndex);
    if (section === undefined) throw new Error('every function lies in a section with code');
    return section;
  }

  #refuse(fn: ObjectFunction, slot: number, code: string, reason: string): Failure {
    return new Failure('object', code, reason, {
      file: this.#object.file,
      at: `function ${fn.name}, instruction ${slot - fn.start}`,
    });
  }
}
