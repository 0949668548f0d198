/**
 * Longest prefix match trie, kernel/bpf/lpm_trie.c: a key is a length in bits and that many bits of
 * data, most significant first; a lookup finds the entry with the longest prefix of the bits asked for.
 *
 * A node is an entry, or stands where two entries part (an intermediate one). It holds next free or
 * first child, second child, length in bits, whether it is an entry, the data, then the value.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { copyBytes, COUNT, FREE_HEAD, FREE_TAIL, FREE_COUNT, roundUp8, STORAGE } from './descriptor.ts';
import { EEXIST, EINVAL, ENOENT, ENOSPC } from './errno.ts';
import { BPF_EXIST, BPF_F_NO_PREALLOC, BPF_NOEXIST } from './flags.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

export const CHILD_0 = 0;
const CHILD_1 = 4;
export const PREFIX_BITS = 8;
export const IS_ENTRY = 12;
export const DATA = 16;

/** Offset of the data in a key, behind its length. */
export const KEY_DATA = 4;
const DATA_BYTES_MAX = 256;

/**
 * Nodes freed before the first of them is used again: a program that holds a pointer into a value it
 * deleted or replaced still reads it, as the kernel keeps it until the program ends.
 */
const FREED_BEFORE_REUSE = 256;

export class LpmTrie extends MapBase {
  readonly #dataBytes: number;
  readonly #bitsMax: number;
  readonly #valueOffset: number;
  readonly #root: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const dataBytes = definition.keySizeBytes - KEY_DATA;
    requireMap(definition, definition.maxEntries > 0, 'a trie has room for at least one entry');
    requireMap(
      definition,
      (definition.flags & BPF_F_NO_PREALLOC) !== 0,
      'a trie is created with BPF_F_NO_PREALLOC',
    );
    requireMap(
      definition,
      dataBytes >= 1 && dataBytes <= DATA_BYTES_MAX,
      `the key of a trie is its length in 4 bytes, and 1 to ${DATA_BYTES_MAX} bytes of data`,
    );
    requireMap(definition, definition.valueSizeBytes > 0, 'a trie has a value');
    super(definition, environment, false);
    this.#dataBytes = dataBytes;
    this.#bitsMax = 8 * dataBytes;
    this.#valueOffset = DATA + roundUp8(dataBytes);
    this.#root = this.descriptor + STORAGE;
  }

  lookup(key: Address): Address {
    const bits = this.#u32(key);
    if (bits > this.#bitsMax) return 0;
    let found = 0;
    let node = this.#u32(this.#root);
    while (node !== 0) {
      const nodeBits = this.#u32(node + PREFIX_BITS);
      const common = this.#commonBits(node, nodeBits, key, bits);
      if (common < nodeBits) break;
      if (this.#u32(node + IS_ENTRY) === 1) found = node;
      if (common === this.#bitsMax) break;
      node = this.#u32(this.#childFor(node, key, nodeBits));
    }
    return found === 0 ? 0 : found + this.#valueOffset;
  }

  update(key: Address, value: Address, flags: bigint): number {
    if (flags > BPF_EXIST) return -EINVAL;
    const bits = this.#u32(key);
    if (bits > this.#bitsMax) return -EINVAL;
    const place = this.#placeFor(key, bits);
    const old = this.#u32(place);
    const oldBits = old === 0 ? 0 : this.#u32(old + PREFIX_BITS);
    const common = old === 0 ? 0 : this.#commonBits(old, oldBits, key, bits);
    const isSame = old !== 0 && common === oldBits && common === bits;
    const isThere = isSame && this.#u32(old + IS_ENTRY) === 1;
    if (isThere && flags === BPF_NOEXIST) return -EEXIST;
    if (!isThere && flags === BPF_EXIST) return -ENOENT;
    if (!isThere && this.field(COUNT) === this.definition.maxEntries) {
      this.fault('map-full');
      return -ENOSPC;
    }
    if (!isThere) this.setField(COUNT, this.field(COUNT) + 1);
    const node = this.#newNode(key, bits);
    this.memory.view.setUint32(node + IS_ENTRY, 1, true);
    copyBytes(this.memory, node + this.#valueOffset, value, this.definition.valueSizeBytes);
    this.#put(place, node, old, common, isSame);
    return 0;
  }

  delete(key: Address): number {
    const bits = this.#u32(key);
    if (bits > this.#bitsMax) return -EINVAL;
    let parentPlace = 0;
    let place = this.#root;
    let node = this.#u32(place);
    while (node !== 0) {
      const nodeBits = this.#u32(node + PREFIX_BITS);
      if (nodeBits > bits || this.#commonBits(node, nodeBits, key, bits) < nodeBits) return -ENOENT;
      if (nodeBits === bits) break;
      parentPlace = place;
      place = this.#childFor(node, key, nodeBits);
      node = this.#u32(place);
    }
    if (node === 0 || this.#u32(node + IS_ENTRY) === 0) return -ENOENT;
    this.setField(COUNT, this.field(COUNT) - 1);
    this.#takeOut(node, place, parentPlace);
    return 0;
  }

  /** In the order of BPF_MAP_GET_NEXT_KEY: by bits, an entry after those it is a prefix of. */
  *entries(): IterableIterator<MapEntry> {
    const root = this.#u32(this.#root);
    const waiting = root === 0 ? [] : [{ node: root, isSeen: false }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { node, isSeen } = next;
      if (isSeen) {
        if (this.#u32(node + IS_ENTRY) === 1) yield this.#entryOf(node);
        continue;
      }
      waiting.push({ node, isSeen: true });
      for (const child of [this.#u32(node + CHILD_1), this.#u32(node + CHILD_0)]) {
        if (child !== 0) waiting.push({ node: child, isSeen: false });
      }
    }
  }

  protected peek(key: Address): Address {
    return this.lookup(key);
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    return this.update(key, value, flags);
  }

  #entryOf(node: Address): MapEntry {
    const key = new Uint8Array(this.definition.keySizeBytes);
    new DataView(key.buffer).setUint32(0, this.#u32(node + PREFIX_BITS), true);
    key.set(this.memory.bytes.subarray(node + DATA, node + DATA + this.#dataBytes), KEY_DATA);
    return { key, value: this.hostValue(node + this.#valueOffset) };
  }

  /** Where the node of this key stands, or where it has to come in: above the node that parts from it. */
  #placeFor(key: Address, bits: number): Address {
    let place = this.#root;
    let node = this.#u32(place);
    while (node !== 0) {
      const nodeBits = this.#u32(node + PREFIX_BITS);
      if (nodeBits >= bits || this.#commonBits(node, nodeBits, key, bits) < nodeBits) break;
      place = this.#childFor(node, key, nodeBits);
      node = this.#u32(place);
    }
    return place;
  }

  /** `old`, which has `common` bits with `node`, stands at `place`. */
  #put(place: Address, node: Address, old: Address, common: number, isSame: boolean): void {
    const { view } = this.memory;
    if (isSame) {
      view.setUint32(node + CHILD_0, this.#u32(old + CHILD_0), true);
      view.setUint32(node + CHILD_1, this.#u32(old + CHILD_1), true);
      view.setUint32(place, node, true);
      this.#free(old);
    } else if (old === 0) {
      view.setUint32(place, node, true);
    } else if (common === this.#u32(node + PREFIX_BITS)) {
      view.setUint32(this.#childOf(node, old, common), old, true);
      view.setUint32(place, node, true);
    } else {
      const fork = this.#newNode(node + DATA - KEY_DATA, common);
      this.memory.view.setUint32(this.#childOf(fork, old, common), old, true);
      this.memory.view.setUint32(this.#childOf(fork, node, common), node, true);
      this.memory.view.setUint32(place, fork, true);
    }
  }

  /** An intermediate node that a removal leaves with one child goes too. */
  #takeOut(node: Address, place: Address, parentPlace: Address): void {
    const { view } = this.memory;
    const [first, second] = [this.#u32(node + CHILD_0), this.#u32(node + CHILD_1)];
    if (first !== 0 && second !== 0) {
      view.setUint32(node + IS_ENTRY, 0, true);
      return;
    }
    const parent = parentPlace === 0 ? 0 : this.#u32(parentPlace);
    if (parent !== 0 && first === 0 && second === 0 && this.#u32(parent + IS_ENTRY) === 0) {
      const other = place === parent + CHILD_0 ? CHILD_1 : CHILD_0;
      view.setUint32(parentPlace, this.#u32(parent + other), true);
      this.#free(parent);
    } else {
      view.setUint32(place, first !== 0 ? first : second, true);
    }
    this.#free(node);
  }

  /** Without children, not an entry, its value zero; only the data is taken of the key. */
  #newNode(key: Address, bits: number): Address {
    const node = this.#takeNode();
    this.memory.bytes.fill(0, node, node + this.#valueOffset + this.stride);
    copyBytes(this.memory, node + DATA, key + KEY_DATA, this.#dataBytes);
    this.memory.view.setUint32(node + PREFIX_BITS, bits, true);
    return node;
  }

  #takeNode(): Address {
    if (this.field(FREE_COUNT) < FREED_BEFORE_REUSE)
      return this.memory.allocate(this.#valueOffset + this.stride);
    const node = this.field(FREE_HEAD);
    this.setField(FREE_HEAD, this.#u32(node + PREFIX_BITS));
    this.setField(FREE_COUNT, this.field(FREE_COUNT) - 1);
    return node;
  }

  /** Leaves the value as it is; the link lies where no value was. */
  #free(node: Address): void {
    const { view } = this.memory;
    if (this.field(FREE_COUNT) === 0) this.setField(FREE_HEAD, node);
    else view.setUint32(this.field(FREE_TAIL) + PREFIX_BITS, node, true);
    this.setField(FREE_TAIL, node);
    this.setField(FREE_COUNT, this.field(FREE_COUNT) + 1);
  }

  /** Place of the child below which the key is, its bits from `at` on being of interest. */
  #childFor(node: Address, key: Address, at: number): Address {
    return node + (this.#bit(key + KEY_DATA, at) === 0 ? CHILD_0 : CHILD_1);
  }

  #childOf(parent: Address, node: Address, at: number): Address {
    return parent + (this.#bit(node + DATA, at) === 0 ? CHILD_0 : CHILD_1);
  }

  #bit(data: Address, index: number): number {
    return (this.memory.view.getUint8(data + (index >> 3)) >> (7 - (index & 7))) & 1;
  }

  /** Hot: how many bits from the first on are the same, at most the shorter length. */
  #commonBits(node: Address, nodeBits: number, key: Address, keyBits: number): number {
    const { view } = this.memory;
    const limit = Math.min(nodeBits, keyBits);
    for (let at = 0; 8 * at < limit; at += 1) {
      const different = view.getUint8(node + DATA + at) ^ view.getUint8(key + KEY_DATA + at);
      if (different !== 0) return Math.min(limit, 8 * at + Math.clz32(different) - 24);
    }
    return limit;
  }

  #u32(address: Address): number {
    return this.memory.view.getUint32(address, true);
  }
}
