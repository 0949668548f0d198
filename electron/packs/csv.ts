/** Comma-separated values as RFC 4180 has them: quotes around what holds commas, quotes or line ends. */
import { Failure } from '../failure.ts';

export interface CsvLine {
  readonly cells: readonly string[];
  /** Counted from 1, of the line it begins on. */
  readonly line: number;
}

/** Empty lines are left out. Throws Failure `bad-map-file` for a quote that is not closed. */
export function parseCsv(text: string, file: string): CsvLine[] {
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let line = 1;
  let beginsOn = 1;
  const cell = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  for (let at = 0; at <= text.length;) {
    cell.lastIndex = at;
    const [whole = '', quoted, bare = ''] = cell.exec(text) ?? [];
    cells.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    line += (quoted?.match(/\n/g) ?? []).length;
    at += whole.length;
    const end = /,|\r?\n|$/y;
    end.lastIndex = at;
    const separator = end.exec(text)?.[0];
    if (separator === undefined)
      throw new Failure('pack', 'bad-map-file', 'a quote that is not closed, or stands within a cell', {
        file,
        at: `line ${line}`,
      });
    if (separator !== ',') {
      if (cells.length > 1 || cells[0] !== '') lines.push({ cells, line: beginsOn });
      cells = [];
      line += 1;
      beginsOn = line;
      if (separator === '') break;
    }
    at += separator.length;
  }
  return lines;
}
