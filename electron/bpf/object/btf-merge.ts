/**
 * Two sets of types as one: what a recording lays out, behind what the modelled kernel declares. Types
 * are not compared; a name that both define is there twice.
 */
import { Btf } from './btf.ts';
import { recordBytes } from './btf-record.ts';
import { BTF_HEADER_BYTES, BTF_KINDS, BTF_TYPE_BYTES, type BtfKind } from './btf-type.ts';
import { ByteView } from './byte-view.ts';

interface Sections {
  readonly types: Uint8Array;
  readonly strings: Uint8Array;
}

/** What the word at 8 of a record is. */
const kindsOfOneType: ReadonlySet<BtfKind> = new Set([
  'ptr',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'func',
  'func_proto',
  'var',
  'decl_tag',
  'type_tag',
]);

/** Where an entry behind a record's head names a string or refers to a type; its length. */
interface EntryShape {
  readonly bytes: number;
  readonly name?: number;
  readonly types: readonly number[];
}

const entryShapes: Partial<Record<BtfKind, EntryShape>> = {
  struct: { bytes: 12, name: 0, types: [4] },
  union: { bytes: 12, name: 0, types: [4] },
  enum: { bytes: 8, name: 0, types: [] },
  enum64: { bytes: 12, name: 0, types: [] },
  func_proto: { bytes: 8, name: 0, types: [4] },
  datasec: { bytes: 12, types: [0] },
};

/** The types of `first` keep their ids; those of `second` follow. */
export function mergeBtf(first: Btf, second: Btf, file: string): Btf {
  const a = sectionsOf(first);
  const b = sectionsOf(second);
  const moved = move(b.types, second, first.typeCount - 1, a.strings.length);
  const header = Uint8Array.from(first.bytes.subarray(0, BTF_HEADER_BYTES));
  const view = new DataView(header.buffer);
  const typeBytes = a.types.length + moved.length;
  [BTF_HEADER_BYTES, 0, typeBytes, typeBytes, a.strings.length + b.strings.length].forEach((word, index) =>
    view.setUint32(4 + index * 4, word, true),
  );
  return Btf.parse(Buffer.concat([header, a.types, moved, a.strings, b.strings]), file);
}

function sectionsOf({ bytes }: Btf): Sections {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(4, true);
  const section = (at: number): Uint8Array => {
    const from = headerBytes + view.getUint32(at, true);
    return bytes.subarray(from, from + view.getUint32(at + 4, true));
  };
  return { types: section(8), strings: section(16) };
}

/** A copy of the records in which names and types are found `ids` and `strings` further on. */
function move(records: Uint8Array, { file }: Btf, ids: number, strings: number): Uint8Array {
  const moved = Buffer.from(records);
  const read = new ByteView(records, file, 'BTF types');
  const shift = (at: number, by: number): void => {
    const value = moved.readUInt32LE(at);
    // 0 is no name, and void.
    if (value !== 0) moved.writeUInt32LE(value + by, at);
  };
  for (let at = 0; at < records.length; at += recordBytes(read, at)) {
    const info = read.u32(at + 4);
    const kind = BTF_KINDS[(info >>> 24) & 0x1f] ?? 'void';
    shift(at, strings);
    if (kindsOfOneType.has(kind)) shift(at + 8, ids);
    const entries = at + BTF_TYPE_BYTES;
    if (kind === 'array') {
      shift(entries, ids);
      shift(entries + 4, ids);
    }
    const shape = entryShapes[kind];
    for (let index = 0; shape !== undefined && index < (info & 0xffff); index += 1) {
      const entry = entries + index * shape.bytes;
      if (shape.name !== undefined) shift(entry + shape.name, strings);
      for (const type of shape.types) shift(entry + type, ids);
    }
  }
  return moved;
}
