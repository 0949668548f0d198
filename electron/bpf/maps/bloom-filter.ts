/**
 * Bloom filter, kernel/bpf/bloom_filter.c: values are put in and asked for; one that was put in is always
 * found, another may be. Size and hashes are Linux's, with the seed 0 that BPF_F_ZERO_SEED asks for,
 * so that a replay repeats: false positives are those of a filter made with that flag.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { STORAGE } from './descriptor.ts';
import { EINVAL, ENOENT, EOPNOTSUPP } from './errno.ts';
import { jhashBytes, jhashWords } from './jhash.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

/** Of `map_extra`: how many hashes; the rest has to be zero. */
const HASHES_MASK = 0xf;
const HASHES_DEFAULT = 5;
const BITS_MIN = 64;
/** Of bits; beyond, Linux takes all 32 bits of a hash. */
const BITS_MAX = 2 ** 31;
const U32_MAX = 2 ** 32 - 1;

export class BloomFilter extends MapBase {
  readonly #hashes: number;
  readonly #bitMask: number;
  readonly #storage: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const { keySizeBytes, valueSizeBytes, maxEntries, extra = 0 } = definition;
    requireMap(definition, keySizeBytes === 0, 'a bloom filter has no key');
    requireMap(definition, valueSizeBytes > 0, 'a bloom filter has a value');
    requireMap(definition, maxEntries > 0, 'a bloom filter has at least one entry');
    requireMap(definition, (extra & ~HASHES_MASK) === 0, `a bloom filter has at most ${HASHES_MASK} hashes`);
    super(definition, environment, false);
    this.#hashes = extra || HASHES_DEFAULT;
    const bits = bitsFor(maxEntries, this.#hashes);
    this.#bitMask = bits - 1;
    this.#storage = this.memory.allocate(bits / 8);
    this.setField(STORAGE, this.#storage);
  }

  /** 0 or -errno. */
  push(value: Address, flags: bigint): number {
    if (flags !== 0n) return -EINVAL;
    const { bytes } = this.memory;
    for (const bit of this.#bitsOf(value)) {
      const at = this.#storage + (bit >>> 3);
      bytes[at] = (bytes[at] as number) | (1 << (bit & 7));
    }
    return 0;
  }

  /** 0 where the value may have been put in, -ENOENT where it was not; nothing can be taken out. */
  take(value: Address, isRemoved: boolean): number {
    if (isRemoved) return -EOPNOTSUPP;
    const { bytes } = this.memory;
    const isThere = this.#bitsOf(value).every(
      (bit) => (((bytes[this.#storage + (bit >>> 3)] as number) >> (bit & 7)) & 1) === 1,
    );
    return isThere ? 0 : -ENOENT;
  }

  /** From outside: false for a value that was not put in. */
  mayHold(value: Uint8Array): boolean {
    if (value.length !== this.definition.valueSizeBytes) return false;
    const scratch = this.scratch();
    this.memory.bytes.set(value, scratch);
    return this.take(scratch, false) === 0;
  }

  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(_key: Address): number {
    return -EOPNOTSUPP;
  }

  *entries(): IterableIterator<MapEntry> {
    // What was put in cannot be told from its bits.
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  /** From outside, an update is a push. */
  protected updateAllCopies(_key: Address, value: Address, flags: bigint): number {
    return this.push(value, flags);
  }

  #bitsOf(value: Address): readonly number[] {
    const size = this.definition.valueSizeBytes;
    const bytes = this.memory.bytes.slice(value, value + size);
    const hash = (seed: number): number =>
      size % 4 === 0 ? jhashWords(new Uint32Array(bytes.buffer), seed) : jhashBytes(bytes, seed);
    return Array.from({ length: this.#hashes }, (_, seed) => (hash(seed) & this.#bitMask) >>> 0);
  }
}

/** About n k / ln 2 bits for n entries and k hashes, as Linux rounds it. */
function bitsFor(maxEntries: number, hashes: number): number {
  const times = maxEntries * hashes;
  const bits = Math.floor(times / 5) * 7;
  if (times > U32_MAX || bits > BITS_MAX) return 2 ** 32;
  return bits <= BITS_MIN ? BITS_MIN : 2 ** Math.ceil(Math.log2(bits));
}
