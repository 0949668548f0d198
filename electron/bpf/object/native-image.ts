/**
 * What a program, a library, a kernel or its separate debug information says of addresses in it: where its segments
 * lie, its functions, its build id. An ELF file of 64 bits and little-endian, for any machine but BPF.
 */
import { ByteView } from './byte-view.ts';
import {
  ELF_HEADER_BYTES,
  SECTION_SYMTAB,
  SYMBOL_BYTES,
  machineOf,
  sectionsOfElf,
  MACHINE_BPF,
  type ElfSection,
} from './elf.ts';
import { FunctionTable } from './function-table.ts';

const SECTION_NOTE = 7;
const SECTION_DYNSYM = 11;
const SEGMENT_LOAD = 1;
const SEGMENT_EXECUTABLE = 1;
const SEGMENT_HEADER_BYTES = 56;
const NOTE_BUILD_ID = 3;
const NOTE_HEADER_BYTES = 12;
const TYPE_RELOCATABLE = 1;
const BUILD_ID_BYTES_MAX = 64;
/** A browser has 2 million in its debug information. */
const FUNCTION_SYMBOLS_MAX = 4_000_000;
const DEBUG_LINK_BYTES_MAX = 4096;

/** A part of the file as it is mapped. */
export interface NativeSegment {
  readonly fileOffset: bigint;
  /** 0 in separate debug information. */
  readonly fileBytes: bigint;
  readonly address: bigint;
  readonly memoryBytes: bigint;
  readonly isExecutable: boolean;
}

export interface NativeImage {
  readonly file: string;
  /** In hexadecimal. */
  readonly buildId: string | undefined;
  /** The file that has what was stripped of this one. */
  readonly debugLink: string | undefined;
  /** A kernel's module, whose addresses count from its section .text. */
  readonly isRelocatable: boolean;
  readonly segments: readonly NativeSegment[];
  /** Whether its table is the whole one, not that of what is exported alone. */
  readonly hasAllSymbols: boolean;
  /** Read when it is first asked for. Throws Failure `bad-elf`, `limit`. */
  functions(): FunctionTable;
  /** Where a symbol of whatever type lies, by its name: a kernel's `_text`. */
  addressOf(name: string): bigint | undefined;
}

/** Whether the bytes begin an ELF file that is none of BPF: by their first 64. */
export function isNativeElf(head: Uint8Array): boolean {
  const machine = machineOf(head);
  return machine !== undefined && machine !== MACHINE_BPF;
}

/** Throws Failure `not-elf`, `bad-elf`, `truncated`. */
export function readNativeImage(bytes: Uint8Array, file: string): NativeImage {
  const sections = sectionsOfElf(bytes, file);
  const view = new ByteView(bytes, file, 'ELF');
  const whole = sections.find(({ type }) => type === SECTION_SYMTAB);
  const table = [whole, sections.find(({ type }) => type === SECTION_DYNSYM)].find(
    (each) => each !== undefined && each.data.length > SYMBOL_BYTES,
  );
  const isRelocatable = view.u16(16) === TYPE_RELOCATABLE;
  const text = sections.find(({ name }) => name === '.text')?.index;
  const symbols = new ByteView(table?.data ?? new Uint8Array(0), file, `section ${table?.name ?? ''}`);
  const strings = sections[table?.link ?? 0]?.data ?? new Uint8Array(0);
  let functions: FunctionTable | undefined;
  return {
    file,
    buildId: buildIdOf(sections, file),
    debugLink: debugLinkOf(sections),
    isRelocatable,
    segments: segmentsOf(view),
    hasAllSymbols: table !== undefined && table === whole,
    functions: () =>
      (functions ??= new FunctionTable(
        symbols,
        strings,
        FUNCTION_SYMBOLS_MAX,
        isRelocatable ? text : undefined,
      )),
    addressOf: (name) => addressOf(Buffer.from(`${name}\0`), symbols, strings),
  };
}

/** Looks at every symbol: asked for one or two. */
function addressOf(name: Uint8Array, symbols: ByteView, strings: Uint8Array): bigint | undefined {
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const nameAt = symbols.u32(at);
    if (name.every((byte, index) => strings[nameAt + index] === byte)) return symbols.address(at + 8);
  }
  return undefined;
}

function segmentsOf(view: ByteView): NativeSegment[] {
  if (view.length < ELF_HEADER_BYTES) return [];
  const [at, sizeBytes, count] = [view.u64(32), view.u16(54), view.u16(56)];
  if (count === 0) return [];
  if (sizeBytes !== SEGMENT_HEADER_BYTES)
    throw view.refuse('bad-elf', `segment headers of ${sizeBytes} bytes`, 54);
  view.slice(at, count * SEGMENT_HEADER_BYTES);
  return Array.from({ length: count }, (_, index) => at + index * SEGMENT_HEADER_BYTES)
    .filter((header) => view.u32(header) === SEGMENT_LOAD)
    .map((header) => ({
      isExecutable: (view.u32(header + 4) & SEGMENT_EXECUTABLE) !== 0,
      fileOffset: view.address(header + 8),
      address: view.address(header + 16),
      fileBytes: view.address(header + 32),
      memoryBytes: view.address(header + 40),
    }));
}

function buildIdOf(sections: readonly ElfSection[], file: string): string | undefined {
  for (const { type, name, data } of sections) {
    if (type !== SECTION_NOTE) continue;
    const notes = new ByteView(data, file, `section ${name}`);
    for (let at = 0; at + NOTE_HEADER_BYTES <= notes.length;) {
      const [nameBytes, valueBytes, kind] = [notes.u32(at), notes.u32(at + 4), notes.u32(at + 8)];
      const valueAt = at + NOTE_HEADER_BYTES + roundedToWord(nameBytes);
      if (valueAt + valueBytes > notes.length) break;
      const isOfGnu = nameBytes === 4 && notes.u32(at + NOTE_HEADER_BYTES) === 0x554e47;
      if (isOfGnu && kind === NOTE_BUILD_ID && valueBytes > 0 && valueBytes <= BUILD_ID_BYTES_MAX)
        return Buffer.from(notes.slice(valueAt, valueBytes)).toString('hex');
      at = valueAt + roundedToWord(valueBytes);
    }
  }
  return undefined;
}

/** A name up to its NUL; a checksum follows it, which a build id makes unneeded. */
function debugLinkOf(sections: readonly ElfSection[]): string | undefined {
  const data = sections.find(({ name }) => name === '.gnu_debuglink')?.data;
  const end = data?.indexOf(0) ?? -1;
  if (data === undefined || end <= 0 || end > DEBUG_LINK_BYTES_MAX) return undefined;
  return new TextDecoder('utf-8').decode(data.subarray(0, end));
}

function roundedToWord(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
