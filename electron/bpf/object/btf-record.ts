/**
 * One record of a BTF type section: how long it is, and what it says. Ids are not followed here and
 * not checked to exist; btf.ts does that.
 */
import type { ByteView } from './byte-view.ts';
import {
  BTF_KINDS,
  BTF_TYPE_BYTES,
  VOID_TYPE,
  type BtfEnumValue,
  type BtfKind,
  type BtfMember,
  type BtfType,
} from './btf-type.ts';

const INT_SIGNED = 1;
const INT_CHAR = 2;
const INT_BOOL = 4;
const LINKAGES = ['static', 'global', 'extern'] as const;

interface Header {
  readonly kind: BtfKind;
  readonly kindFlag: boolean;
  /** vlen: how many members, values, parameters follow. */
  readonly count: number;
  readonly nameOffset: number;
  /** The `size` or `type` field. */
  readonly sizeOrType: number;
}

function readHeader(view: ByteView, at: number): Header {
  const info = view.u32(at + 4);
  const kindNumber = (info >>> 24) & 0x1f;
  const kind = BTF_KINDS[kindNumber];
  if (kind === undefined || kind === 'void')
    throw view.refuse('bad-btf', `unknown kind of type ${kindNumber}`, at);
  return {
    kind,
    kindFlag: info >>> 31 === 1,
    count: info & 0xffff,
    nameOffset: view.u32(at),
    sizeOrType: view.u32(at + 8),
  };
}

/** Bytes of the record at `at`, with what follows the common part; they lie inside the view. */
export function recordBytes(view: ByteView, at: number): number {
  const { kind, count } = readHeader(view, at);
  const length = BTF_TYPE_BYTES + trailerBytes(kind, count);
  view.slice(at, length);
  return length;
}

function trailerBytes(kind: BtfKind, count: number): number {
  switch (kind) {
    case 'int':
    case 'var':
    case 'decl_tag':
      return 4;
    case 'array':
      return 12;
    case 'struct':
    case 'union':
    case 'datasec':
    case 'enum64':
      return count * 12;
    case 'enum':
    case 'func_proto':
      return count * 8;
    default:
      return 0;
  }
}

/** What the record at `at` says; `nameAt` reads the string section. */
export function readRecord(
  view: ByteView,
  at: number,
  id: number,
  nameAt: (offset: number) => string,
): BtfType {
  const header = readHeader(view, at);
  const { kind, kindFlag, count, sizeOrType } = header;
  const name = nameAt(header.nameOffset);
  const rest = at + BTF_TYPE_BYTES;
  const each = <T>(bytes: number, read: (entry: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => read(rest + index * bytes));
  switch (kind) {
    case 'void':
      return VOID_TYPE;
    case 'int':
      return { kind, id, name, sizeBytes: sizeOrType, ...integerFacts(view.u32(rest)) };
    case 'ptr':
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
      return { kind, id, name, typeId: sizeOrType };
    case 'array':
      return {
        kind,
        id,
        name,
        elementTypeId: view.u32(rest),
        indexTypeId: view.u32(rest + 4),
        count: view.u32(rest + 8),
      };
    case 'struct':
    case 'union':
      return {
        kind,
        id,
        name,
        sizeBytes: sizeOrType,
        members: each(12, (entry) => readMember(view, entry, kindFlag, nameAt)),
      };
    case 'enum':
    case 'enum64': {
      const is64 = kind === 'enum64';
      const values = each(is64 ? 12 : 8, (entry) => readEnumValue(view, entry, is64, kindFlag, nameAt));
      return { kind, id, name, sizeBytes: sizeOrType, isSigned: kindFlag, values };
    }
    case 'fwd':
      return { kind, id, name, isUnion: kindFlag };
    case 'func':
      return { kind, id, name, typeId: sizeOrType, linkage: linkageOf(view, count, at) };
    case 'func_proto': {
      const parameters = each(8, (entry) => ({ name: nameAt(view.u32(entry)), typeId: view.u32(entry + 4) }));
      return { kind, id, name, returnTypeId: sizeOrType, parameters };
    }
    case 'var':
      return { kind, id, name, typeId: sizeOrType, linkage: linkageOf(view, view.u32(rest), at) };
    case 'datasec': {
      const variables = each(12, (entry) => ({
        typeId: view.u32(entry),
        offsetBytes: view.u32(entry + 4),
        sizeBytes: view.u32(entry + 8),
      }));
      return { kind, id, name, sizeBytes: sizeOrType, variables };
    }
    case 'float':
      return { kind, id, name, sizeBytes: sizeOrType };
    case 'decl_tag':
      return { kind, id, name, typeId: sizeOrType, componentIndex: view.i32(rest) };
  }
}

function integerFacts(encoded: number): {
  bits: number;
  bitOffset: number;
  isSigned: boolean;
  isChar: boolean;
  isBoolean: boolean;
} {
  const encoding = (encoded >>> 24) & 0x0f;
  return {
    bits: encoded & 0xff,
    bitOffset: (encoded >>> 16) & 0xff,
    isSigned: (encoding & INT_SIGNED) !== 0,
    isChar: (encoding & INT_CHAR) !== 0,
    isBoolean: (encoding & INT_BOOL) !== 0,
  };
}

/** With the kind flag set the offset's upper byte is the size of a bitfield. */
function readMember(
  view: ByteView,
  at: number,
  hasBitfields: boolean,
  nameAt: (offset: number) => string,
): BtfMember {
  const packed = view.u32(at + 8);
  return {
    name: nameAt(view.u32(at)),
    typeId: view.u32(at + 4),
    offsetBits: hasBitfields ? packed & 0xffffff : packed,
    bitSize: hasBitfields ? packed >>> 24 : 0,
  };
}

function readEnumValue(
  view: ByteView,
  at: number,
  is64: boolean,
  isSigned: boolean,
  nameAt: (offset: number) => string,
): BtfEnumValue {
  const name = nameAt(view.u32(at));
  const low = view.u32(at + 4);
  const raw = is64 ? (BigInt(view.u32(at + 8)) << 32n) | BigInt(low) : BigInt(low);
  const bits = is64 ? 64 : 32;
  return { name, value: isSigned ? BigInt.asIntN(bits, raw) : raw };
}

function linkageOf(view: ByteView, value: number, at: number): (typeof LINKAGES)[number] {
  const linkage = LINKAGES[value];
  if (linkage === undefined) throw view.refuse('bad-btf', `unknown linkage ${value}`, at);
  return linkage;
}
