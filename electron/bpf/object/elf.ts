/**
 * ELF64 relocatable objects for BPF: sections, symbols, relocations. What the sections mean is for
 * open.ts. Every offset and index is checked against the file.
 *
 * Source: the ELF-64 object file format; e_machine and relocation numbers from linux/elf-em.h and
 * Documentation/bpf/llvm_reloc.rst.
 */
import { ByteView } from './byte-view.ts';
import { Failure } from '../../failure.ts';

export const MACHINE_BPF = 247;
export const SECTION_PROGBITS = 1;
export const SECTION_SYMTAB = 2;
const SECTION_RELA = 4;
export const SECTION_NOBITS = 8;
export const SECTION_REL = 9;
export const FLAG_EXECUTABLE = 4;
export const SYMBOL_OBJECT = 1;
export const SYMBOL_FUNCTION = 2;
export const SYMBOL_SECTION = 3;
export const BINDING_LOCAL = 0;
export const BINDING_WEAK = 2;
export const VISIBILITY_INTERNAL = 1;
export const VISIBILITY_HIDDEN = 2;
export const SECTION_UNDEFINED = 0;

/** 64-bit data: address of a symbol, in ldimm64. */
export const RELOCATION_64_64 = 1;
/** A call's immediate. */
export const RELOCATION_64_32 = 10;

export const ELF_MAGIC = 0x464c457f;
export const CLASS_64 = 2;
export const ORDER_LITTLE = 1;
export const ORDER_BIG = 2;
const TYPE_RELOCATABLE = 1;
export const ELF_HEADER_BYTES = 64;
export const SECTION_HEADER_BYTES = 64;
export const SYMBOL_BYTES = 24;
export const RELOCATION_BYTES = 16;
/** Indexes from here are reserved (SHN_LORESERVE). */
const SECTIONS_MAX = 0xff00;
/** Objects with a million symbols do not exist; a table that says so is damaged. */
const SYMBOLS_MAX = 1_000_000;
/** Bytes of a section that has none in the file (.bss): the most a map's value may be. */
const NOBITS_BYTES_MAX = 256 * 1024 * 1024;

const MACHINE_NAMES: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 's390',
  40: 'ARM',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
  258: 'LoongArch',
};

const decoder = new TextDecoder('utf-8');

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** Size in memory; `data` is empty for a section without bytes in the file. */
  readonly sizeBytes: number;
  readonly data: Uint8Array;
  readonly link: number;
  readonly info: number;
}

export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** STV_*. */
  readonly visibility: number;
  readonly sectionIndex: number;
  /** Offset in its section. */
  readonly value: number;
  readonly sizeBytes: number;
}

export interface ElfRelocation {
  /** Offset in the section it patches. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
}

export interface ElfFile {
  readonly file: string;
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  /** Relocations by index of the section they patch. */
  readonly relocations: ReadonlyMap<number, readonly ElfRelocation[]>;
}

/** Takes little-endian bytes (byte-order.ts). Throws Failure `not-elf`, `wrong-machine`, `not-relocatable`, `bad-elf`, `truncated`. */
export function parseElf(bytes: Uint8Array, file: string): ElfFile {
  const view = new ByteView(bytes, file, 'ELF');
  checkIdentity(view);
  checkObject(view);
  const sections = readSections(view, readHeader(view));
  const symbols = readSymbols(view, sections);
  return { file, sections, symbols, relocations: readRelocations(view, sections, symbols) };
}

/** The sections of a little-endian file for any machine: a kernel, a module. Throws Failure `not-elf`, `bad-elf`, `truncated`. */
export function sectionsOfElf(bytes: Uint8Array, file: string): readonly ElfSection[] {
  const view = new ByteView(bytes, file, 'ELF');
  checkIdentity(view);
  return readSections(view, readHeader(view));
}

/** e_machine of a 64-bit ELF file, undefined for anything else. */
export function machineOf(bytes: Uint8Array): number | undefined {
  const view = new ByteView(bytes, '', 'ELF');
  const isElf = view.length >= ELF_HEADER_BYTES && view.u32(0) === ELF_MAGIC;
  if (!isElf || view.u8(4) !== CLASS_64) return undefined;
  const machine = view.u16(18);
  return view.u8(5) === ORDER_BIG ? ((machine & 0xff) << 8) | (machine >> 8) : machine;
}

interface Header {
  readonly sectionsAt: number;
  readonly sectionCount: number;
  readonly namesIndex: number;
}

function checkIdentity(view: ByteView): void {
  if (view.length < ELF_HEADER_BYTES || view.u32(0) !== ELF_MAGIC)
    throw view.refuse('not-elf', 'not an ELF file', 0);
  if (view.u8(4) !== CLASS_64) throw view.refuse('not-elf', 'not a 64-bit ELF file', 4);
  if (view.u8(5) !== ORDER_LITTLE) throw view.refuse('not-elf', `byte order ${view.u8(5)}`, 5);
}

