/** A program's output records as a table: a column for every field any of them has. */
import type { FieldValue, MapResult, OutputRecord } from '../../electron/host/contract.ts';

export interface OutputColumn {
  /** The field's name, with dots for fields of fields; `value` for a record that is no struct. */
  readonly name: string;
  readonly isNumeric: boolean;
}

export interface OutputRow {
  /** Position among the records, which is the order they came out. */
  readonly index: number;
  readonly timeNs: bigint;
  /** One a column; undefined where the record has no such field. */
  readonly cells: readonly (FieldValue | undefined)[];
}

export interface OutputTable {
  readonly stream: string;
  readonly columns: readonly OutputColumn[];
  readonly rows: readonly OutputRow[];
}

export interface OutputSort {
  /** Index in columns, -1 for the time. */
  readonly column: number;
  readonly isDescending: boolean;
}

/** Names by which a program says "this is how long it took". */
const MEASURE_NAME = /(^|[._])(ns|us|ms|wait|delta|latency|lat|duration|elapsed)([._]|$)/;

/** One table a stream, in the order streams first appear. */
export function outputTables(records: readonly OutputRecord[]): OutputTable[] {
  const streams = Map.groupBy(records, ({ stream }) => stream);
  return [...streams].map(([stream, own]) => outputTable(stream, own));
}

function outputTable(stream: string, records: readonly OutputRecord[]): OutputTable {
  const flat = records.map(({ value }) => new Map(fieldsOf(value, '')));
  const names = [...new Set(flat.flatMap((fields) => [...fields.keys()]))];
  const columns = inReadingOrder(
    names.map((name) => ({ name, isNumeric: flat.every((fields) => isNumeric(fields.get(name))) })),
  );
  const rows = records.map(({ timeNs }, index) => ({
    index,
    timeNs,
    cells: columns.map(({ name }) => flat[index]?.get(name)),
  }));
  return { stream, columns, rows };
}

/** What a reader looks for is at the left: how bad, then who, then the numbers that go with it. */
function inReadingOrder(columns: readonly OutputColumn[]): OutputColumn[] {
  const rank = ({ name, isNumeric }: OutputColumn): number =>
    isNumeric ? (MEASURE_NAME.test(name) ? 0 : 2) : 1;
  return columns.toSorted((a, b) => rank(a) - rank(b));
}

/** By the first field that is a measure, or by a number that is all a map's value, largest first; else as they came out. */
export function defaultOutputSort({ columns }: OutputTable): OutputSort {
  const first = (pattern: RegExp): number =>
    columns.findIndex(({ name, isNumeric }) => isNumeric && pattern.test(name));
  const measure = first(MEASURE_NAME) >= 0 ? first(MEASURE_NAME) : first(/^value$/);
  return { column: measure, isDescending: measure >= 0 };
}

export function sortOutputs(
  { rows, columns }: OutputTable,
  { column, isDescending }: OutputSort,
): OutputRow[] {
  const sign = isDescending ? -1 : 1;
  const isNumber = columns[column]?.isNumeric === true;
  return rows.toSorted((a, b) => {
    const order = column < 0 ? compareTimes(a, b) : compareCells(a.cells[column], b.cells[column], isNumber);
    return sign * order || a.index - b.index;
  });
}

function compareTimes(a: OutputRow, b: OutputRow): number {
  if (a.timeNs === b.timeNs) return 0;
  return a.timeNs < b.timeNs ? -1 : 1;
}

function compareCells(a: FieldValue | undefined, b: FieldValue | undefined, isNumber: boolean): number {
  if (isNumber) return Number(a ?? 0) - Number(b ?? 0);
  return cellText(a).localeCompare(cellText(b), 'en', { numeric: true });
}

/** Rows of maps as records of streams of the maps' names; a row has no time. */
export function mapRecords(maps: readonly MapResult[]): OutputRecord[] {
  return maps.flatMap(({ name, rows }) =>
    rows.map(({ key, value }) => ({ stream: name, program: '', timeNs: 0n, value: { key, value } })),
  );
}

/** Records that name the group a key stands for; all of them where records and key share no field. */
export function recordsOfGroup(records: readonly OutputRecord[], key: FieldValue): readonly OutputRecord[] {
  if (typeof key !== 'object' || key === null) return records;
  const wanted = fieldsOf(key, '');
  const shared = wanted.filter(([name]) =>
    records.some(({ value }) => fieldsOf(value, '').some(([own]) => own === name)),
  );
  if (shared.length === 0) return records;
  return records.filter(({ value }) => {
    const own = new Map(fieldsOf(value, ''));
    return shared.every(([name, wantedValue]) => own.get(name) === wantedValue);
  });
}

/** A cell as it is, without grouping or rounding. */
export function cellText(cell: FieldValue | undefined): string {
  if (cell === undefined || cell === null) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** Integers beyond 2^53 come as decimal text. */
function isNumeric(cell: FieldValue | undefined): boolean {
  return (
    cell === undefined || typeof cell === 'number' || (typeof cell === 'string' && /^-?\d{16,20}$/.test(cell))
  );
}

/** The unit a field's name ends in, as kernel and BCC names do; undefined for none. */
export function unitOfName(name: string): 'ns' | 'us' | 'ms' | undefined {
  const [, unit] = /_(ns|us|ms)$/.exec(name) ?? [];
  return unit as 'ns' | 'us' | 'ms' | undefined;
}

function fieldsOf(value: FieldValue, name: string): [string, FieldValue][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name || 'value', value]];
  const fields = value as { readonly [field: string]: FieldValue };
  return Object.entries(fields).flatMap(([field, inner]) =>
    fieldsOf(inner, name === '' ? field : `${name}.${field}`),
  );
}
