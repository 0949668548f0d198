/**
 * A value of a type of the kernel, as text: what bpf_snprintf_btf() and bpf_seq_printf_btf() print. After btf_show()
 * and its kin in kernel/bpf/btf.c of Linux 6.18, with their oddities: what is zero is left out, elements of an array
 * of pointers all show the first, names stop at 79 characters.
 *
 * Linux hashes pointers; a replay's addresses are its own and hide nothing, so they are printed.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfArray, BtfComposite, BtfEnum, BtfInteger, BtfMember, BtfType } from '../object/btf-type.ts';
import type { TextBuffer } from './text-buffer.ts';

/** BTF_F_*. */
export const COMPACT = 1n;
export const NONAME = 2n;
export const PTR_RAW = 4n;
export const ZERO = 8n;

/** BTF_SHOW_NAME_SIZE, less the NUL. */
const NAME_CHARACTERS = 79;
/** BTF_SHOW_MAX_ITER: pointers, arrays and typedefs behind each other. */
const NAME_STEPS_MAX = 10;
const INDENT_MAX = 32;
/** Structs within structs; BTF that goes in circles ends here. */
const DEPTH_MAX = 64;
/** Numbers by which the kernel names kinds it does not show. */
const unshown: Readonly<Partial<Record<BtfType['kind'], number>>> = {
  fwd: 7,
  func: 12,
  func_proto: 13,
  float: 16,
  decl_tag: 17,
};

/** Why a type cannot be shown: it is none, or one whose text depends on where the kernel placed it. */
export function isShown(type: BtfType): boolean {
  return !['void', 'var', 'datasec'].includes(type.kind);
}

export class TypedText {
  readonly #btf: Btf;
  readonly #text: TextBuffer;
  readonly #isCompact: boolean;
  readonly #isNameless: boolean;
  readonly #showsZero: boolean;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  #depth = 0;
  /** Above zero: nothing is printed, it is only seen how deep something is that would be. */
  #depthCheck = 0;
  #depthToShow = 0;
  #member: BtfMember | undefined;
  #isElement = false;
  #isCharacterArray = false;
  #isTerminated = false;
  /** What is being shown; its id is that of a typedef where it has one. */
  #type: BtfType | undefined;
  #typeId = 0;

  constructor(btf: Btf, text: TextBuffer, bytes: Uint8Array, flags: bigint) {
    this.#btf = btf;
    this.#text = text;
    this.#isCompact = (flags & COMPACT) !== 0n;
    this.#isNameless = (flags & NONAME) !== 0n;
    this.#showsZero = (flags & ZERO) !== 0n;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Writes the value of the type that begins at `at`; `bitOffset` within its first byte. */
  show(typeId: number, at = 0, bitOffset = 0): void {
    const type = this.#btf.resolve(typeId);
    switch (type.kind) {
      case 'int':
        this.#begin(type, typeId);
        this.#integer(type, at, bitOffset);
        this.#end();
        return;
      case 'ptr':
        this.#begin(type, typeId);
        this.#value(
          `0x${this.#number(at, 8, false).toString(16).padStart(16, '0')}`,
          this.#number(at, 8, false),
        );
        this.#end();
        return;
      case 'enum':
      case 'enum64':
        this.#begin(type, typeId);
        this.#enumerator(type, at);
        this.#end();
        return;
      case 'array':
        this.#aggregate(() => this.#array(type, typeId, at, bitOffset));
        return;
      case 'struct':
      case 'union':
        this.#aggregate(() => this.#composite(type, typeId, at));
        return;
      default:
        this.#print(`<unsupported kind:${unshown[type.kind] ?? 0}>`);
    }
  }

