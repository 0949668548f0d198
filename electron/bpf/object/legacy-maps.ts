/**
 * Maps as they were declared before BTF: a `struct bpf_map_def` each, in section `maps`. libbpf reads
 * them no more since 1.0; objects of that time are still about.
 */
import { Failure } from '../../failure.ts';
import type { MapDefinition } from '../program.ts';
import { ByteView } from './byte-view.ts';
import { SYMBOL_OBJECT, type ElfFile, type ElfSymbol } from './elf.ts';
import { mapTypeByNumber, sizeProblem } from './map-definition.ts';

const SECTION = 'maps';
/** type, key_size, value_size, max_entries, map_flags. */
const DEFINITION_BYTES = 20;

export interface LegacyMap {
  readonly definition: MapDefinition;
  readonly sectionIndex: number;
  readonly offset: number;
}

/** Throws Failure `bad-map` where a definition is cut, of no type, or says more than five numbers. */
export function legacyMaps(elf: ElfFile): LegacyMap[] {
  const section = elf.sections.find(({ name }) => name === SECTION);
  if (section === undefined) return [];
  return elf.symbols
    .filter(({ sectionIndex, type }) => sectionIndex === section.index && type === SYMBOL_OBJECT)
    .sort((a, b) => a.value - b.value)
    .map((symbol) => {
      const offset = symbol.value;
      return { definition: readDefinition(elf, section.data, symbol), sectionIndex: section.index, offset };
    });
}

function readDefinition(
  elf: ElfFile,
  data: Uint8Array,
  { name, value, sizeBytes }: ElfSymbol,
): MapDefinition {
  const refuse = (reason: string): Failure =>
    new Failure('object', 'bad-map', reason, { file: elf.file, at: `map ${name}` });
  const length = sizeBytes === 0 ? DEFINITION_BYTES : sizeBytes;
  if (length < DEFINITION_BYTES || value + length > data.length)
    throw refuse(`its definition has ${Math.min(length, data.length - value)} bytes of ${DEFINITION_BYTES}`);
  // Loaders other than libbpf put more there (pinning, inner maps), which would be lost in silence.
  if (data.subarray(value + DEFINITION_BYTES, value + length).some((byte) => byte !== 0))
    throw refuse('its definition holds more than type, sizes and flags');
  const view = new ByteView(data, elf.file, `section ${SECTION}`);
  const number = view.u32(value);
  const type = mapTypeByNumber(number);
  if (type === undefined) throw refuse(`unknown map type ${number}`);
  const definition: MapDefinition = {
    name,
    type,
    keySizeBytes: view.u32(value + 4),
    valueSizeBytes: view.u32(value + 8),
    maxEntries: view.u32(value + 12),
    flags: view.u32(value + 16),
    keyTypeId: 0,
    valueTypeId: 0,
    initialValue: undefined,
    isFrozen: false,
    inner: undefined,
  };
  const problem = sizeProblem(definition);
  if (problem !== undefined) throw refuse(problem);
  return definition;
}
