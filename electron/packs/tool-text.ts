/** What a tool prints of its maps and records, by its table: lines of plain text. */
import type { TypedValue } from '../bpf/object/typed-value.ts';
import type { Output } from '../replay/outputs.ts';
import { CELL_FORMATS, cellText, cText, NOT_RECORDED, plainText } from './tool-cells.ts';
import { log2Lines } from './tool-log2.ts';
import type { ToolOptions } from './tool-options.ts';
import { RecordLayout, type ToolRecord } from './tool-record.ts';
import { holds, type ToolColumn, type ToolHistograms, type ToolLines, type ToolRows } from './tool-table.ts';

export interface ToolRow {
  readonly key: TypedValue;
  readonly value: TypedValue;
}

/** What a recording did not hold that the tool asked for. */
export interface NotRecorded {
  /** Whether a thread's memory was read after `sinceNs`, up to `timeNs`, and was not to be had. */
  isUnread(thread: number, sinceNs: bigint, timeNs: bigint): boolean;
  /** Whether no source holds a field of the kernel's objects. */
  lacks(field: string): boolean;
}

/** A line a record, under one heading. */
export function printLines(
  view: ToolLines,
  outputs: readonly Output[],
  { given }: ToolOptions,
  { isUnread, lacks }: NotRecorded,
): string[] {
  const layout = new RecordLayout(view);
  const columns = view.columns.filter((column) => holds(column, given));
  const lastNs = new Map<number, bigint>();
  const lines = outputs
    .filter(({ stream }) => stream === view.stream)
    .map(({ bytes, timeNs }) => {
      const read = layout.read(bytes);
      const record = { ...read, timeNs: String(timeNs) };
      const thread = Number(read[view.thread]);
      const lacksText = isUnread(thread, lastNs.get(thread) ?? -1n, timeNs);
      lastNs.set(thread, timeNs);
      return lineOf(columns, (column) => recordCell(column, record, lacksText, lacks));
    });
  return [headingOf(columns), ...lines];
}

function recordCell(
  column: ToolColumn,
  record: ToolRecord,
  lacksText: boolean,
  lacks: NotRecorded['lacks'],
): string {
  if (column.mayLack.some(lacks)) return NOT_RECORDED;
  const value = record[column.field ?? ''] ?? '';
  const beside = column.beside.map((name) => record[name] ?? '');
  if (!column.isUserText || !lacksText) return columnText(column, value, beside);
  const known = (each: TypedValue): TypedValue => (cText(each) === '' ? NOT_RECORDED : each);
  return columnText(column, known(value), beside.map(known));
}

/** A line a row of the map. `machine` is the recorded one, as uname -m names it. */
export function printRows(
  view: ToolRows,
  rows: readonly ToolRow[],
  options: ToolOptions,
  machine?: string,
): string[] {
  const columns = view.columns.filter((column) => holds(column, options.given));
  const { largestFirst, leaveOut } = view;
  const counted = leaveOut === undefined ? rows : rows.filter((row) => Number(memberOf(row, leaveOut)) !== 0);
  const sorted =
    largestFirst === undefined
      ? counted
      : [...counted].sort((a, b) => Number(memberOf(b, largestFirst)) - Number(memberOf(a, largestFirst)));
  const told = view.rowsMaxOption === undefined ? undefined : options.values.get(view.rowsMaxOption);
  const shown = sorted.slice(0, told === undefined ? view.rowsMax : Number(told));
  const lines = shown.map((row) =>
    lineOf(columns, (column) =>
      columnText(
        column,
        memberOf(row, column.field ?? ''),
        column.beside.map((name) => memberOf(row, name)),
        machine,
      ),
    ),
  );
  return [headingOf(columns), ...lines];
}

/** A histogram a row of the map, those without a sample left out. */
export function printHistograms(
  view: ToolHistograms,
  rows: readonly ToolRow[],
  { given }: ToolOptions,
): string[] {
  const [, unit = view.unit] = Object.entries(view.units).find(([option]) => given.has(option)) ?? [];
  const titles = view.titles.filter((title) => holds(title, given));
  return rows.flatMap((row) => {
    const slots = memberOf(row, view.slots);
    const lines = log2Lines(Array.isArray(slots) ? slots.map(Number) : [], unit);
    if (lines.length === 0) return [];
    const title = titles.map(({ text }) =>
      text.replace(/\{([\w.]+)(?::(\w+))?\}/g, (_, name: string, format = 'plain') =>
        cText(formatted(format, memberOf(row, name))),
      ),
    );
    return ['', ...title, ...lines];
  });
}

/** `count` of the value, else of the key; `key` for the whole key; `hist.slots` for a part of a part. */
export function memberOf({ key, value }: ToolRow, path: string): TypedValue {
  if (path === 'key') return key;
  if (path === 'value') return value;
  return partOf(value, path) ?? partOf(key, path) ?? '';
}

function partOf(whole: TypedValue, path: string): TypedValue | undefined {
  let part: TypedValue | undefined = whole;
  for (const name of path.split('.')) {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return undefined;
    part = (part as Readonly<Record<string, TypedValue>>)[name];
  }
  return part;
}

function columnText(
  column: ToolColumn,
  value: TypedValue,
  beside: readonly TypedValue[],
  machine?: string,
): string {
  const { field, as, scale, decimals, heading, widthMax } = column;
  if (field === undefined) return heading;
  const text = as === 'plain' ? cText(plainText(value)) : cellText(as, value, beside, machine);
  if (text === NOT_RECORDED) return text;
  if (decimals !== undefined) return (Number(text) / scale).toFixed(decimals);
  if (scale !== 1) return String(Math.floor(Number(text) / scale));
  return text.slice(0, widthMax);
}

function formatted(name: string, value: TypedValue): string {
  const format = CELL_FORMATS.find((each) => each === name) ?? 'plain';
  return cellText(format, value, []);
}

function headingOf(columns: readonly ToolColumn[]): string {
  return lineOf(columns, ({ heading }) => heading);
}

function lineOf(columns: readonly ToolColumn[], textOf: (column: ToolColumn) => string): string {
  return columns
    .map((column) => {
      const text = textOf(column);
      return column.width < 0 ? text.padEnd(-column.width) : text.padStart(column.width);
    })
    .join(' ')
    .trimEnd();
}
