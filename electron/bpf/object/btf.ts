/**
 * BTF, the types of a kernel or an object file. Records are found once and read when asked for, so
 * that a kernel's BTF (some 150,000 types) opens in the time it takes to walk it.
 */
import { ByteView } from './byte-view.ts';
import { readRecord, recordBytes } from './btf-record.ts';
import {
  BTF_HEADER_BYTES,
  BTF_KINDS,
  BTF_MAGIC,
  BTF_VERSION,
  VOID_TYPE,
  type BtfComposite,
  type BtfDataSection,
  type BtfKind,
  type BtfType,
} from './btf-type.ts';

/** A kernel with every module built in has a few hundred thousand types. */
const BTF_TYPES_MAX = 4_000_000;
/** Typedefs and qualifiers in front of a type; Linux allows 32 (MAX_RESOLVE_DEPTH). */
const REFERENCE_DEPTH_MAX = 32;
/** Pointers are 8 bytes on every machine a BPF object is for. */
const POINTER_BYTES = 8;
/** No name in C source comes near; a longer one is a string section without an end. */
const NAME_BYTES_MAX = 65_536;

const decoder = new TextDecoder('utf-8');

export class Btf {
  readonly file: string;
  /** The whole section, as it was parsed. */
  readonly bytes: Uint8Array;
  readonly #types: ByteView;
  readonly #strings: ByteView;
  /** Where the record of a type begins in the type section, by id; id 0 is void and has none. */
  readonly #offsets: Uint32Array;
  readonly #cache = new Map<number, BtfType>();
  #idsByName: Map<string, number[]> | undefined;

  private constructor(bytes: Uint8Array, types: ByteView, strings: ByteView, offsets: Uint32Array) {
    this.file = types.file;
    this.bytes = bytes;
    this.#types = types;
    this.#strings = strings;
    this.#offsets = offsets;
  }

  /** Takes a `.BTF` section or /sys/kernel/btf/vmlinux. Throws Failure `bad-btf` or `truncated`. */
  static parse(bytes: Uint8Array, file: string): Btf {
    const { types, strings } = btfSections(bytes, file);
    if (strings.length === 0 || strings.u8(0) !== 0 || strings.u8(strings.length - 1) !== 0) {
      throw strings.refuse(
        'bad-btf',
        'strings do not begin and end with a NUL: types of a module come after those of its kernel',
      );
    }
    return new Btf(bytes, types, strings, findRecords(types));
  }

  /** Bytes of all strings: what a set of types split off this one counts its own from. */
  get stringBytes(): number {
    return this.#strings.length;
  }

  /** Ids run from 0 (void) to typeCount - 1. */
  get typeCount(): number {
    return this.#offsets.length;
  }

