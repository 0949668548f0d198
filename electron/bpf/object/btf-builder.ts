/**
 * BTF made from TypeScript: what the replay publishes of a recording's kernel for programs to be
 * relocated onto. Every add gives the new type's id; build() gives what Btf.parse() reads.
 */
import { Btf } from './btf.ts';
import { BTF_HEADER_BYTES, BTF_KINDS, BTF_MAGIC, BTF_VERSION, type BtfKind } from './btf-type.ts';

/** Names and record counts have 16 bits in a record. */
const ENTRIES_MAX = 0xffff;
/** With bitfields an offset has 24 bits. */
const BITFIELD_OFFSET_MAX = 0xffffff;

export interface MemberInput {
  /** '' for an anonymous struct or union. */
  readonly name: string;
  readonly typeId: number;
  readonly offsetBits: number;
  /** Bits of a bitfield. */
  readonly bitSize?: number;
}

export interface StructInput {
  /** '' for an anonymous type. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly members: readonly MemberInput[];
}

export interface EnumInput {
  readonly name: string;
  readonly sizeBytes: number;
  readonly isSigned: boolean;
  readonly values: readonly { readonly name: string; readonly value: bigint | number }[];
}

export interface IntegerOptions {
  readonly isChar?: boolean;
  readonly isBoolean?: boolean;
}

export class BtfBuilder {
  readonly #words: number[] = [];
  readonly #strings: Uint8Array[];
  readonly #stringOffsets = new Map<string, number>([['', 0]]);
  readonly #firstString: number;
  #stringBytes: number;
  #nextId: number;

  /** With a base the types are split off it: ids and strings count on from its own. */
  constructor(base?: Btf) {
    this.#strings = base === undefined ? [new Uint8Array(1)] : [];
    this.#firstString = base?.stringBytes ?? 0;
    this.#stringBytes = base?.stringBytes ?? 1;
    this.#nextId = base?.typeCount ?? 1;
  }

  addInteger(name: string, sizeBytes: number, isSigned: boolean, options: IntegerOptions = {}): number {
    const encoding = (isSigned ? 1 : 0) | (options.isChar ? 2 : 0) | (options.isBoolean ? 4 : 0);
    return this.#add('int', name, sizeBytes, [(encoding << 24) | (sizeBytes * 8)]);
  }

  /** To type 0: `void *`. */
  addPointer(typeId: number): number {
    return this.#add('ptr', '', typeId);
  }

  addArray(elementTypeId: number, indexTypeId: number, count: number): number {
    return this.#add('array', '', 0, [elementTypeId, indexTypeId, count]);
  }

  addStruct(input: StructInput): number {
    return this.#addComposite('struct', input);
  }

  addUnion(input: StructInput): number {
    return this.#addComposite('union', input);
  }

  /** An enum64 where `sizeBytes` is 8. */
  addEnum({ name, sizeBytes, isSigned, values }: EnumInput): number {
    const is64 = sizeBytes === 8;
    const words = values.flatMap((each) => {
      const value = BigInt.asUintN(64, BigInt(each.value));
      const low = Number(value & 0xffffffffn);
      return [this.#string(each.name), low, ...(is64 ? [Number(value >> 32n)] : [])];
    });
    return this.#add(is64 ? 'enum64' : 'enum', name, sizeBytes, words, values.length, isSigned);
  }

  addForward(name: string, isUnion = false): number {
    return this.#add('fwd', name, 0, [], 0, isUnion);
  }

  addTypedef(name: string, typeId: number): number {
    return this.#add('typedef', name, typeId);
  }

  addConst(typeId: number): number {
    return this.#add('const', '', typeId);
  }

  addVolatile(typeId: number): number {
    return this.#add('volatile', '', typeId);
  }

  addPrototype(
    returnTypeId: number,
    parameters: readonly { readonly name: string; readonly typeId: number }[],
  ): number {
    const words = parameters.flatMap(({ name, typeId }) => [this.#string(name), typeId]);
    return this.#add('func_proto', '', returnTypeId, words, parameters.length);
  }

  addFunction(name: string, prototypeId: number, isGlobal = true): number {
    return this.#add('func', name, prototypeId, [], isGlobal ? 1 : 0);
  }

  /** `componentIndex`: member or parameter the tag is on, -1 for the type itself. */
  addDeclarationTag(name: string, typeId: number, componentIndex: number): number {
    return this.#add('decl_tag', name, typeId, [componentIndex >>> 0]);
  }

  /** Between a pointer and what it points to. */
  addTypeTag(name: string, typeId: number): number {
    return this.#add('type_tag', name, typeId);
  }

  addFloat(name: string, sizeBytes: number): number {
    return this.#add('float', name, sizeBytes);
  }

  build(file = 'synthesised types'): Btf {
    return Btf.parse(this.bytes(), file);
  }

  /** As a `.BTF` section holds it. */
  bytes(): Uint8Array {
    const stringBytes = this.#stringBytes - this.#firstString;
    const typeBytes = this.#words.length * 4;
    const bytes = new Uint8Array(BTF_HEADER_BYTES + typeBytes + stringBytes);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, BTF_MAGIC, true);
    view.setUint8(2, BTF_VERSION);
    [BTF_HEADER_BYTES, 0, typeBytes, typeBytes, stringBytes].forEach((word, index) =>
      view.setUint32(4 + index * 4, word, true),
    );
    this.#words.forEach((word, index) => view.setUint32(BTF_HEADER_BYTES + index * 4, word, true));
    let at = BTF_HEADER_BYTES + typeBytes;
    for (const string of this.#strings) {
      bytes.set(string, at);
      at += string.length;
    }
    return bytes;
  }

  #addComposite(kind: 'struct' | 'union', { name, sizeBytes, members }: StructInput): number {
    const hasBitfields = members.some((member) => (member.bitSize ?? 0) > 0);
    const words = members.flatMap((member) => {
      if (hasBitfields && member.offsetBits > BITFIELD_OFFSET_MAX) {
        throw new RangeError(`${name}.${member.name}: offset ${member.offsetBits} beyond 24 bits`);
      }
      const offset = hasBitfields ? ((member.bitSize ?? 0) << 24) | member.offsetBits : member.offsetBits;
      return [this.#string(member.name), member.typeId, offset];
    });
    return this.#add(kind, name, sizeBytes, words, members.length, hasBitfields);
  }

  #add(
    kind: BtfKind,
    name: string,
    sizeOrType: number,
    words: readonly number[] = [],
    count = 0,
    kindFlag = false,
  ): number {
    if (count > ENTRIES_MAX)
      throw new RangeError(`${kind} ${name}: ${count} entries, more than ${ENTRIES_MAX}`);
    const info = (kindFlag ? 0x80000000 : 0) | (BTF_KINDS.indexOf(kind) << 24) | count;
    this.#words.push(this.#string(name), info >>> 0, sizeOrType, ...words);
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  #string(text: string): number {
    const known = this.#stringOffsets.get(text);
    if (known !== undefined) return known;
    if (text.includes('\0')) throw new RangeError('a BTF name holds no NUL');
    const bytes = new TextEncoder().encode(`${text}\0`);
    const offset = this.#stringBytes;
    this.#strings.push(bytes);
    this.#stringOffsets.set(text, offset);
    this.#stringBytes += bytes.length;
    return offset;
  }
}
