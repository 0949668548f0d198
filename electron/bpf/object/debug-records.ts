/** Functions and source lines of a linked program, from the records .BTF.ext keeps by section. */
import type { SourceLine, Subprogram } from '../program.ts';
import type { ObjectIndex } from './object-index.ts';
import type { ObjectFunction } from './open.ts';

/** A function and the slot of the linked program it begins at. */
export interface PlacedFunction {
  readonly fn: ObjectFunction;
  readonly start: number;
}

export function subprograms(index: ObjectIndex, functions: readonly PlacedFunction[]): Subprogram[] {
  return functions.map(({ fn, start }) => {
    const typeId = index.functionRecordAt(fn.sectionIndex, fn.start)?.typeId ?? 0;
    return { name: fn.name, start, typeId, isGlobal: fn.isGlobal };
  });
}

export function sourceLines(index: ObjectIndex, functions: readonly PlacedFunction[]): SourceLine[] {
  const lines: SourceLine[] = [];
  for (const { fn, start } of functions) {
    for (let slot = 0; slot < fn.slotCount; slot += 1) {
      const record = index.lineAt(fn.sectionIndex, fn.start + slot);
      if (record === undefined) continue;
      const { file, line, column, text } = record;
      lines.push({ instruction: start + slot, file, line, column, text });
    }
  }
  return lines;
}