  /** What holds others is shown where one of them is: walked once to see, and once more to print. */
  #aggregate(show: () => void): void {
    if (this.#depth > DEPTH_MAX) return;
    if (this.#depth > 0 && !this.#showsZero) {
      const member = this.#member;
      if (this.#depthCheck === 0) {
        this.#depthCheck = this.#depth + 1;
        this.#depthToShow = 0;
      }
      show();
      this.#member = member;
      if (this.#depthCheck !== this.#depth + 1) return;
      this.#depthCheck = 0;
      if (this.#depthToShow <= this.#depth) return;
    }
    show();
  }

  #composite(type: BtfComposite, typeId: number, at: number): void {
    this.#open(type, typeId);
    for (const member of type.members) {
      this.#member = member;
      const from = at + Math.floor(member.offsetBits / 8);
      const bitOffset = member.offsetBits & 7;
      if (member.bitSize > 0) {
        this.#begin(this.#btf.typeById(member.typeId), member.typeId);
        this.#bits(from, bitOffset, member.bitSize);
        this.#end();
      } else this.show(member.typeId, from, bitOffset);
      this.#member = undefined;
    }
    this.#close('}');
  }

  #array(type: BtfArray, typeId: number, at: number, bitOffset: number): void {
    const element = this.#btf.resolve(type.elementTypeId);
    const step = 'sizeBytes' in element ? element.sizeBytes : 0;
    this.#isCharacterArray = element.kind === 'int' && (step === 1 || element.isChar);
    this.#isTerminated = false;
    this.#open(type, typeId);
    for (let index = 0; index < type.count; index += 1) {
      this.#isElement = true;
      this.#member = undefined;
      this.show(type.elementTypeId, at + index * step, bitOffset);
      this.#isElement = false;
      this.#member = undefined;
      if (this.#isTerminated) break;
    }
    this.#isCharacterArray = false;
    this.#isTerminated = false;
    this.#close(']');
  }

  #integer({ bits, bitOffset: own, isSigned }: BtfInteger, at: number, bitOffset: number): void {
    if (bitOffset !== 0 || own !== 0 || ![8, 16, 32, 64, 128].includes(bits)) {
      const offset = bitOffset + own;
      this.#bits(at + (offset >> 3), offset & 7, bits);
      return;
    }
    if (bits === 128) {
      this.#bits(at, 0, bits);
      return;
    }
    const number = this.#number(at, bits / 8, isSigned);
    if (bits === 8 && this.#isCharacterArray) {
      if (this.#isTerminated) return;
      const byte = Number(BigInt.asUintN(8, number));
      if (byte === 0) {
        this.#isTerminated = true;
        return;
      }
      if ((byte >= 0x20 && byte <= 0x7e) || byte >= 0xa0) {
        this.#value(`'${String.fromCharCode(byte)}'`, number);
        return;
      }
    }
    this.#value(number.toString(), number);
  }

  #enumerator(type: BtfEnum, at: number): void {
    // The kernel reads an int, however small the type is.
    const bits = type.kind === 'enum' ? 32 : 64;
    const value = this.#number(at, bits / 8, true);
    const named = type.values.find((each) => BigInt.asIntN(bits, each.value) === value);
    if (named !== undefined) this.#value(named.name, 1n);
    else this.#value((type.isSigned ? value : BigInt.asUintN(bits, value)).toString(), value);
  }

  #bits(at: number, bitOffset: number, count: number): void {
    let number = 0n;
    for (let byte = Math.ceil((bitOffset + count) / 8) - 1; byte >= 0; byte -= 1)
      number = (number << 8n) | BigInt(this.#bytes[at + byte] ?? 0);
    const value = BigInt.asUintN(count, number >> BigInt(bitOffset));
    this.#value(`0x${value.toString(16)}`, value);
  }

  /** Zeroes behind the end. */
  #number(at: number, sizeBytes: number, isSigned: boolean): bigint {
    if (at + 8 <= this.#bytes.length) {
      const word = this.#view.getBigUint64(at, true);
      return isSigned ? BigInt.asIntN(8 * sizeBytes, word) : BigInt.asUintN(8 * sizeBytes, word);
    }
    let word = 0n;
    for (let byte = sizeBytes - 1; byte >= 0; byte -= 1)
      word = (word << 8n) | BigInt(this.#bytes[at + byte] ?? 0);
    return isSigned ? BigInt.asIntN(8 * sizeBytes, word) : word;
  }

