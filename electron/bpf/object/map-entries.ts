/**
 * Entries that maps are declared with (`.values = { [3] = &inner }`): the programs of a program array,
 * the maps in a map. The ELF relocations of `.maps` say which; libbpf fills them in after load.
 */
import { Failure } from '../../failure.ts';
import type { InitialEntry } from '../program.ts';
import type { Btf } from './btf.ts';
import { SYMBOL_FUNCTION, type ElfFile, type ElfRelocation } from './elf.ts';
import { isComposite } from './core-compatible.ts';

/** An entry is as wide as a pointer in the object. */
const ENTRY_BYTES = 8;

/** A declared map: where its variable lies in `.maps`, and its type. */
export interface DeclaredMap {
  readonly name: string;
  readonly offset: number;
  readonly typeId: number;
}

/** Throws Failure `bad-map` for a relocation that sets no entry. `maps` in the order of the object's maps, by offset. */
export function readInitialEntries(
  elf: ElfFile,
  btf: Btf,
  sectionIndex: number,
  maps: readonly DeclaredMap[],
): InitialEntry[] {
  return (elf.relocations.get(sectionIndex) ?? []).map((relocation) => {
    // A variable is longer than its type: `values` has no length of its own.
    const map = maps.findLastIndex(({ offset }) => offset <= relocation.offset);
    const declared = maps[map];
    const refuse = (reason: string): Failure =>
      new Failure('object', 'bad-map', reason, {
        file: elf.file,
        at: declared === undefined ? `.maps, byte ${relocation.offset}` : `map ${declared.name}`,
      });
    if (declared === undefined) throw refuse(`no map is declared where ${relocation.symbol.name} is set`);
    const valuesAt = valuesOffset(btf, declared.typeId);
    const index = (relocation.offset - declared.offset - valuesAt) / ENTRY_BYTES;
    if (!Number.isInteger(index) || index < 0) throw refuse(`${relocation.symbol.name} is set in no entry`);
    return { map, index, ...targetOf(relocation, sectionIndex, maps, refuse) };
  });
}

function valuesOffset(btf: Btf, typeId: number): number {
  const type = btf.resolve(typeId);
  const values = isComposite(type) ? type.members.find(({ name }) => name === 'values') : undefined;
  return values === undefined ? Number.NaN : values.offsetBits / 8;
}

function targetOf(
  { symbol }: ElfRelocation,
  sectionIndex: number,
  maps: readonly DeclaredMap[],
  refuse: (reason: string) => Failure,
): Pick<InitialEntry, 'target'> {
  if (symbol.type === SYMBOL_FUNCTION) return { target: { kind: 'program', name: symbol.name } };
  const map = maps.findIndex(({ offset }) => symbol.sectionIndex === sectionIndex && offset === symbol.value);
  if (map < 0) throw refuse(`${symbol.name} is neither a map nor a program`);
  return { target: { kind: 'map', map } };
}
