/**
 * Hash, per-CPU hash and the LRU kinds of both, after kernel/bpf/hashtab.c with preallocation: at
 * most maxEntries entries; an update of an existing entry puts the value into a spare entry and
 * keeps the old one as the next spare, so that a pointer from before the update still reads the old
 * value; a deleted entry is the first to be used again.
 *
 * Where Linux leaves the order to chance this does not: entries are listed in order of insertion,
 * and LRU evicts exactly the least recently used entry (Linux: about that one).
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap, type ElementAddresses } from './base.ts';
import {
  BUCKET_MASK,
  BUCKETS,
  copyBytes,
  COUNT,
  ENTRIES_LAID_OUT,
  EVICTIONS,
  FREE_HEAD,
  NEWEST,
  OLDEST,
  roundUp8,
  SPARES,
} from './descriptor.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT } from './errno.ts';
import { BPF_EXIST, BPF_F_LOCK, BPF_NOEXIST, hasLock } from './flags.ts';
import { hashBytes, isEqual } from './hash-key.ts';
import type { MapEntry, MapEnvironment, MapFaults } from './map.ts';

/** An entry: next in its bucket (or in the free list), neighbours in order, hash; then key and values. */
export const NEXT = 0;
export const OLDER = 4;
export const NEWER = 8;
export const HASH = 12;
export const KEY = 16;

/** Chains grow rather than the bucket array beyond this: 1 MiB of heads. */
const BUCKETS_MAX = 2 ** 18;
/** Entries laid out at a time, so that a large maxEntries costs memory only as it fills. */
const SLAB_ENTRIES = 256;

export interface HashOptions {
  readonly isPerCpu?: boolean;
  readonly isLru?: boolean;
}

export class HashMap extends MapBase {
  readonly #isLru: boolean;
  readonly #keyBytes: number;
  readonly #valueOffset: number;
  readonly #entryBytes: number;
  readonly #buckets: Address;
  readonly #bucketMask: number;

