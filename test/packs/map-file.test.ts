import { describe, expect, it } from 'vitest';
import { openObject } from '../../electron/bpf/object/open.ts';
import type { BpfMap } from '../../electron/bpf/maps/map.ts';
import { BlankWorld } from '../../electron/bpf/helpers/blank-world.ts';
import { Machine } from '../../electron/bpf/vm/machine.ts';
import { loadMapFile } from '../../electron/packs/map-file.ts';
import { typedBytes, typedCopies } from '../../electron/packs/map-rows.ts';
import { bytesOf } from '../bpf/object/sample.ts';

const object = openObject(bytesOf('test/programs/settings.bpf.o'), 'settings.bpf.o');

function mapNamed(name: string): BpfMap {
  const definition = object.maps.find((map) => map.definition.name === name)?.definition;
  if (definition === undefined) throw new Error(`there is no map ${name}`);
  return new Machine({ cpuCount: 3, world: new BlankWorld() }).addMap(definition);
}

function load(map: BpfMap, text: string, file = 'rows'): number {
  return loadMapFile(map, object.btf, Buffer.from(text), file);
}

function dump(map: BpfMap) {
  const { keyTypeId, valueTypeId } = map.definition;
  return [...map.entries()].map(({ key, value }) => ({
    key: typedBytes(object.btf, keyTypeId, key),
    value: typedCopies(object.btf, valueTypeId, value, map.valueCopies),
  }));
}

const ROWS = [
  { key: { pid: 7, name: 'ba,sh' }, value: { total: 5, slots: [1, 2, 3] } },
  { key: { pid: 8, name: 'q"q' }, value: { total: 6, slots: [0, 0, 9] } },
];
const CSV =
  'key.pid,key.name,value.total,value.slots[0],value.slots[1],value.slots[2]\r\n7,"ba,sh",5,1,2,3\r\n\r\n0x8,"q""q",6,0,0,9\r\n';

describe('values of a map from a file', () => {
  it('are what a dump prints, as JSON', () => {
    const map = mapNamed('counts');
    expect(load(map, JSON.stringify(ROWS))).toBe(2);
    expect(dump(map)).toEqual(ROWS);
    const again = mapNamed('counts');
    load(again, JSON.stringify(dump(map)));
    expect(dump(again)).toEqual(ROWS);
  });

  it('are the same as CSV', () => {
    const map = mapNamed('counts');
    expect(load(map, CSV)).toBe(2);
    expect(dump(map)).toEqual(ROWS);
  });

  it('stand for every CPU, or have a value for each', () => {
    const map = mapNamed('by_cpu');
    load(map, '[{"key": 0, "value": 4}, {"key": 1, "value": [1, 2, 3]}]');
    expect(dump(map)).toEqual([
      { key: 0, value: [4, 4, 4] },
      { key: 1, value: [1, 2, 3] },
    ]);
    load(map, 'key,value\n1,9\n');
    expect(dump(map)[1]).toEqual({ key: 1, value: [9, 9, 9] });
  });

  it.for([
    ['counts', '{', 'rows: line 1: column "{"'],
    ['counts', '[{', 'rows: it is no JSON'],
    ['counts', '', 'rows: it is empty'],
    ['counts', '[7]', 'rows: row 1: a row is {"key": ..., "value": ...}'],
    [
      'counts',
      '[{"key": {"pid": 1}, "value": {"totl": 1}}]',
      'rows: row 1: totl: the type has no such field',
    ],
    [
      'counts',
      '[{"key": {"pid": -9999999999}, "value": {}}]',
      'rows: row 1: pid: -9999999999 does not fit unsigned int, 0 to 4294967295',
    ],
    ['counts', 'key.pid,val\n', 'rows: line 1: column "val"'],
    ['counts', 'key.pid,value.total\n1\n', 'rows: line 2: it has 1 of 2 cells'],
    ['counts', 'key.pid,value.total\n1,2\n\n2,x\n', 'rows: line 4: "x" is no number'],
    ['counts', 'key.pid,value.total\n1,"2\n', 'rows: line 2: a quote that is not closed'],
    [
      'counts',
      'key.pid,value.total\n1,1\n2,1\n3,1\n4,1\n5,1\n',
      'rows: line 6: the map refuses it: E2BIG, it holds 4 at most',
    ],
    ['by_cpu', '[{"key": 0, "value": [1, 2]}]', 'rows: row 1: 2 values for 3 CPUs'],
    ['by_cpu', '[{"key": 2, "value": 1}]', 'rows: row 1: the map refuses it: E2BIG'],
  ] as const)('are refused for %s where %s', ([name, text, message]) => {
    expect(() => load(mapNamed(name), text)).toThrow(message);
  });
});
