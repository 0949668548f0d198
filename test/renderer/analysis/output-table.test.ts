import { describe, expect, it } from 'vitest';

import type { FieldValue, OutputRecord } from '../../../electron/host/contract.ts';
import {
  cellText,
  defaultOutputSort,
  outputTables,
  recordsOfGroup,
  sortOutputs,
} from '../../../renderer/analysis/output-table.ts';

const record = (value: FieldValue, timeNs = 0n, stream = 'worst'): OutputRecord => ({
  stream,
  program: 'p',
  timeNs,
  value,
});

function tableOf(records: readonly OutputRecord[]) {
  const [table] = outputTables(records);
  if (table === undefined) throw new Error('no table');
  return table;
}

describe('output tables', () => {
  it('have a column for every field any record has: how bad, who, then the rest', () => {
    const table = tableOf([record({ tid: 1, wait_us: 5 }), record({ tid: 2, comm: 'a', wait_us: 7 })]);
    expect(table.columns).toEqual([
      { name: 'wait_us', isNumeric: true },
      { name: 'comm', isNumeric: false },
      { name: 'tid', isNumeric: true },
    ]);
    expect(table.rows[0]?.cells).toEqual([5, undefined, 1]);
  });

  it('name fields of fields with dots, and a record that is no struct `value`', () => {
    expect(tableOf([record({ task: { tid: 1 }, list: [1, 2] })]).columns.map(({ name }) => name)).toEqual([
      'list',
      'task.tid',
    ]);
    expect(tableOf([record('printed text')]).columns).toEqual([{ name: 'value', isNumeric: false }]);
  });

  it('keep streams apart', () => {
    const tables = outputTables([record({ a: 1 }), record('x', 0n, 'printk'), record({ a: 2 })]);
    expect(tables.map(({ stream, rows }) => [stream, rows.length])).toEqual([
      ['worst', 2],
      ['printk', 1],
    ]);
  });

  it('show the worst first where a field says how bad, else the order they came in', () => {
    const measured = tableOf([record({ wait_us: 5 }), record({ wait_us: 900 }), record({ wait_us: 70 })]);
    expect(sortOutputs(measured, defaultOutputSort(measured)).map(({ index }) => index)).toEqual([1, 2, 0]);
    const plain = tableOf([record('b', 1n), record('a', 2n)]);
    expect(sortOutputs(plain, defaultOutputSort(plain)).map(({ index }) => index)).toEqual([0, 1]);
  });

  it('sort integers beyond 2^53, which come as text, as numbers', () => {
    const table = tableOf([record({ lat_ns: '9007199254740993000' }), record({ lat_ns: 12 })]);
    expect(table.columns[0]?.isNumeric).toBe(true);
    expect(sortOutputs(table, defaultOutputSort(table)).map(({ index }) => index)).toEqual([0, 1]);
    expect(cellText(table.rows[0]?.cells[0])).toBe('9007199254740993000');
  });
});

describe('recordsOfGroup', () => {
  const records = [record({ pid: 1, wait_ns: 5 }), record({ pid: 2, wait_ns: 6 }), record('printed')];

  it('keeps the records that name the group', () => {
    expect(recordsOfGroup(records, { pid: 2 })).toEqual([records[1]]);
    expect(recordsOfGroup(records, { pid: 3 })).toEqual([]);
  });

  it('keeps all where nothing tells whose they are', () => {
    expect(recordsOfGroup(records, { disk: 'sda' })).toBe(records);
    expect(recordsOfGroup(records, 2)).toBe(records);
  });
});
