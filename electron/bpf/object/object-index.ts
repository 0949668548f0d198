/** What linking looks up by place, built once an object: functions, relocations, lines of a section. */
import { SLOT_BYTES } from '../isa/opcodes.ts';
import type { FunctionRecord, LineRecord } from './btf-ext.ts';
import type { ElfRelocation } from './elf.ts';
import type { ObjectFile, ObjectFunction } from './open.ts';

export class ObjectIndex {
  readonly #functions: ReadonlyMap<string, ObjectFunction>;
  readonly #relocations: ReadonlyMap<string, ElfRelocation>;
  readonly #functionRecords: ReadonlyMap<string, FunctionRecord>;
  readonly #lines: ReadonlyMap<string, LineRecord>;

  constructor({ elf, functions, extension }: ObjectFile) {
    this.#functions = new Map(functions.map((fn) => [place(fn.sectionIndex, fn.start), fn]));
    this.#relocations = new Map(
      [...elf.relocations].flatMap(([section, relocations]) =>
        relocations.map((each): [string, ElfRelocation] => [place(section, each.offset / SLOT_BYTES), each]),
      ),
    );
    const bySlot = <T extends { readonly slot: number }>(
      records: ReadonlyMap<string, readonly T[]> | undefined,
    ) =>
      new Map(
        elf.sections.flatMap(({ index, name }) =>
          (records?.get(name) ?? []).map((each): [string, T] => [place(index, each.slot), each]),
        ),
      );
    this.#functionRecords = bySlot(extension?.functions);
    this.#lines = bySlot(extension?.lines);
  }

  /** The function that begins at a slot of a section. */
  functionAt(sectionIndex: number, start: number): ObjectFunction | undefined {
    return this.#functions.get(place(sectionIndex, start));
  }

  relocationAt(sectionIndex: number, slot: number): ElfRelocation | undefined {
    return this.#relocations.get(place(sectionIndex, slot));
  }

  functionRecordAt(sectionIndex: number, slot: number): FunctionRecord | undefined {
    return this.#functionRecords.get(place(sectionIndex, slot));
  }

  lineAt(sectionIndex: number, slot: number): LineRecord | undefined {
    return this.#lines.get(place(sectionIndex, slot));
  }
}

function place(sectionIndex: number, slot: number): string {
  return `${sectionIndex}:${slot}`;
}
