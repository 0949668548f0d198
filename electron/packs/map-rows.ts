/**
 * Rows of a map as people read and write them: keys and values typed by the object's BTF, bytes in hex where it
 * has no types. What a dump prints can be loaded again.
 */
import type { Btf } from '../bpf/object/btf.ts';
import { encodeValue } from '../bpf/object/encode-value.ts';
import { decodeValue, type TypedValue } from '../bpf/object/typed-value.ts';
import { updateElement } from '../bpf/maps/commands.ts';
import { E2BIG, errnoName } from '../bpf/maps/errno.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import { Failure } from '../failure.ts';

export interface MapRow {
  readonly key: TypedValue;
  readonly value: TypedValue;
}

/** Bytes of one key, and of one value or of as many as the map has copies. */
export interface EncodedRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** By BTF where the object says the type; else the bytes in hex, as what they are. */
export function typedBytes(btf: Btf | undefined, typeId: number, bytes: Uint8Array): TypedValue {
  if (btf !== undefined && typeId !== 0) return decodeValue(btf, typeId, bytes);
  return { bytes: Buffer.from(bytes).toString('hex') };
}

/** A per-CPU value is a list with a value a CPU. */
export function typedCopies(
  btf: Btf | undefined,
  typeId: number,
  bytes: Uint8Array,
  copies: number,
): TypedValue {
  if (copies === 1) return typedBytes(btf, typeId, bytes);
  const copyBytes = bytes.length / copies;
  return Array.from({ length: copies }, (_, copy) =>
    typedBytes(btf, typeId, bytes.subarray(copy * copyBytes, (copy + 1) * copyBytes)),
  );
}

/** Throws Failure `bad-value`: a value that does not fit its type, or hex of another length. */
export function bytesOf(
  btf: Btf | undefined,
  typeId: number,
  sizeBytes: number,
  value: TypedValue,
): Uint8Array {
  const hex = hexOf(value);
  if (hex === undefined) {
    if (btf !== undefined && typeId !== 0) return encodeValue(btf, typeId, value);
    if (typeof value === 'number' && sizeBytes <= 8) return littleEndian(value, sizeBytes);
    throw new Failure('pack', 'bad-value', 'it has no type: {"bytes": "00ff..."} is meant');
  }
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length === sizeBytes) return bytes;
  throw new Failure('pack', 'bad-value', `${bytes.length} bytes where ${sizeBytes} are meant`);
}

/** An index of an array, or a number of a map that was declared by sizes alone. */
function littleEndian(value: number, sizeBytes: number): Uint8Array {
  const bits = 8 * sizeBytes;
  if (!Number.isSafeInteger(value) || BigInt.asUintN(bits, BigInt(value)) !== BigInt(value))
    throw new Failure('pack', 'bad-value', `${value} does not fit ${bits} bits`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes.subarray(0, sizeBytes);
}

function hexOf(value: TypedValue): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { bytes, ...others } = value as Readonly<Record<string, TypedValue>>;
  const isHex = typeof bytes === 'string' && /^([0-9a-f]{2})*$/i.test(bytes);
  return isHex && Object.keys(others).length === 0 ? bytes : undefined;
}

/** One value stands for the copies of all CPUs; a list gives each its own. Throws Failure `bad-value`. */
export function copiesOf(map: BpfMap, btf: Btf | undefined, value: TypedValue): Uint8Array {
  const { valueTypeId, valueSizeBytes } = map.definition;
  const { valueCopies } = map;
  const one = (each: TypedValue): Uint8Array => bytesOf(btf, valueTypeId, valueSizeBytes, each);
  if (valueCopies === 1) return one(value);
  const values = Array.isArray(value)
    ? (value as readonly TypedValue[])
    : Array.from({ length: valueCopies }, () => value);
  if (values.length !== valueCopies)
    throw new Failure('pack', 'bad-value', `${values.length} values for ${valueCopies} CPUs`);
  const stride = Math.ceil(valueSizeBytes / 8) * 8;
  const bytes = new Uint8Array(valueCopies * stride);
  values.forEach((each, copy) => bytes.set(one(each), copy * stride));
  return bytes;
}

/** Puts a row in. Throws Failure `map-refused` with what bpf() would answer. */
export function putRow(map: BpfMap, { key, value }: EncodedRow): void {
  const answer = updateElement(map, key, value);
  if (answer === 0) return;
  const why = answer === -E2BIG ? `, it holds ${map.definition.maxEntries} at most` : '';
  const reason = `the map refuses it: ${errnoName(-answer)}${why}`;
  throw new Failure('pack', 'map-refused', reason, {}, { errno: -answer });
}