function readHeader(view: ByteView): Header {
  if (view.u16(58) !== SECTION_HEADER_BYTES)
    throw view.refuse('bad-elf', `section headers of ${view.u16(58)} bytes`, 58);
  const sectionCount = view.u16(60);
  if (sectionCount === 0 || sectionCount > SECTIONS_MAX)
    throw view.refuse('bad-elf', `${sectionCount} sections`, 60);
  return { sectionsAt: view.u64(40), sectionCount, namesIndex: view.u16(62) };
}

function checkObject(view: ByteView): void {
  const machine = view.u16(18);
  if (machine !== MACHINE_BPF) {
    const name = MACHINE_NAMES[machine] ?? `machine ${machine}`;
    throw new Failure(
      'object',
      'wrong-machine',
      `an object for ${name}, not for BPF`,
      { file: view.file, at: 'byte 18' },
      { machine },
    );
  }
  if (view.u16(16) !== TYPE_RELOCATABLE) throw view.refuse('not-relocatable', 'not a relocatable object', 16);
}

function readSections(view: ByteView, { sectionsAt, sectionCount, namesIndex }: Header): ElfSection[] {
  view.slice(sectionsAt, sectionCount * SECTION_HEADER_BYTES);
  const names = sectionData(view, sectionsAt + namesIndex * SECTION_HEADER_BYTES, `section ${namesIndex}`);
  return Array.from({ length: sectionCount }, (_, index) => {
    const at = sectionsAt + index * SECTION_HEADER_BYTES;
    const name = stringAt(names, view.u32(at), view);
    const type = view.u32(at + 4);
    const sizeBytes = view.u64(at + 32);
    if (type === SECTION_NOBITS && sizeBytes > NOBITS_BYTES_MAX) {
      throw view.refuse('bad-elf', `section ${name} of ${sizeBytes} bytes`, at + 32);
    }
    const data =
      index === 0 || type === SECTION_NOBITS ? new Uint8Array(0) : sectionData(view, at, `section ${name}`);
    const flags = view.u64(at + 8);
    return { index, name, type, flags, sizeBytes, data, link: view.u32(at + 40), info: view.u32(at + 44) };
  });
}

function sectionData(view: ByteView, headerAt: number, what: string): Uint8Array {
  const offset = view.u64(headerAt + 24);
  const length = view.u64(headerAt + 32);
  if (offset + length > view.length) {
    throw view.refuse(
      'truncated',
      `${what} ends at byte ${offset + length}, the file at ${view.length}`,
      headerAt,
    );
  }
  return view.slice(offset, length);
}

function stringAt(strings: Uint8Array, offset: number, view: ByteView): string {
  const end = strings.indexOf(0, offset);
  if (offset >= strings.length || end < 0)
    throw view.refuse('bad-elf', `no name at ${offset} of the string table`);
  return decoder.decode(strings.subarray(offset, end));
}

function readSymbols(view: ByteView, sections: readonly ElfSection[]): ElfSymbol[] {
  const table = sections.find((section) => section.type === SECTION_SYMTAB);
  if (table === undefined) return [];
  const strings = sections[table.link];
  if (strings === undefined)
    throw view.refuse('bad-elf', `symbol names in section ${table.link}, which does not exist`);
  const count = Math.floor(table.data.length / SYMBOL_BYTES);
  if (count > SYMBOLS_MAX) throw view.refuse('bad-elf', `${count} symbols`);
  const entries = new ByteView(table.data, view.file, `section ${table.name}`);
  return Array.from({ length: count }, (_, index) => {
    const at = index * SYMBOL_BYTES;
    const info = entries.u8(at + 4);
    return {
      index,
      name: stringAt(strings.data, entries.u32(at), entries),
      type: info & 0x0f,
      binding: info >> 4,
      visibility: entries.u8(at + 5) & 0x03,
      sectionIndex: entries.u16(at + 6),
      value: entries.u64(at + 8),
      sizeBytes: entries.u64(at + 16),
    };
  });
}

function readRelocations(
  view: ByteView,
  sections: readonly ElfSection[],
  symbols: readonly ElfSymbol[],
): Map<number, ElfRelocation[]> {
  const bySection = new Map<number, ElfRelocation[]>();
  for (const section of sections) {
    if (section.type === SECTION_RELA) {
      throw view.refuse(
        'bad-elf',
        `${section.name} has relocations with addends: BPF objects have them in place`,
      );
    }
    if (section.type !== SECTION_REL) continue;
    const target = sections[section.info];
    if (target === undefined)
      throw view.refuse('bad-elf', `${section.name} patches section ${section.info}, which does not exist`);
    const entries = new ByteView(section.data, view.file, `section ${section.name}`);
    const count = Math.floor(section.data.length / RELOCATION_BYTES);
    const list = bySection.get(target.index) ?? [];
    for (let entry = 0; entry < count; entry += 1) {
      const at = entry * RELOCATION_BYTES;
      const offset = entries.u64(at);
      const symbol = symbols[entries.u32(at + 12)];
      if (symbol === undefined)
        throw entries.refuse('bad-elf', `symbol ${entries.u32(at + 12)} does not exist`, at);
      if (offset >= target.sizeBytes)
        throw entries.refuse('bad-elf', `patches byte ${offset} beyond ${target.name}`, at);
      list.push({ offset, type: entries.u32(at + 8), symbol });
    }
    bySection.set(target.index, list);
  }
  return bySection;
}