  /** Throws Failure `bad-btf` where there is no such type. */
  typeById(id: number): BtfType {
    if (id === 0) return VOID_TYPE;
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const offset = this.#offsets[id];
    if (offset === undefined) throw this.#types.refuse('bad-btf', `there is no type ${id}`);
    const type = readRecord(this.#types, offset, id, (at) => this.string(at));
    this.#cache.set(id, type);
    return type;
  }

  /** The string at an offset of the string section; .BTF.ext refers to strings here too. */
  string(offset: number): string {
    if (offset === 0) return '';
    const { bytes } = this.#strings;
    const end = bytes.indexOf(0, offset);
    if (offset >= bytes.length || end < 0 || end - offset > NAME_BYTES_MAX) {
      throw this.#strings.refuse('bad-btf', 'no string begins here', offset);
    }
    return decoder.decode(bytes.subarray(offset, end));
  }

  /** Ids of all types of this name, ascending. */
  idsByName(name: string): readonly number[] {
    return this.namedIds().get(name) ?? [];
  }

  /** Ids by name, of all types with a name. */
  namedIds(): ReadonlyMap<string, readonly number[]> {
    if (this.#idsByName !== undefined) return this.#idsByName;
    const byName = new Map<string, number[]>();
    for (let id = 1; id < this.typeCount; id += 1) {
      const name = this.nameOf(id);
      if (name === '') continue;
      const ids = byName.get(name);
      if (ids === undefined) byName.set(name, [id]);
      else ids.push(id);
    }
    this.#idsByName = byName;
    return byName;
  }

  nameOf(id: number): string {
    const offset = this.#offsets[id];
    return id === 0 || offset === undefined ? '' : this.string(this.#types.u32(offset));
  }

  /** Kind without reading the whole record. */
  kindOf(id: number): BtfKind {
    const offset = this.#offsets[id];
    if (id === 0 || offset === undefined) return 'void';
    return BTF_KINDS[(this.#types.u32(offset + 4) >>> 24) & 0x1f] ?? 'void';
  }

  /** First type of this name and kind. */
  find<K extends BtfKind>(kind: K, name: string): Extract<BtfType, { kind: K }> | undefined {
    const id = this.idsByName(name).find((each) => this.kindOf(each) === kind);
    return id === undefined ? undefined : (this.typeById(id) as Extract<BtfType, { kind: K }>);
  }

  findStruct(name: string): BtfComposite | undefined {
    return this.find('struct', name);
  }

  findDataSection(name: string): BtfDataSection | undefined {
    return this.find('datasec', name);
  }

  /** The type behind typedefs, qualifiers and tags. Throws Failure `bad-btf` where they run in a circle. */
  resolve(id: number): BtfType {
    let type = this.typeById(id);
    for (let depth = 0; depth < REFERENCE_DEPTH_MAX; depth += 1) {
      if (!isModifier(type)) return type;
      type = this.typeById(type.typeId);
    }
    throw this.#types.refuse('bad-btf', `type ${id} leads through more than ${REFERENCE_DEPTH_MAX} names`);
  }

  /** Bytes a value of the type takes; undefined for a type with no size (void, func, fwd). */
  sizeOf(id: number): number | undefined {
    let factor = 1;
    let type = this.resolve(id);
    for (let depth = 0; depth < REFERENCE_DEPTH_MAX; depth += 1) {
      switch (type.kind) {
        case 'int':
        case 'struct':
        case 'union':
        case 'enum':
        case 'enum64':
        case 'float':
        case 'datasec':
          return factor * type.sizeBytes;
        case 'ptr':
          return factor * POINTER_BYTES;
        case 'array':
          factor *= type.count;
          type = this.resolve(type.elementTypeId);
          break;
        case 'var':
          type = this.resolve(type.typeId);
          break;
        default:
          return undefined;
      }
    }
    throw this.#types.refuse('bad-btf', `type ${id} nests more than ${REFERENCE_DEPTH_MAX} deep`);
  }

  /** Where a type's record lies in `bytes`, for those who rewrite it. */
  recordOffset(id: number): number {
    const offset = this.#offsets[id];
    if (id === 0 || offset === undefined) throw this.#types.refuse('bad-btf', `there is no type ${id}`);
    return this.#types.bytes.byteOffset - this.bytes.byteOffset + offset;
  }
}

/** The two parts of BTF: records of types, and the strings they name. Throws Failure `bad-btf` or `truncated`. */
export function btfSections(bytes: Uint8Array, file: string): { types: ByteView; strings: ByteView } {
  const whole = new ByteView(bytes, file, 'BTF');
  if (whole.u16(0) !== BTF_MAGIC)
    throw whole.refuse('bad-btf', 'no BTF in little-endian order: wrong magic', 0);
  if (whole.u8(2) !== BTF_VERSION) throw whole.refuse('bad-btf', `BTF version ${whole.u8(2)}`, 2);
  const headerBytes = whole.u32(4);
  if (headerBytes < BTF_HEADER_BYTES) throw whole.refuse('bad-btf', `header of ${headerBytes} bytes`, 4);
  return {
    types: new ByteView(whole.slice(headerBytes + whole.u32(8), whole.u32(12)), file, 'BTF types'),
    strings: new ByteView(whole.slice(headerBytes + whole.u32(16), whole.u32(20)), file, 'BTF strings'),
  };
}

function isModifier(type: BtfType): type is Extract<BtfType, { typeId: number }> {
  return (
    type.kind === 'typedef' ||
    type.kind === 'const' ||
    type.kind === 'volatile' ||
    type.kind === 'restrict' ||
    type.kind === 'type_tag'
  );
}

function findRecords(types: ByteView): Uint32Array {
  let offsets = new Uint32Array(1024);
  let count = 1;
  for (let at = 0; at < types.length; at += recordBytes(types, at)) {
    if (count === BTF_TYPES_MAX) throw types.refuse('bad-btf', `more than ${BTF_TYPES_MAX} types`, at);
    if (count === offsets.length) {
      const larger = new Uint32Array(offsets.length * 2);
      larger.set(offsets);
      offsets = larger;
    }
    offsets[count] = at;
    count += 1;
  }
  return offsets.slice(0, count);
}
