import { describe, expect, it } from 'vitest';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { ObjectSettings } from '../../../electron/bpf/object/settings.ts';
import { decodeValue, type TypedValue } from '../../../electron/bpf/object/typed-value.ts';
import { Failure } from '../../../electron/failure.ts';
import { bytesOf } from './sample.ts';

const FILE = 'settings.bpf.o';

function linked(settings: ObjectSettings) {
  return linkObject(openObject(bytesOf(`test/programs/${FILE}`), FILE), { settings });
}

/** The variables of .rodata as they are loaded. */
function constants(settings: ObjectSettings): Readonly<Record<string, TypedValue>> {
  const { btf, maps } = linked(settings);
  const map = maps.find(({ name }) => name === '.rodata');
  if (btf === undefined || map?.initialValue === undefined) throw new Error('the object has constants');
  return decodeValue(btf, map.valueTypeId, map.initialValue) as Readonly<Record<string, TypedValue>>;
}

function refusal(settings: ObjectSettings): Failure {
  try {
    linked(settings);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('settings', () => {
  it.for([
    ['mode', 'MODE_SUM', 'MODE_SUM'],
    ['mode', '7', 'MODE_COUNT'],
    ['verbose', 'true', true],
    ['letter', "'z'", 122],
    ['letter', '-1', -1],
    ['limit', '-0x10', -16],
    ['limit', 5n, 5],
  ] as const)('set %s to %s', ([name, text, value]) => {
    expect(constants({ [name]: text })).toMatchObject({ [name]: value });
  });

  it('set parts of a variable, named as in C, and leave the rest', () => {
    const { filter } = constants({
      'filter.comm': 'kworker/0:1',
      'filter.ports[2]': '0x50',
      'filter.range.low': '-5',
      filter: '{"ports": [9, 8], "is_exact": 1}',
    });
    expect(filter).toEqual({
      comm: '',
      ports: [9, 8, 0, 0],
      range: { low: 0, high: 0 },
      is_exact: 1,
    });
    expect(constants({ 'filter.comm': 'a', 'filter.range.high': 200 })['filter']).toEqual({
      comm: 'a',
      ports: [0, 0, 0, 0],
      range: { low: 0, high: 200 },
      is_exact: 0,
    });
  });

  it('set how many bytes values have, which have no type then', () => {
    const counts = ({ maps }: ReturnType<typeof linked>) => maps.find(({ name }) => name === 'counts');
    const { valueSizeBytes, valueTypeId } = counts(linked({})) ?? {};
    expect(counts(linked({ 'counts.value_size': valueSizeBytes ?? 0 }))).toMatchObject({ valueTypeId });
    expect(counts(linked({ 'counts.value_size': 64 }))).toMatchObject({ valueSizeBytes: 64, valueTypeId: 0 });
  });

  it('set the size of a map and which programs load', () => {
    const { maps, programs } = linked({ 'counts.max_entries': '1000', 'on_wakeup.autoload': 'false' });
    expect(maps.find(({ name }) => name === 'counts')?.maxEntries).toBe(1000);
    expect(programs.map(({ name, isAutoloaded }) => [name, isAutoloaded])).toEqual([
      ['on_switch', true],
      ['on_wakeup', false],
    ]);
  });

  it.for([
    [{ 'filter.ports[4]': '1' }, 'filter.ports[4]: there is no element 4 of 4'],
    [{ 'filter.nope': '1' }, 'filter.nope: its type has no field nope'],
    [{ 'filter.is_exact': '1' }, 'filter.is_exact: is_exact is a bitfield'],
    [{ 'filter.comm': 'x'.repeat(17) }, 'filter.comm: the text has 17 bytes, its array 16'],
    [{ filter: '{"ports": [1, 2, 3, 4, 5]}' }, 'filter.ports: 5 elements for an array of 4'],
    [{ filter: 'comm' }, 'filter: "comm" is no JSON'],
    [{ mode: 'MODE_NO' }, 'mode: MODE_NO is none of MODE_OFF, MODE_COUNT, MODE_SUM'],
    [{ letter: '300' }, 'letter: 300 does not fit char, -128 to 127'],
    [{ letter: 'z' }, `letter: "z" is no number; a letter is written 'a'`],
    [{ verbose: '7' }, 'verbose: 7 does not fit _Bool, 0 to 1'],
    [{ 'filter.range.low': '40000' }, 'filter.range.low: 40000 does not fit short, -32768 to 32767'],
    [{ 'filter.range.high': '-1' }, 'filter.range.high: -1 does not fit unsigned char, 0 to 255'],
    [{ limit: 'ten' }, 'limit: "ten" is no number'],
    [{ 'counts.max_entries': '0' }, 'counts.max_entries: a map has 1 to 4294967295 entries'],
    [{ 'counts.value_size': '0' }, 'counts.value_size: a value has 1 to 4294967295 bytes'],
    [{ 'on_switch.autoload': '2' }, 'on_switch.autoload: true or false is meant'],
  ] as const)('refuse %o', ([settings, message]) => {
    const failure = refusal(settings as ObjectSettings);
    expect(failure.code).toBe('bad-setting');
    expect(failure.message).toContain(`${FILE}: ${message}`);
  });

  it('name what is near an unknown name', () => {
    expect(refusal({ 'filtre.comm': '1' }).message).toContain('near it is filter');
    expect(refusal({ 'count.max_entries': '1' }).message).toContain('near it is counts.max_entries');
    expect(refusal({ 'on_wake.autoload': '1' }).message).toContain('near it is on_wakeup.autoload');
    expect(refusal({ LICENSE: '1' })).toMatchObject({ code: 'unknown-setting', place: { at: 'LICENSE' } });
  });
});
