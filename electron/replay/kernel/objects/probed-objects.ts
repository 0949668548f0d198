/**
 * Objects of the kernel by the pointers that were recorded, with the members that probes fetched of them: as the last
 * event that fetched them has them. What was not fetched of an object is all ones.
 */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';

/** Objects at once; the one that was made first gives way. */
const OBJECTS_MAX = 100_000;

interface ProbedObject {
  readonly address: Address;
  readonly sizeBytes: number;
  /** Recorded addresses of the members that are known. */
  readonly members: Set<bigint>;
}

export class ProbedObjects {
  readonly #memory: LinearMemory;
  readonly #objects = new Map<bigint, ProbedObject>();
  /** By the recorded address of the member. */
  readonly #members = new Map<bigint, { readonly address: Address; readonly objectEnd: Address }>();

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Where the object at a recorded pointer lies in linear memory. */
  objectAt(pointer: bigint, sizeBytes: number): Address {
    const known = this.#objects.get(pointer);
    if (known !== undefined && known.sizeBytes >= sizeBytes) return known.address;
    if (known !== undefined) this.#drop(pointer, known);
    for (const [oldest, object] of this.#objects) {
      if (this.#objects.size < OBJECTS_MAX) break;
      this.#drop(oldest, object);
    }
    const address = this.#memory.lend(sizeBytes);
    this.#memory.bytes.fill(0xff, address, address + sizeBytes);
    this.#objects.set(pointer, { address, sizeBytes, members: new Set() });
    return address;
  }

  /** Copies a member's bytes from linear memory, the low ones first. */
  set(pointer: bigint, objectBytes: number, offset: number, sizeBytes: number, from: Address): void {
    const address = this.objectAt(pointer, objectBytes) + offset;
    this.#memory.bytes.copyWithin(address, from, from + sizeBytes);
    this.#objects.get(pointer)?.members.add(pointer + BigInt(offset));
    const objectEnd = address - offset + objectBytes;
    this.#members.set(pointer + BigInt(offset), { address, objectEnd });
  }

  /** Whether anything is known of what the pointer leads to. */
  has(pointer: bigint): boolean {
    return (this.#objects.get(pointer)?.members.size ?? 0) > 0;
  }

  /** Bytes at a recorded address: from the start of a member that is known, of others as far as they are. */
  read(address: bigint, sizeBytes: number): Uint8Array | undefined {
    const member = this.#members.get(address);
    if (member === undefined || sizeBytes > member.objectEnd - member.address) return undefined;
    return this.#memory.bytes.slice(member.address, member.address + sizeBytes);
  }

  #drop(pointer: bigint, object: ProbedObject): void {
    this.#objects.delete(pointer);
    for (const member of object.members) this.#members.delete(member);
    this.#memory.takeBack(object.address, object.sizeBytes);
  }
}
