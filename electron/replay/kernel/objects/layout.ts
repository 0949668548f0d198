/** Where members of the kernel's structs lie, by the BTF that programs are relocated onto. */
import type { Btf } from '../../../bpf/object/btf.ts';
import type { BtfMember } from '../../../bpf/object/btf-type.ts';
import { isComposite } from '../../../bpf/verifier/btf-walk.ts';
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';

/** Unnamed structs within each other; BTF that goes in circles ends here. */
const NESTING_MAX = 16;

interface Place {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export class Layout {
  readonly #btf: Btf;
  readonly #places = new Map<string, Place | undefined>();

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  /** 0 for a struct that the kernel does not have. */
  sizeOf(struct: string): number {
    return this.#btf.findStruct(struct)?.sizeBytes ?? 0;
  }

  /** `path` from a struct to a member: `kn`, `uid.val`. undefined where there is none. */
  place(struct: string, path: string): Place | undefined {
    const key = `${struct} ${path}`;
    if (!this.#places.has(key)) this.#places.set(key, this.#find(struct, path));
    return this.#places.get(key);
  }

  #find(struct: string, path: string): Place | undefined {
    let typeId = this.#btf.findStruct(struct)?.id;
    let offsetBytes = 0;
    for (const name of path.split('.')) {
      const found = typeId === undefined ? undefined : this.#member(typeId, name, 0);
      if (found === undefined) return undefined;
      offsetBytes += found.offsetBits / 8;
      typeId = found.typeId;
    }
    const sizeBytes = typeId === undefined ? undefined : this.#btf.sizeOf(typeId);
    return sizeBytes === undefined ? undefined : { offsetBytes, sizeBytes };
  }

  /** A member, also of an unnamed struct or union in it; bitfields are none that can be written here. */
  #member(typeId: number, name: string, depth: number): Pick<BtfMember, 'offsetBits' | 'typeId'> | undefined {
    const type = this.#btf.resolve(typeId);
    if (!isComposite(type) || depth > NESTING_MAX) return undefined;
    for (const member of type.members) {
      if (member.name === name) return member.bitSize === 0 ? member : undefined;
      const inner = member.name === '' ? this.#member(member.typeId, name, depth + 1) : undefined;
      if (inner !== undefined)
        return { offsetBits: member.offsetBits + inner.offsetBits, typeId: inner.typeId };
    }
    return undefined;
  }
}

const encoder = new TextEncoder();

/** One object in linear memory. What its struct does not have is not written. */
export class KernelObject {
  readonly address: Address;
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #struct: string;

  constructor(memory: LinearMemory, layout: Layout, struct: string) {
    this.#memory = memory;
    this.#layout = layout;
    this.#struct = struct;
    // One of no size has an address of its own all the same.
    this.address = memory.allocate(Math.max(8, layout.sizeOf(struct)), 8);
  }

  /** A number, or the address of another object, cut to the member's width. */
  set(path: string, value: number | bigint): void {
    const place = this.#layout.place(this.#struct, path);
    if (place === undefined) return;
    const { view } = this.#memory;
    const at = this.address + place.offsetBytes;
    const wide = BigInt.asUintN(64, BigInt(value));
    for (let index = 0; index < Math.min(8, place.sizeBytes); index += 1)
      view.setUint8(at + index, Number((wide >> BigInt(8 * index)) & 0xffn));
  }

  /** An element of an array of eight-byte numbers. */
  setElement(path: string, index: number, value: bigint): void {
    const place = this.#layout.place(this.#struct, path);
    if (place === undefined || 8 * (index + 1) > place.sizeBytes) return;
    this.#memory.view.setBigUint64(
      this.address + place.offsetBytes + 8 * index,
      BigInt.asUintN(64, value),
      true,
    );
  }

  /** Every byte of it. */
  fill(byte: number): void {
    this.#memory.bytes.fill(byte, this.address, this.address + this.#layout.sizeOf(this.#struct));
  }

  /** Text in a char array, with its NUL, the rest zeroed. */
  setText(path: string, text: string): void {
    const place = this.#layout.place(this.#struct, path);
    if (place === undefined) return;
    const at = this.address + place.offsetBytes;
    this.#memory.bytes.fill(0, at, at + place.sizeBytes);
    this.#memory.bytes.set(encoder.encode(text).subarray(0, place.sizeBytes - 1), at);
  }
}
