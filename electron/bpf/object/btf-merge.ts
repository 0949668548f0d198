/**
 * Two sets of types as one: what a recording lays out, behind what the modelled kernel declares. Types
 * are not compared; a name that both define is there twice.
 */
import { Btf, btfSections } from './btf.ts';
import { recordBytes } from './btf-record.ts';
import { BTF_HEADER_BYTES, BTF_KINDS, BTF_TYPE_BYTES, type BtfKind } from './btf-type.ts';
import type { ByteView } from './byte-view.ts';

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

/** Where ids and strings of the types that are added come to be. */
export interface Moves {
  id(id: number): number;
  string(offset: number): number;
}

/** The types of `first` keep their ids; those of `second` follow. */
export function mergeBtf(first: Btf, second: Btf, file: string): Btf {
  const { types, strings } = btfSections(second.bytes, second.file);
  // 0 is void, and no name.
  return appendTypes(first, types, strings.bytes, file, {
    id: (id) => (id === 0 ? 0 : id + first.typeCount - 1),
    string: (offset) => (offset === 0 ? 0 : offset + first.stringBytes),
  });
}

/** `types` behind the types of `first`, `strings` behind its strings, and what they refer to moved. */
export function appendTypes(
  first: Btf,
  types: ByteView,
  strings: Uint8Array,
  file: string,
  moves: Moves,
): Btf {
  const own = btfSections(first.bytes, first.file);
  const moved = move(types, moves);
  const header = Uint8Array.from(first.bytes.subarray(0, BTF_HEADER_BYTES));
  const view = new DataView(header.buffer);
  const typeBytes = own.types.length + moved.length;
  [BTF_HEADER_BYTES, 0, typeBytes, typeBytes, own.strings.length + strings.length].forEach((word, index) =>
    view.setUint32(4 + index * 4, word, true),
  );
  return Btf.parse(Buffer.concat([header, own.types.bytes, moved, own.strings.bytes, strings]), file);
}

/** A copy of the records in which names and types are where `moves` says. */
function move(read: ByteView, moves: Moves): Uint8Array {
  const moved = Buffer.from(read.bytes);
  const shift = (at: number, to: (value: number) => number): void =>
    void moved.writeUInt32LE(to(moved.readUInt32LE(at)), at);
  let at = 0;
  while (at < read.length) {
    const next = at + recordBytes(read, at);
    const info = read.u32(at + 4);
    const kind = BTF_KINDS[(info >>> 24) & 0x1f] ?? 'void';
    shift(at, moves.string);
    if (kindsOfOneType.has(kind)) shift(at + 8, moves.id);
    const entries = at + BTF_TYPE_BYTES;
    if (kind === 'array') {
      shift(entries, moves.id);
      shift(entries + 4, moves.id);
    }
    const shape = entryShapes[kind];
    for (let index = 0; shape !== undefined && index < (info & 0xffff); index += 1) {
      const entry = entries + index * shape.bytes;
      if (shape.name !== undefined) shift(entry + shape.name, moves.string);
      for (const type of shape.types) shift(entry + type, moves.id);
    }
    at = next;
  }
  return moved;
}