  constructor(definition: MapDefinition, environment: MapEnvironment, options: HashOptions = {}) {
    requireMap(definition, definition.keySizeBytes > 0, 'a hash has a key');
    requireMap(definition, definition.valueSizeBytes > 0, 'a hash has a value');
    requireMap(definition, definition.maxEntries > 0, 'a hash has room for at least one entry');
    super(definition, environment, options.isPerCpu ?? false);
    this.#isLru = options.isLru ?? false;
    this.#keyBytes = definition.keySizeBytes;
    this.#valueOffset = KEY + roundUp8(definition.keySizeBytes);
    this.#entryBytes = this.#valueOffset + this.valueCopies * this.stride;
    const buckets = Math.min(BUCKETS_MAX, 2 ** Math.ceil(Math.log2(definition.maxEntries)));
    this.#buckets = this.memory.allocate(4 * buckets);
    this.#bucketMask = buckets - 1;
    this.setField(BUCKETS, this.#buckets);
    this.setField(BUCKET_MASK, this.#bucketMask);
    this.setField(SPARES, this.memory.allocate(4 * environment.cpuCount));
    if (this.#isLru) this.setField(EVICTIONS, this.memory.allocate(8));
  }

  /** Evictions are counted in linear memory, for compiled code evicts too. */
  override get faults(): MapFaults {
    const { counts } = super.faults;
    const evictions = this.#isLru ? this.memory.view.getBigUint64(this.field(EVICTIONS), true) : 0n;
    return evictions === 0n
      ? { counts }
      : { counts: new Map([...counts, ['lru-evicted', Number(evictions)]]) };
  }

  lookup(key: Address): Address {
    const entry = this.#find(key, hashBytes(this.memory, key, this.#keyBytes));
    if (entry === 0) return 0;
    if (this.#isLru) this.#touch(entry);
    return entry + this.#valueOffset + this.#copyOffset();
  }

  update(key: Address, value: Address, flags: bigint): number {
    return this.#put(key, value, flags, false);
  }

  delete(key: Address): number {
    const entry = this.#find(key, hashBytes(this.memory, key, this.#keyBytes));
    if (entry === 0) return -ENOENT;
    this.#remove(entry);
    return 0;
  }

  *entries(): IterableIterator<MapEntry> {
    for (let entry = this.field(OLDEST); entry !== 0; entry = this.#link(entry, NEWER))
      yield this.#entryAt(entry);
  }

  get bucketCount(): number {
    return this.#bucketMask + 1;
  }

  /** From outside: the entries of one bucket, the newest first. */
  entriesInBucket(bucket: number): readonly MapEntry[] {
    const found: MapEntry[] = [];
    let entry = this.memory.view.getUint32(this.#buckets + 4 * bucket, true);
    for (; entry !== 0; entry = this.#link(entry, NEXT)) found.push(this.#entryAt(entry));
    return found;
  }

  /** The element just given may be deleted before the next is asked for. */
  *elementAddresses(): IterableIterator<ElementAddresses> {
    let next: Address;
    for (let entry = this.field(OLDEST); entry !== 0; entry = next) {
      next = this.#link(entry, NEWER);
      yield [entry + KEY, entry + this.#valueOffset + this.#copyOffset()];
    }
  }

  protected peek(key: Address): Address {
    const entry = this.#find(key, hashBytes(this.memory, key, this.#keyBytes));
    return entry === 0 ? 0 : entry + this.#valueOffset;
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    return this.#put(key, value, flags, true);
  }

  #put(key: Address, value: Address, flags: bigint, isAllCopies: boolean): number {
    const isLocked = (flags & BPF_F_LOCK) !== 0n;
    if (isLocked && !hasLock(this.definition)) return -EINVAL;
    const wanted = flags & ~BPF_F_LOCK;
    if (wanted > BPF_EXIST) return -EINVAL;
    const hash = hashBytes(this.memory, key, this.#keyBytes);
    const old = this.#find(key, hash);
    if (old !== 0 && wanted === BPF_NOEXIST) return -EEXIST;
    if (old === 0 && wanted === BPF_EXIST) return -ENOENT;
    if (old !== 0 && isLocked) {
      this.storeAroundFields(old + this.#valueOffset, value);
      return 0;
    }
    if (old !== 0 && this.valueCopies > 1) {
      this.#setValue(old, value, isAllCopies);
      if (this.#isLru) this.#touch(old);
      return 0;
    }
    const entry = old === 0 ? this.#take() : this.#spare();
    if (entry === 0) {
      this.fault('map-full');
      return -E2BIG;
    }
    copyBytes(this.memory, entry + KEY, key, this.#keyBytes);
    if (this.valueCopies > 1) this.memory.bytes.fill(0, entry + this.#valueOffset, entry + this.#entryBytes);
    this.#setValue(entry, value, isAllCopies);
    if (old === 0) this.#insert(entry, hash);
    else this.#replace(old, entry);
    return 0;
  }

  #setValue(entry: Address, value: Address, isAllCopies: boolean): void {
    const start = entry + this.#valueOffset;
    if (isAllCopies) this.storeAllCopies(start, value);
    else this.storeValue(start + this.#copyOffset(), value);
  }

  #copyOffset(): number {
    return this.valueCopies === 1 ? 0 : this.environment.currentCpu() * this.stride;
  }

  #entryAt(entry: Address): MapEntry {
    const key = this.memory.bytes.slice(entry + KEY, entry + KEY + this.#keyBytes);
    return { key, value: this.hostValue(entry + this.#valueOffset) };
  }

  #find(key: Address, hash: number): Address {
    const { view } = this.memory;
    let entry = view.getUint32(this.#bucketOf(hash), true);
    while (entry !== 0) {
      if (view.getInt32(entry + HASH, true) === hash && isEqual(view, entry + KEY, key, this.#keyBytes))
        return entry;
      entry = view.getUint32(entry + NEXT, true);
    }
    return 0;
  }

  #bucketOf(hash: number): Address {
    return this.#buckets + 4 * (hash & this.#bucketMask);
  }

  /** An unused entry: a freed one, a new one, for LRU the oldest; 0 where the map is full. */
  #take(): Address {
    if (this.field(FREE_HEAD) === 0) this.#layOut();
    if (this.field(FREE_HEAD) === 0 && this.#isLru) {
      this.#remove(this.field(OLDEST));
      const { view } = this.memory;
      const evictions = this.field(EVICTIONS);
      view.setBigUint64(evictions, view.getBigUint64(evictions, true) + 1n, true);
    }
    const entry = this.field(FREE_HEAD);
    if (entry !== 0) this.setField(FREE_HEAD, this.#link(entry, NEXT));
    return entry;
  }

  #layOut(): void {
    const laidOut = this.field(ENTRIES_LAID_OUT);
    const count = Math.min(SLAB_ENTRIES, this.definition.maxEntries - laidOut);
    if (count === 0) return;
    const slab = this.memory.allocate(count * this.#entryBytes);
    for (let index = count - 1; index >= 0; index -= 1) this.#free(slab + index * this.#entryBytes);
    this.setField(ENTRIES_LAID_OUT, laidOut + count);
  }

  #free(entry: Address): void {
    this.#setLink(entry, NEXT, this.field(FREE_HEAD));
    this.setField(FREE_HEAD, entry);
  }

  #spare(): Address {
    const place = this.field(SPARES) + 4 * this.environment.currentCpu();
    const spare = this.memory.view.getUint32(place, true);
    return spare !== 0 ? spare : this.memory.allocate(this.#entryBytes);
  }

  #insert(entry: Address, hash: number): void {
    const { view } = this.memory;
    const bucket = this.#bucketOf(hash);
    view.setInt32(entry + HASH, hash, true);
    view.setUint32(entry + NEXT, view.getUint32(bucket, true), true);
    view.setUint32(bucket, entry, true);
    this.#append(entry);
    this.setField(COUNT, this.field(COUNT) + 1);
  }

  /** Puts `entry` where `old` was, in its bucket and in order; `old` becomes this CPU's spare. */
  #replace(old: Address, entry: Address): void {
    const { view } = this.memory;
    copyBytes(this.memory, entry, old, KEY);
    view.setUint32(this.#placeInBucket(old), entry, true);
    this.#relink(this.#link(old, OLDER), this.#link(old, NEWER), entry, entry);
    view.setUint32(this.field(SPARES) + 4 * this.environment.currentCpu(), old, true);
    this.endValue(old + this.#valueOffset);
    if (this.#isLru) this.#touch(entry);
  }

  #remove(entry: Address): void {
    this.memory.view.setUint32(this.#placeInBucket(entry), this.#link(entry, NEXT), true);
    this.#unlink(entry);
    this.endValue(entry + this.#valueOffset);
    this.#free(entry);
    this.setField(COUNT, this.field(COUNT) - 1);
  }

  /** Where the address of `entry` stands: the bucket's head or the entry before it. */
  #placeInBucket(entry: Address): Address {
    const { view } = this.memory;
    let place = this.#bucketOf(view.getInt32(entry + HASH, true));
    while (view.getUint32(place, true) !== entry) place = view.getUint32(place, true) + NEXT;
    return place;
  }

  #touch(entry: Address): void {
    if (this.field(NEWEST) === entry) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  #append(entry: Address): void {
    const last = this.field(NEWEST);
    this.#setLink(entry, OLDER, last);
    this.#setLink(entry, NEWER, 0);
    this.#relink(last, 0, entry, entry);
  }

  #unlink(entry: Address): void {
    const older = this.#link(entry, OLDER);
    const newer = this.#link(entry, NEWER);
    this.#relink(older, newer, newer, older);
  }

  /** Makes `older` go on with `afterOlder`, and `newer` come after `beforeNewer`; 0 stands for an end of the list. */
  #relink(older: Address, newer: Address, afterOlder: Address, beforeNewer: Address): void {
    if (older === 0) this.setField(OLDEST, afterOlder);
    else this.#setLink(older, NEWER, afterOlder);
    if (newer === 0) this.setField(NEWEST, beforeNewer);
    else this.#setLink(newer, OLDER, beforeNewer);
  }

  #link(entry: Address, link: number): Address {
    return this.memory.view.getUint32(entry + link, true);
  }

  #setLink(entry: Address, link: number, to: Address): void {
    this.memory.view.setUint32(entry + link, to, true);
  }
}
