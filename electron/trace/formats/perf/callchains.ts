/**
 * Distinct callchains, found again by their bytes in a table of hashes over typed arrays. A chain is kept in
 * two halves of the same index: kernel addresses and user addresses, both innermost first.
 */
import { CALLCHAINS_MAX, CALLCHAIN_ADDRESSES_MAX } from './limits.ts';

/** PERF_CONTEXT_ markers stand in for addresses in the last page: lower 32 bits, the upper are all ones. */
const MARKER_MIN = 0xffff_f001;
const MARKER_KERNEL = 0xffff_ff80;
const MARKER_USER = 0xffff_fe00;
const CHUNK_ADDRESSES = 64 * 1024;
const EMPTY = new BigUint64Array(0);

export class PerfCallchains {
  readonly kernel: BigUint64Array[] = [];
  readonly user: BigUint64Array[] = [];
  /** Chains that came after the limit was reached. */
  refused = 0;
  #slots = new Int32Array(4096).fill(-1);
  #hashes = new Int32Array(2048);
  #starts = new Uint32Array(2049);
  #words = new Uint32Array(64 * 1024);
  #chunk = new BigUint64Array(0);
  #chunkUsed = 0;

  /** Hot. Index of the chain of `count` addresses (markers included) at `at`, -1 past the limit. */
  intern(view: DataView, at: number, count: number, isLittleEndian: boolean): number {
    const words = count * 2;
    let hash = words;
    for (let word = 0; word < words; word++) {
      hash = Math.imul(hash ^ view.getUint32(at + word * 4, isLittleEndian), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index < 0) break;
      if (this.#hashes[index] === hash && this.#isSame(index, view, at, words, isLittleEndian)) return index;
      slot = (slot + 1) & mask;
    }
    return this.#add(view, at, count, hash, slot, isLittleEndian);
  }

  clear(): void {
    this.kernel.length = 0;
    this.user.length = 0;
    this.refused = 0;
    this.#slots = new Int32Array(4096).fill(-1);
  }

  #isSame(index: number, view: DataView, at: number, words: number, isLittleEndian: boolean): boolean {
    const start = this.#starts[index] as number;
    if ((this.#starts[index + 1] as number) - start !== words) return false;
    for (let word = 0; word < words; word++) {
      if (this.#words[start + word] !== view.getUint32(at + word * 4, isLittleEndian)) return false;
    }
    return true;
  }

  #add(
    view: DataView,
    at: number,
    count: number,
    hash: number,
    slot: number,
    isLittleEndian: boolean,
  ): number {
    const index = this.kernel.length;
    const start = index === 0 ? 0 : (this.#starts[index] as number);
    if (index >= CALLCHAINS_MAX || start / 2 + count > CALLCHAIN_ADDRESSES_MAX) {
      this.refused += 1;
      return -1;
    }
    this.#reserve(index, start + count * 2);
    for (let word = 0; word < count * 2; word++) {
      this.#words[start + word] = view.getUint32(at + word * 4, isLittleEndian);
    }
    this.#hashes[index] = hash;
    this.#starts[index] = start;
    this.#starts[index + 1] = start + count * 2;
    this.#slots[slot] = index;
    this.#split(view, at, count, isLittleEndian);
    if (this.kernel.length * 2 > this.#slots.length) this.#rehash();
    return index;
  }

  /**
   * Before the first marker an address tells by its highest bit where it is. Guests' addresses, and the cookie
   * of a user chain that comes later, belong to neither half.
   */
  #split(view: DataView, at: number, count: number, isLittleEndian: boolean): void {
    if (this.#chunkUsed + count > this.#chunk.length) {
      this.#chunk = new BigUint64Array(Math.max(CHUNK_ADDRESSES, count));
      this.#chunkUsed = 0;
    }
    const first = this.#chunkUsed;
    let mode: number | undefined;
    const half = (isUser: boolean): BigUint64Array => {
      const start = this.#chunkUsed;
      mode = undefined;
      for (let entry = 0; entry < count; entry++) {
        const address = view.getBigUint64(at + entry * 8, isLittleEndian);
        const low = Number(address & 0xffff_ffffn);
        if (address >> 32n === 0xffff_ffffn && low >= MARKER_MIN) {
          mode = low;
          continue;
        }
        const wanted = isUser ? MARKER_USER : MARKER_KERNEL;
        const isMine = mode === undefined ? address >> 63n === (isUser ? 0n : 1n) : mode === wanted;
        if (isMine) this.#chunk[this.#chunkUsed++] = address;
      }
      return this.#chunkUsed === start ? EMPTY : this.#chunk.subarray(start, this.#chunkUsed);
    };
    this.kernel.push(half(false));
    this.user.push(half(true));
    if (this.#chunkUsed - first > count) throw new Error('a callchain has more addresses than it had');
  }

  #reserve(index: number, words: number): void {
    if (index + 2 > this.#starts.length) {
      const starts = new Uint32Array(this.#starts.length * 2);
      starts.set(this.#starts);
      this.#starts = starts;
      const hashes = new Int32Array(starts.length);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    if (words > this.#words.length) {
      const grown = new Uint32Array(Math.max(words, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let index = 0; index < this.kernel.length; index++) {
      let slot = (this.#hashes[index] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    this.#slots = slots;
  }
}
