/**
 * Opening an object file: ELF sections to code, functions, maps, types. Nothing is decided here that
 * depends on where the object will run; that is link.ts.
 */
import { Failure } from '../../failure.ts';
import { decodeInstructions } from '../isa/decode.ts';
import { SLOT_BYTES } from '../isa/opcodes.ts';
import type { InitialEntry, Instruction, MapDefinition } from '../program.ts';
import { Btf } from './btf.ts';
import { parseBtfExtension, type BtfExtension } from './btf-ext.ts';
import { littleEndianCopy } from './byte-order.ts';
import { layOutDataSections } from './data-section.ts';
import {
  BINDING_LOCAL,
  FLAG_EXECUTABLE,
  MACHINE_BPF,
  SECTION_NOBITS,
  SECTION_PROGBITS,
  SYMBOL_FUNCTION,
  machineOf,
  parseElf,
  type ElfFile,
  type ElfSection,
  VISIBILITY_HIDDEN,
  VISIBILITY_INTERNAL,
} from './elf.ts';
import { embeddedObjects } from './embedded.ts';
import { dataSectionMap, readMapDefinition } from './map-definition.ts';
import { legacyMaps } from './legacy-maps.ts';
import { readInitialEntries, type DeclaredMap } from './map-entries.ts';
import { structOpsMaps } from './struct-ops.ts';

/** Objects of more are not BPF objects anyone loads; bpftool's largest tests are under 10 MB. */
const OBJECT_BYTES_MAX = 256 * 1024 * 1024;
/** Programs and maps in one object; real ones hold a few hundred. */
const MAPS_MAX = 4096;

/** The section whose functions are only called, never attached. */
export const TEXT_SECTION = '.text';
const MAPS_SECTION = '.maps';

export interface ObjectFunction {
  readonly name: string;
  readonly sectionIndex: number;
  /** First slot in its section. */
  readonly start: number;
  readonly slotCount: number;
  readonly isGlobal: boolean;
}

export interface ObjectMap {
  readonly definition: MapDefinition;
  readonly sectionIndex: number;
  /** Where its variable lies in `.maps` or `maps`; 0 for a section of global variables. */
  readonly offset: number;
}

export interface ObjectFile {
  readonly file: string;
  /** It was inside an executable, whose user space chooses among its programs. */
  readonly isOfTool: boolean;
  /** Built for a big-endian machine: its data is in that order, all else is read alike. */
  readonly isBigEndian: boolean;
  readonly elf: ElfFile;
  readonly license: string;
  readonly btf: Btf | undefined;
  readonly extension: BtfExtension | undefined;
  /** Code of executable sections, by section index. */
  readonly code: ReadonlyMap<number, readonly Instruction[]>;
  readonly functions: readonly ObjectFunction[];
  /** Declared maps by offset, then sections of global variables. */
  readonly maps: readonly ObjectMap[];
  readonly initialEntries: readonly InitialEntry[];
}

/**
 * Takes the bytes of a `.bpf.o`, or of an executable that carries one (a libbpf tool). Throws Failure of layer `object`: what parseElf, Btf.parse and
 * decodeInstructions refuse, `bad-map`, `bad-struct-ops`, `no-program`,
 * `several-objects`.
 */
export function openObject(bytes: Uint8Array, file: string): ObjectFile {
  if (bytes.length > OBJECT_BYTES_MAX) {
    throw new Failure('object', 'too-large', `${bytes.length} bytes, more than ${OBJECT_BYTES_MAX}`, {
      file,
    });
  }
  const object = objectBytes(bytes, file);
  const swapped = littleEndianCopy(object, file);
  const isBigEndian = swapped !== undefined;
  const elf = parseElf(swapped ?? object, file);
  const btf = readTypes(elf);
  const extensionSection = sectionNamed(elf, '.BTF.ext');
  const extension =
    btf === undefined || extensionSection === undefined
      ? undefined
      : parseBtfExtension(extensionSection.data, btf, file);
  const code = readCode(elf);
  const functions = readFunctions(elf, code);
  if (functions.length === 0)
    throw new Failure('object', 'no-program', 'the object holds no function', { file });
  const license = readLicense(elf);
  const { maps, initialEntries } = readMaps(elf, btf, functions);
  const isOfTool = object !== bytes;
  return { file, isOfTool, isBigEndian, elf, license, btf, extension, code, functions, maps, initialEntries };
}

/** The object inside an executable, where there is exactly one; else the bytes themselves. */
function objectBytes(bytes: Uint8Array, file: string): Uint8Array {
  if (machineOf(bytes) === undefined || machineOf(bytes) === MACHINE_BPF) return bytes;
  const inside = embeddedObjects(bytes, file);
  if (inside.length > 1) {
    throw new Failure('object', 'several-objects', `the executable holds ${inside.length} BPF objects`, {
      file,
    });
  }
  return inside[0] ?? bytes;
}

