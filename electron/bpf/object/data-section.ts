/**
 * DATASEC types as clang leaves them have no sizes and offsets: the ELF symbols do. This writes them
 * into the BTF, as a loader must before anyone can read a global variable by name.
 */
import { Btf } from './btf.ts';
import { BTF_TYPE_BYTES } from './btf-type.ts';
import type { ElfFile, ElfSymbol } from './elf.ts';

/** The same BTF with DATASECs laid out; the input's bytes are not changed. */
export function layOutDataSections(btf: Btf, elf: ElfFile): Btf {
  // Not slice(): of a Buffer that is a view of the same memory.
  const bytes = new Uint8Array(btf.bytes);
  const view = new DataView(bytes.buffer);
  const symbolsByName = groupSymbols(elf);
  for (const section of elf.sections) {
    const type = section.name === '' ? undefined : btf.findDataSection(section.name);
    if (type === undefined || section.sizeBytes > 0xffffffff) continue;
    const at = btf.recordOffset(type.id);
    view.setUint32(at + 8, section.sizeBytes, true);
    type.variables.forEach(({ typeId }, index) => {
      const symbol = symbolsByName.get(`${section.index}:${btf.nameOf(typeId)}`);
      if (symbol === undefined) return;
      view.setUint32(at + BTF_TYPE_BYTES + index * 12 + 4, symbol.value, true);
    });
  }
  return Btf.parse(bytes, btf.file);
}

function groupSymbols(elf: ElfFile): Map<string, ElfSymbol> {
  return new Map(elf.symbols.map((symbol) => [`${symbol.sectionIndex}:${symbol.name}`, symbol]));
}
