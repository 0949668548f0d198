/** Named fields to bytes: the reverse of decodeValue(), for setting keys and values from outside. */
import { Failure } from '../../failure.ts';
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfDataSection, BtfType } from './btf-type.ts';
import { isComposite, isEnum } from './core-compatible.ts';
import type { TypedValue } from './typed-value.ts';

const DEPTH_MAX = 32;
/** The largest key or value a map may have. */
const VALUE_BYTES_MAX = 4 * 1024 * 1024;

interface Writing {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
}

/**
 * Bytes of the type's size; fields that are not given are zero. Throws Failure `bad-value` naming the
 * path of a value that does not fit its type or of a field the type does not have.
 */
export function encodeValue(btf: Btf, typeId: number, value: TypedValue): Uint8Array {
  const size = btf.sizeOf(typeId);
  if (size === undefined || size > VALUE_BYTES_MAX)
    throw refuse(btf, '', `type ${typeId} has no size a value can have`);
  const bytes = new Uint8Array(size);
  encodeAt({ btf, bytes }, typeId, 0, value, '', DEPTH_MAX);
  return bytes;
}

function encodeAt(
  writing: Writing,
  typeId: number,
  at: number,
  value: TypedValue,
  path: string,
  depth: number,
): void {
  const { btf, bytes } = writing;
  const type = btf.resolve(typeId);
  if (depth === 0) throw refuse(btf, path, 'the type nests too deep');
  if (isComposite(type)) {
    encodeFields(writing, type, at, fieldsOf(btf, value, path), path, depth);
  } else if (type.kind === 'array') {
    encodeElements(writing, type.elementTypeId, type.count, at, value, path, depth);
  } else if (isEnum(type)) {
    const known = type.values.find(({ name }) => name === value)?.value;
    const number = known ?? integerOf(btf, value, path);
    writeInteger(writing, at * 8, type.sizeBytes * 8, type, number, path);
  } else if (type.kind === 'int') {
    writeInteger(writing, at * 8, type.sizeBytes * 8, type, integerOf(btf, value, path), path);
  } else if (type.kind === 'ptr') {
    writeInteger(writing, at * 8, 64, type, integerOf(btf, value, path), path);
  } else if (type.kind === 'datasec') {
    encodeSection(writing, type, at, fieldsOf(btf, value, path), path, depth);
  } else if (
    type.kind === 'float' &&
    typeof value === 'number' &&
    (type.sizeBytes === 4 || type.sizeBytes === 8)
  ) {
    const view = new DataView(bytes.buffer);
    if (type.sizeBytes === 4) view.setFloat32(at, value, true);
    else view.setFloat64(at, value, true);
  } else throw refuse(btf, path, `cannot be written as ${type.kind}`);
}

/** Fields of anonymous members are the struct's own, as in C. */
function encodeFields(
  writing: Writing,
  type: BtfComposite,
  at: number,
  fields: Map<string, TypedValue>,
  path: string,
  depth: number,
  isInner = false,
): void {
  for (const member of type.members) {
    if (member.name === '') {
      const inner = writing.btf.resolve(member.typeId);
      if (isComposite(inner) && depth > 1) {
        encodeFields(writing, inner, at + member.offsetBits / 8, fields, path, depth - 1, true);
      }
      continue;
    }
    const value = fields.get(member.name);
    if (value === undefined) continue;
    fields.delete(member.name);
    const place = `${path}.${member.name}`;
    if (member.bitSize === 0)
      encodeAt(writing, member.typeId, at + member.offsetBits / 8, value, place, depth - 1);
    else
      writeInteger(
        writing,
        at * 8 + member.offsetBits,
        member.bitSize,
        writing.btf.resolve(member.typeId),
        integerOf(writing.btf, value, place),
        place,
      );
  }
  const [unknown] = isInner ? [] : fields.keys();
  if (unknown !== undefined) throw refuse(writing.btf, `${path}.${unknown}`, 'the type has no such field');
}