function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

function readTypes(elf: ElfFile): Btf | undefined {
  const section = sectionNamed(elf, '.BTF');
  return section === undefined ? undefined : layOutDataSections(Btf.parse(section.data, elf.file), elf);
}

function readLicense(elf: ElfFile): string {
  const data = sectionNamed(elf, 'license')?.data ?? new Uint8Array(0);
  const end = data.indexOf(0);
  return new TextDecoder('utf-8').decode(end < 0 ? data : data.subarray(0, end));
}

function readCode(elf: ElfFile): Map<number, Instruction[]> {
  const code = new Map<number, Instruction[]>();
  for (const section of elf.sections) {
    const isCode = section.type === SECTION_PROGBITS && (section.flags & FLAG_EXECUTABLE) !== 0;
    if (!isCode || section.data.length === 0) continue;
    code.set(
      section.index,
      decodeInstructions(section.data, true, { file: elf.file, at: `section ${section.name}` }),
    );
  }
  return code;
}

function readFunctions(elf: ElfFile, code: ReadonlyMap<number, readonly Instruction[]>): ObjectFunction[] {
  const functions: ObjectFunction[] = [];
  for (const symbol of elf.symbols) {
    const slots = code.get(symbol.sectionIndex);
    if (symbol.type !== SYMBOL_FUNCTION || slots === undefined) continue;
    const start = symbol.value / SLOT_BYTES;
    const slotCount = symbol.sizeBytes / SLOT_BYTES;
    const fits = Number.isInteger(start) && Number.isInteger(slotCount) && start + slotCount <= slots.length;
    if (!fits || slotCount === 0) {
      throw new Failure('object', 'bad-elf', `function ${symbol.name} does not lie in its section`, {
        file: elf.file,
        at: `section ${elf.sections[symbol.sectionIndex]?.name ?? ''}`,
      });
    }
    // libbpf makes functions that other objects may not see static, and so the kernel knows them.
    const isHidden = symbol.visibility === VISIBILITY_INTERNAL || symbol.visibility === VISIBILITY_HIDDEN;
    const isGlobal = symbol.binding !== BINDING_LOCAL && !isHidden;
    functions.push({ name: symbol.name, sectionIndex: symbol.sectionIndex, start, slotCount, isGlobal });
  }
  return functions.sort((a, b) => a.sectionIndex - b.sectionIndex || a.start - b.start);
}

function readMaps(
  elf: ElfFile,
  btf: Btf | undefined,
  functions: readonly ObjectFunction[],
): Pick<ObjectFile, 'maps' | 'initialEntries'> {
  const declared = declaredMaps(elf, btf);
  const maps = [
    ...declared.maps,
    ...legacyMaps(elf),
    ...globalDataMaps(elf, btf),
    ...structOpsMaps(elf, btf, functions),
  ];
  if (maps.length > MAPS_MAX) {
    throw new Failure('object', 'bad-map', `${maps.length} maps, more than ${MAPS_MAX}`, { file: elf.file });
  }
  return { maps, initialEntries: declared.initialEntries };
}

function declaredMaps(elf: ElfFile, btf: Btf | undefined): Pick<ObjectFile, 'maps' | 'initialEntries'> {
  const section = sectionNamed(elf, MAPS_SECTION);
  if (section === undefined || section.sizeBytes === 0) return { maps: [], initialEntries: [] };
  const place = { file: elf.file, at: `section ${MAPS_SECTION}` };
  const types = btf?.findDataSection(MAPS_SECTION);
  if (btf === undefined || types === undefined) {
    throw new Failure('object', 'bad-map', 'maps without their types: build with -g', place);
  }
  const declared = types.variables
    .map(({ typeId, offsetBytes }): DeclaredMap => {
      const variable = btf.typeById(typeId);
      if (variable.kind !== 'var')
        throw new Failure('object', 'bad-map', `type ${typeId} is no variable`, place);
      return { name: variable.name, offset: offsetBytes, typeId: variable.typeId };
    })
    .sort((a, b) => a.offset - b.offset);
  const maps = declared.map(({ name, offset, typeId }) => ({
    definition: readMapDefinition(btf, name, typeId),
    sectionIndex: section.index,
    offset,
  }));
  return { maps, initialEntries: readInitialEntries(elf, btf, section.index, declared) };
}

function globalDataMaps(elf: ElfFile, btf: Btf | undefined): ObjectMap[] {
  const isGlobalData = ({ name, type, sizeBytes }: ElfSection): boolean =>
    /^\.(rodata|data|bss)(\.|$)/.test(name) &&
    (type === SECTION_PROGBITS || type === SECTION_NOBITS) &&
    sizeBytes > 0;
  return elf.sections.filter(isGlobalData).map((section) => ({
    definition: dataSectionMap(section, btf, elf.file),
    sectionIndex: section.index,
    offset: 0,
  }));
}
