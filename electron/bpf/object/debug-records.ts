/** Functions and source lines of a linked program, from the records .BTF.ext keeps by section. */
import type { SourceLine, Subprogram } from '../program.ts';
import type { ObjectFile, ObjectFunction } from './open.ts';

/** A function and the slot of the linked program it begins at. */
export interface PlacedFunction {
  readonly fn: ObjectFunction;
  readonly start: number;
}

export function subprograms(object: ObjectFile, functions: readonly PlacedFunction[]): Subprogram[] {
  return functions.map(({ fn, start }) => {
    const records = object.extension?.functions.get(nameOfSection(object, fn)) ?? [];
    const typeId = records.find((record) => record.slot === fn.start)?.typeId ?? 0;
    return { name: fn.name, start, typeId, isGlobal: fn.isGlobal };
  });
}

export function sourceLines(object: ObjectFile, functions: readonly PlacedFunction[]): SourceLine[] {
  return functions.flatMap(({ fn, start }) => {
    const records = object.extension?.lines.get(nameOfSection(object, fn)) ?? [];
    return records
      .filter(({ slot }) => slot >= fn.start && slot < fn.start + fn.slotCount)
      .sort((a, b) => a.slot - b.slot)
      .map(({ slot, file, line, column, text }) => ({
        instruction: slot - fn.start + start,
        file,
        line,
        column,
        text,
      }));
  });
}

function nameOfSection(object: ObjectFile, { sectionIndex }: ObjectFunction): string {
  return object.elf.sections[sectionIndex]?.name ?? '';
}
