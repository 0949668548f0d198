/** Numbers in members of the kernel's structs, bit fields among them, found by the BTF that programs were relocated onto. */
import type { Btf } from './object/btf.ts';
import type { BtfMember } from './object/btf-type.ts';
import { isComposite } from './verifier/btf-walk.ts';
import type { Address, LinearMemory } from './vm/memory.ts';

/** Unnamed structs within each other; BTF that goes in circles ends here. */
const NESTING_MAX = 16;

export interface FieldPlace {
  readonly offsetBits: number;
  readonly bits: number;
}

export class StructFields {
  readonly sizeBytes: number;
  readonly #btf: Btf;
  readonly #struct: string;
  readonly #places = new Map<string, FieldPlace | undefined>();

  constructor(btf: Btf, struct: string) {
    this.#btf = btf;
    this.#struct = struct;
    this.sizeBytes = btf.findStruct(struct)?.sizeBytes ?? 0;
  }

  /** `inet_conn.icsk_ca_state`, a path through named members; undefined where the struct has no such member. */
  place(path: string): FieldPlace | undefined {
    if (!this.#places.has(path)) this.#places.set(path, this.#find(path));
    return this.#places.get(path);
  }

  /** Sets a member of up to 53 bits, or an address; what the struct does not have is not written. */
  set(memory: LinearMemory, object: Address, path: string, value: number): void {
    const place = this.place(path);
    if (place === undefined) return;
    const at = object + Math.floor(place.offsetBits / 8);
    const { view } = memory;
    switch (place.bits) {
      case 8:
        return view.setUint8(at, value);
      case 16:
        return view.setUint16(at, value, true);
      case 32:
        return view.setUint32(at, value, true);
      case 64:
        return view.setBigUint64(at, BigInt.asUintN(64, BigInt(Math.trunc(value))), true);
      default: {
        // A bit field lies within one byte here: those of the modelled structs do.
        const shift = place.offsetBits % 8;
        const mask = ((1 << place.bits) - 1) << shift;
        view.setUint8(at, (view.getUint8(at) & ~mask) | ((value << shift) & mask));
      }
    }
  }

  /** Unsigned; undefined where the struct has no such member. */
  get(memory: LinearMemory, object: Address, path: string): number | undefined {
    const place = this.place(path);
    if (place === undefined) return undefined;
    const at = object + Math.floor(place.offsetBits / 8);
    const { view } = memory;
    switch (place.bits) {
      case 8:
        return view.getUint8(at);
      case 16:
        return view.getUint16(at, true);
      case 32:
        return view.getUint32(at, true);
      case 64:
        return Number(view.getBigUint64(at, true));
      default:
        return (view.getUint8(at) >> (place.offsetBits % 8)) & ((1 << place.bits) - 1);
    }
  }

  #find(path: string): FieldPlace | undefined {
    let typeId = this.#btf.findStruct(this.#struct)?.id;
    let offsetBits = 0;
    let bitSize = 0;
    for (const name of path.split('.')) {
      const found = typeId === undefined ? undefined : this.#member(typeId, name, 0);
      if (found === undefined) return undefined;
      offsetBits += found.offsetBits;
      ({ typeId, bitSize } = found);
    }
    const sizeBytes = typeId === undefined ? undefined : this.#btf.sizeOf(typeId);
    if (sizeBytes === undefined) return undefined;
    return { offsetBits, bits: bitSize === 0 ? 8 * sizeBytes : bitSize };
  }

  #member(typeId: number, name: string, depth: number): Omit<BtfMember, 'name'> | undefined {
    const type = this.#btf.resolve(typeId);
    if (!isComposite(type) || depth > NESTING_MAX) return undefined;
    for (const member of type.members) {
      if (member.name === name) return member;
      const inner = member.name === '' ? this.#member(member.typeId, name, depth + 1) : undefined;
      if (inner !== undefined) return { ...inner, offsetBits: member.offsetBits + inner.offsetBits };
    }
    return undefined;
  }
}
