/**
 * Objects of a program's own, which it makes with bpf_obj_new(): memory that is handed out and taken back, up to
 * a limit. One that is dropped is not handed out anew at once: who found it in a map may still look at it.
 */
import type { Address, LinearMemory } from './memory.ts';

/** All objects of a machine together: a program that keeps making them would eat up the memory of the replay. */
export const OBJECTS_BYTES_MAX = 64 * 1024 * 1024;
/** The largest that Linux hands out: bpf_mem_alloc() of 4096 bytes with a pointer of its own before each. */
const OBJECT_BYTES_MAX = 4096 - 8;
/** Objects dropped that wait before their memory is used again. */
const DROPPED_MAX = 256;

export class ObjectPool {
  readonly #memory: LinearMemory;
  readonly #sizes = new Map<Address, number>();
  #dropped: (readonly [Address, number])[] = [];
  #bytes = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Objects that are there. */
  get count(): number {
    return this.#sizes.size;
  }

  /** Zeroed; 0 where there is no more. */
  make(sizeBytes: number): Address {
    if (sizeBytes > OBJECT_BYTES_MAX || this.#bytes + sizeBytes > OBJECTS_BYTES_MAX) return 0;
    const at = this.#memory.lend(sizeBytes);
    this.#memory.bytes.fill(0, at, at + sizeBytes);
    this.#sizes.set(at, sizeBytes);
    this.#bytes += sizeBytes;
    return at;
  }

  /** Whether there was such an object: an address that is none of them is let be. */
  drop(at: Address): boolean {
    const sizeBytes = this.#sizes.get(at);
    if (sizeBytes === undefined) return false;
    this.#sizes.delete(at);
    this.#bytes -= sizeBytes;
    this.#dropped.push([at, sizeBytes]);
    const oldest = this.#dropped.length > DROPPED_MAX ? this.#dropped.shift() : undefined;
    if (oldest !== undefined) this.#memory.takeBack(...oldest);
    return true;
  }

  /** Notes what is there; to call what it returns goes back to it, where memory does, too. */
  save(): () => void {
    const sizes = [...this.#sizes];
    const dropped = [...this.#dropped];
    const bytes = this.#bytes;
    return () => {
      this.#sizes.clear();
      for (const [at, sizeBytes] of sizes) this.#sizes.set(at, sizeBytes);
      this.#dropped = [...dropped];
      this.#bytes = bytes;
    };
  }
}
