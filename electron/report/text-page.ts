/** How everything the command line prints is laid out: titled blocks of plain text, 100 columns. */
import { printable } from './format.ts';

export const COLUMNS = 100;

/** Columns as wide as their widest cell; `right` names those that hold numbers. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  const pad = (cell: string, column: number): string =>
    right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return cells.map((row) => row.map(pad).join('  ').trimEnd());
}

/** A title and its lines, indented; nothing where there are no lines. */
export function section(title: string, lines: readonly string[], evenIfEmpty = false): string[] {
  if (lines.length === 0 && !evenIfEmpty) return [];
  return [clip(title), ...lines.map((line) => clip(`  ${line}`))];
}

export function clip(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}

/** Blocks with a blank line between them; ends with a newline. */
export function page(blocks: readonly (readonly string[])[]): string {
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}