/** A section of global variables: what is not named stays zero. */
function encodeSection(
  writing: Writing,
  section: BtfDataSection,
  at: number,
  fields: Map<string, TypedValue>,
  path: string,
  depth: number,
): void {
  const { btf } = writing;
  for (const { typeId, offsetBytes } of section.variables) {
    const variable = btf.typeById(typeId);
    const value = fields.get(variable.name);
    if (variable.kind !== 'var' || value === undefined) continue;
    fields.delete(variable.name);
    encodeAt(writing, variable.typeId, at + offsetBytes, value, `${path}.${variable.name}`, depth - 1);
  }
  const [unknown] = fields.keys();
  if (unknown !== undefined) throw refuse(btf, `${path}.${unknown}`, 'the section has no such variable');
}

function encodeElements(
  writing: Writing,
  elementTypeId: number,
  count: number,
  at: number,
  value: TypedValue,
  path: string,
  depth: number,
): void {
  const { btf, bytes } = writing;
  const size = btf.sizeOf(elementTypeId) ?? 0;
  if (typeof value === 'string' && size === 1) {
    const text = new TextEncoder().encode(value);
    if (text.length > count) throw refuse(btf, path, `the text has ${text.length} bytes, its array ${count}`);
    bytes.set(text, at);
    return;
  }
  if (!Array.isArray(value)) throw refuse(btf, path, 'is an array');
  const elements = value as readonly TypedValue[];
  if (elements.length > count)
    throw refuse(btf, path, `${elements.length} elements for an array of ${count}`);
  elements.forEach((element, index) =>
    encodeAt(writing, elementTypeId, at + index * size, element, `${path}[${index}]`, depth - 1),
  );
}

function fieldsOf(btf: Btf, value: TypedValue, path: string): Map<string, TypedValue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(btf, path, 'needs named fields');
  return new Map(Object.entries(value));
}

function integerOf(btf: Btf, value: TypedValue, path: string): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(value) && !value.startsWith('-0x'))
    return BigInt(value);
  throw refuse(btf, path, `${JSON.stringify(value)} is no integer`);
}

/** `type` says the sign, and what it is called where the value does not fit. */
function writeInteger(
  { btf, bytes }: Writing,
  firstBit: number,
  count: number,
  type: BtfType,
  value: bigint,
  path: string,
): void {
  const isSigned = 'isSigned' in type && type.isSigned;
  const isBoolean = type.kind === 'int' && type.isBoolean;
  const fits = isSigned ? BigInt.asIntN(count, value) === value : BigInt.asUintN(count, value) === value;
  if (!fits || (isBoolean && value > 1n)) {
    const [least, most] = isBoolean
      ? [0n, 1n]
      : isSigned
        ? [-(1n << BigInt(count - 1)), (1n << BigInt(count - 1)) - 1n]
        : [0n, (1n << BigInt(count)) - 1n];
    const what =
      type.name === '' ? `${count} bits` : `${type.name}${isBitfield(type, count) ? `:${count}` : ''}`;
    throw refuse(btf, path, `${value} does not fit ${what}, ${least} to ${most}`);
  }
  let rest = BigInt.asUintN(count, value);
  for (let bit = firstBit; bit < firstBit + count; bit += 1, rest >>= 1n) {
    const mask = 1 << (bit % 8);
    const index = Math.floor(bit / 8);
    bytes[index] = (bytes[index] ?? 0) & ~mask;
    if ((rest & 1n) === 1n) bytes[index] = (bytes[index] ?? 0) | mask;
  }
}

function isBitfield(type: BtfType, count: number): boolean {
  return 'sizeBytes' in type && type.sizeBytes * 8 !== count;
}

function refuse(btf: Btf, path: string, reason: string): Failure {
  return new Failure('object', 'bad-value', reason, {
    file: btf.file,
    ...(path !== '' && { at: `value${path}` }),
  });
}