  /** btf_show_type_value(). */
  #value(text: string, number: bigint): void {
    if (number === 0n && !this.#showsZero && this.#depth > 0) return;
    if (this.#depthCheck === 0)
      this.#print(`${this.#indent()}${this.#name()}${text}${this.#delimiter()}${this.#newline()}`);
    this.#depthToShow = Math.max(this.#depthToShow, this.#depth);
  }

  #begin(type: BtfType, typeId: number): void {
    this.#type = type;
    this.#typeId = typeId;
  }

  #end(): void {
    this.#type = undefined;
    this.#typeId = 0;
  }

  #open(type: BtfType, typeId: number): void {
    this.#begin(type, typeId);
    if (this.#depthCheck === 0) this.#print(`${this.#indent()}${this.#name()}${this.#newline()}`);
    this.#depth += 1;
  }

  #close(bracket: string): void {
    this.#depth -= 1;
    this.#print(`${this.#indent()}${bracket}${this.#delimiter()}${this.#newline()}`);
    this.#end();
  }

  #print(text: string): void {
    if (this.#depthCheck === 0) this.#text.add(text);
  }

  #indent(): string {
    return this.#isCompact ? '' : ' '.repeat(Math.min(this.#depth, INDENT_MAX));
  }

  #newline(): string {
    return this.#isCompact ? '' : '\n';
  }

  #delimiter(): string {
    if (this.#depth === 0) return '';
    return this.#isCompact && this.#type?.kind === 'union' ? '|' : ',';
  }

  /** `.member = (type)`, and the bracket that opens what holds others. btf_show_name(). */
  #name(): string {
    if (this.#isElement) return '';
    const member = this.#member;
    const found = this.#typeName(member?.typeId ?? this.#typeId);
    if (found === undefined) return '';
    if (this.#isNameless) return found.bracket;
    const before = member === undefined || member.name === '' ? '' : `.${member.name} = `;
    return `${before}(${found.name})${found.bracket}`.slice(0, NAME_CHARACTERS);
  }

  /** undefined where too much lies behind each other. */
  #typeName(startId: number): { readonly name: string; readonly bracket: string } | undefined {
    let type = this.#btf.typeById(startId);
    let name: string | undefined;
    let stars = '';
    let arrays = '';
    for (let step = 0; ; step += 1) {
      if (step === NAME_STEPS_MAX) return undefined;
      let next = 0;
      if (type.kind === 'typedef') {
        name ??= type.name;
        next = type.typeId;
      } else if (type.kind === 'array') {
        arrays += '[]';
        next = type.elementTypeId;
      } else if (type.kind === 'ptr') {
        stars += '*';
        next = type.typeId;
      }
      if (next === 0) break;
      type = this.#withoutQualifiers(next);
    }
    const isComposite = type.kind === 'struct' || type.kind === 'union';
    const kind = isComposite ? type.kind : type.kind === 'enum' || type.kind === 'enum64' ? 'enum' : '';
    const prefix = name === undefined ? kind : '';
    const own = name ?? type.name;
    const gap = prefix !== '' && own !== '' ? ' ' : '';
    const bracket = stars !== '' ? '' : arrays !== '' ? '[' : isComposite ? '{' : '';
    return { name: `${prefix}${gap}${own}${stars === '' ? '' : ` ${stars}`}${arrays}`, bracket };
  }

  #withoutQualifiers(id: number): BtfType {
    let type = this.#btf.typeById(id);
    for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
      if (!('typeId' in type) || !['const', 'volatile', 'restrict', 'type_tag'].includes(type.kind)) break;
      type = this.#btf.typeById(type.typeId);
    }
    return type;
  }
}
