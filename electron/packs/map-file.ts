/**
 * Initial values of a map from a file: JSON, a list of `{"key": ..., "value": ...}` as a dump has them, or CSV
 * whose columns name parts as C does (`key.pid`, `value.slots[3]`; `key` and `value` alone where they have no parts).
 */
import type { Btf } from '../bpf/object/btf.ts';
import { encodeValue } from '../bpf/object/encode-value.ts';
import { placeInType, valueOfText, type TypedPlace } from '../bpf/object/setting-value.ts';
import type { TypedValue } from '../bpf/object/typed-value.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import { Failure } from '../failure.ts';
import { parseCsv } from './csv.ts';
import { bytesOf, copiesOf, putRow, type EncodedRow } from './map-rows.ts';

/** A map of this size is loaded by its own tool. */
export const MAP_FILE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Puts every row of the file in, and gives their number. Throws Failure `bad-map-file` naming file, row or line,
 * and what does not fit; rows before it are in.
 */
export function loadMapFile(map: BpfMap, btf: Btf | undefined, bytes: Uint8Array, file: string): number {
  if (bytes.length > MAP_FILE_BYTES_MAX)
    throw refuse(file, '', `${bytes.length} bytes, more than ${MAP_FILE_BYTES_MAX}`);
  const text = new TextDecoder('utf-8').decode(bytes);
  const rows = /^\s*\[/.test(text) ? jsonRows(map, btf, text, file) : csvRows(map, btf, text, file);
  let count = 0;
  for (const { at, encode } of rows) {
    try {
      putRow(map, encode());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const part = error.place.at?.replace(/^value\.?/, '') ?? '';
      throw refuse(file, at, part === '' ? error.reason : `${part}: ${error.reason}`);
    }
    count += 1;
  }
  return count;
}

interface PlacedRow {
  readonly at: string;
  encode(): EncodedRow;
}

function* jsonRows(
  map: BpfMap,
  btf: Btf | undefined,
  text: string,
  file: string,
): Generator<PlacedRow, void, void> {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw refuse(file, '', `it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { keyTypeId, keySizeBytes } = map.definition;
  for (const [index, row] of (rows as readonly unknown[]).entries()) {
    const at = `row ${index + 1}`;
    if (!isRow(row)) throw refuse(file, at, 'a row is {"key": ..., "value": ...}');
    const { key = null, value } = row;
    yield {
      at,
      encode: () => ({
        key: keySizeBytes === 0 ? new Uint8Array(0) : bytesOf(btf, keyTypeId, keySizeBytes, key),
        value: copiesOf(map, btf, value),
      }),
    };
  }
}

function isRow(row: unknown): row is { readonly key?: TypedValue; readonly value: TypedValue } {
  return typeof row === 'object' && row !== null && 'value' in row;
}

interface Column {
  readonly side: 'key' | 'value';
  readonly place: TypedPlace;
}

function* csvRows(
  map: BpfMap,
  btf: Btf | undefined,
  text: string,
  file: string,
): Generator<PlacedRow, void, void> {
  const { keyTypeId, valueTypeId, keySizeBytes, valueSizeBytes } = map.definition;
  if (btf === undefined || valueTypeId === 0 || (keySizeBytes > 0 && keyTypeId === 0))
    throw refuse(file, '', 'CSV needs the types of key and value, which the object does not have: give JSON');
  const [header, ...rows] = parseCsv(text, file);
  if (header === undefined) throw refuse(file, '', 'it is empty: the first line names the columns');
  const columns = header.cells.map((name) => columnOf(btf, map, name.trim(), file));
  for (const { cells, line } of rows) {
    if (cells.length !== columns.length)
      throw refuse(file, `line ${line}`, `it has ${cells.length} of ${columns.length} cells`);
    yield {
      at: `line ${line}`,
      encode: () => {
        const key = new Uint8Array(keySizeBytes);
        const value = new Uint8Array(valueSizeBytes);
        columns.forEach(({ side, place }, index) => {
          const typed = valueOfText(btf, place.typeId, (cells[index] ?? '').trim());
          (side === 'key' ? key : value).set(encodeValue(btf, place.typeId, typed), place.offsetBytes);
        });
        const hex = { bytes: Buffer.from(value).toString('hex') };
        return { key, value: copiesOf(map, btf, hex) };
      },
    };
  }
}

function columnOf(btf: Btf, { definition }: BpfMap, name: string, file: string): Column {
  const [, side, path = ''] = /^(key|value)((?:\.|\[).*)?$/.exec(name) ?? [];
  if (side !== 'key' && side !== 'value')
    throw refuse(
      file,
      'line 1',
      `column ${JSON.stringify(name)}: key, value, key.FIELD or value.FIELD is meant`,
    );
  try {
    const typeId = side === 'key' ? definition.keyTypeId : definition.valueTypeId;
    return { side, place: placeInType(btf, typeId, path) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw refuse(file, 'line 1', `column ${name}: ${error.reason}`);
  }
}

function refuse(file: string, at: string, reason: string): Failure {
  return new Failure('pack', 'bad-map-file', reason, { file, ...(at !== '' && { at }) });
}
