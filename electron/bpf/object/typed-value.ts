/**
 * Bytes to named fields, by BTF: what a map's key and value, or a ring buffer record, look like to
 * everyone above the machine. The result is plain JSON.
 */
import { Failure } from '../../failure.ts';
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfEnum, BtfInteger, BtfMember } from './btf-type.ts';
import { isComposite, isEnum } from './core-compatible.ts';

/** Integers beyond 2^53 are decimal text; char arrays are text up to their NUL. */
export type TypedValue =
  number | string | boolean | null | readonly TypedValue[] | { readonly [field: string]: TypedValue };

/** Structs in structs, arrays of arrays. */
const DEPTH_MAX = 32;
/** Fields and elements in one value: a histogram has 64, a table of stacks 127. */
const PARTS_MAX = 1_000_000;

const decoder = new TextDecoder('utf-8');

interface Reading {
  readonly btf: Btf;
  readonly view: DataView;
  parts: number;
}

/** Where a member lies, and of how many elements it is. */
export interface MemberLayout {
  readonly typeId: number;
  readonly offsetBytes: number;
  /** Bytes of one element, or of the member where it is no array. */
  readonly elementBytes: number;
  /** 1 where it is no array. */
  readonly elementCount: number;
}

/** Throws Failure `bad-value` where the bytes are fewer than the type, `bad-btf` where a part lies outside of its whole. */
export function decodeValue(btf: Btf, typeId: number, bytes: Uint8Array): TypedValue {
  const size = btf.sizeOf(typeId);
  if (size !== undefined && bytes.length < size) {
    throw new Failure('object', 'bad-value', `${bytes.length} bytes for a type of ${size}`, {
      file: btf.file,
      at: `type ${typeId}`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decodeAt({ btf, view, parts: 0 }, typeId, 0, DEPTH_MAX);
}

/** A struct's member by name, also inside anonymous structs and unions; undefined for none. */
export function memberOf(
  btf: Btf,
  typeId: number,
  name: string,
  depth = DEPTH_MAX,
): MemberLayout | undefined {
  const type = btf.resolve(typeId);
  if (!isComposite(type) || depth === 0) return undefined;
  for (const member of type.members) {
    const offsetBytes = Math.floor(member.offsetBits / 8);
    if (member.name === name) {
      const memberType = btf.resolve(member.typeId);
      const isArray = memberType.kind === 'array';
      const elementBytes = btf.sizeOf(isArray ? memberType.elementTypeId : member.typeId) ?? 0;
      return {
        typeId: member.typeId,
        offsetBytes,
        elementBytes,
        elementCount: isArray ? memberType.count : 1,
      };
    }
    const inner = member.name === '' ? memberOf(btf, member.typeId, name, depth - 1) : undefined;
    if (inner !== undefined) return { ...inner, offsetBytes: offsetBytes + inner.offsetBytes };
  }
  return undefined;
}

function decodeAt(reading: Reading, typeId: number, at: number, depth: number): TypedValue {
  const { btf, view } = reading;
  reading.parts += 1;
  if (depth === 0 || reading.parts > PARTS_MAX) {
    throw new Failure('object', 'bad-value', 'the type nests too deep or has too many parts', {
      file: btf.file,
      at: `type ${typeId}`,
    });
  }
  const type = btf.resolve(typeId);
  switch (type.kind) {
    case 'int':
      return integerValue(type, readBits(reading, at * 8, type.sizeBytes * 8));
    case 'enum':
    case 'enum64':
      return enumValue(type, readBits(reading, at * 8, type.sizeBytes * 8));
    case 'ptr':
      return numberOrText(readBits(reading, at * 8, 64));
    case 'float':
      checkWithin(reading, at, type.sizeBytes);
      return floatValue(view, at, type.sizeBytes);
    case 'array':
      return arrayValue(reading, type.elementTypeId, type.count, at, depth);
    case 'struct':
    case 'union':
      return compositeValue(reading, type, at, depth);
    case 'datasec': {
      const entries = type.variables.map(({ typeId: id, offsetBytes }): [string, TypedValue] => [
        btf.nameOf(id),
        decodeAt(reading, id, at + offsetBytes, depth - 1),
      ]);
      return Object.fromEntries(entries);
    }
    case 'var':
      return decodeAt(reading, type.typeId, at, depth - 1);
    default:
      return null;
  }
}

function compositeValue(reading: Reading, type: BtfComposite, at: number, depth: number): TypedValue {
  const fields: [string, TypedValue][] = [];
  for (const member of type.members) {
    const value = memberValue(reading, member, at, depth);
    if (member.name !== '') fields.push([member.name, value]);
    // What an anonymous struct or union holds is named as C names it: without a step in between.
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      fields.push(...Object.entries(value));
  }
  return Object.fromEntries(fields);
}

function memberValue(reading: Reading, member: BtfMember, at: number, depth: number): TypedValue {
  if (member.bitSize === 0) return decodeAt(reading, member.typeId, at + member.offsetBits / 8, depth - 1);
  const bits = readBits(reading, at * 8 + member.offsetBits, member.bitSize);
  const type = reading.btf.resolve(member.typeId);
  if (isEnum(type)) return enumValue(type, bits);
  if (type.kind === 'int') return integerValue(type, bits, member.bitSize);
  return numberOrText(bits);
}

function arrayValue(
  reading: Reading,
  elementTypeId: number,
  count: number,
  at: number,
  depth: number,
): TypedValue {
  const element = reading.btf.resolve(elementTypeId);
  if (isCharacter(element) && count > 0) return textAt(reading, at, count);
  const size = reading.btf.sizeOf(elementTypeId) ?? 0;
  if (count > PARTS_MAX) return decodeAt(reading, elementTypeId, at, 0);
  return Array.from({ length: count }, (_, index) =>
    decodeAt(reading, elementTypeId, at + index * size, depth - 1),
  );
}

/** clang marks no char as such; its name does. */
function isCharacter(type: ReturnType<Btf['resolve']>): boolean {
  return type.kind === 'int' && type.sizeBytes === 1 && (type.isChar || type.name === 'char');
}

function textAt(reading: Reading, at: number, length: number): string {
  checkWithin(reading, at, length);
  const { view } = reading;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A type may say that it is smaller than what is in it. */
function checkWithin({ btf, view }: Reading, at: number, sizeBytes: number): void {
  if (at + sizeBytes <= view.byteLength) return;
  const reason = `the type holds ${sizeBytes} bytes at ${at}, and has ${view.byteLength}`;
  throw new Failure('object', 'bad-btf', reason, { file: btf.file });
}

/** Unsigned bits in little-endian order; they need not begin or end at a byte. */
function readBits(reading: Reading, firstBit: number, count: number): bigint {
  const start = Math.floor(firstBit / 8);
  const end = Math.ceil((firstBit + count) / 8);
  checkWithin(reading, start, end - start);
  const { view } = reading;
  let value = 0n;
  for (let index = end - 1; index >= start; index -= 1) value = (value << 8n) | BigInt(view.getUint8(index));
  return BigInt.asUintN(count, value >> BigInt(firstBit % 8));
}

function integerValue(type: BtfInteger, bits: bigint, width = type.sizeBytes * 8): TypedValue {
  if (type.isBoolean) return bits !== 0n;
  return numberOrText(type.isSigned ? BigInt.asIntN(width, bits) : bits);
}

/** The enumerator's name, or the number where there is none. */
function enumValue(type: BtfEnum, bits: bigint): TypedValue {
  const width = type.sizeBytes * 8;
  const value = type.isSigned ? BigInt.asIntN(width, bits) : bits;
  return type.values.find((each) => each.value === value)?.name ?? numberOrText(value);
}

function floatValue(view: DataView, at: number, sizeBytes: number): TypedValue {
  if (sizeBytes === 4) return view.getFloat32(at, true);
  return sizeBytes === 8 ? view.getFloat64(at, true) : null;
}

function numberOrText(value: bigint): number | string {
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(value) : value.toString();
}
