/** Arrays and per-CPU arrays: all elements exist from the start, kernel/bpf/arraymap.c. */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap, type ElementAddresses } from './base.ts';
import { STORAGE } from './descriptor.ts';
import { E2BIG, EEXIST, EINVAL } from './errno.ts';
import { BPF_EXIST, BPF_F_LOCK, BPF_NOEXIST, hasLock } from './flags.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

export class ArrayMap extends MapBase {
  readonly #storage: Address;
  readonly #elementBytes: number;

  constructor(definition: MapDefinition, environment: MapEnvironment, isPerCpu = false) {
    requireMap(definition, definition.keySizeBytes === 4, 'the key of an array is 4 bytes');
    requireMap(definition, definition.valueSizeBytes > 0, 'an array has a value');
    requireMap(definition, definition.maxEntries > 0, 'an array has at least one entry');
    super(definition, environment, isPerCpu);
    this.#elementBytes = this.valueCopies * this.stride;
    this.#storage = this.memory.allocate(definition.maxEntries * this.#elementBytes, 64);
    this.setField(STORAGE, this.#storage);
    if (definition.initialValue !== undefined) {
      this.memory.bytes.set(definition.initialValue.subarray(0, definition.valueSizeBytes), this.#storage);
    }
  }

  lookup(key: Address): Address {
    const element = this.peek(key);
    if (element === 0 || this.valueCopies === 1) return element;
    return element + this.environment.currentCpu() * this.stride;
  }

  update(key: Address, value: Address, flags: bigint): number {
    const refused = this.#refusal(key, flags);
    if (refused !== 0) return refused;
    this.storeValue(this.lookup(key), value);
    return 0;
  }

  delete(_key: Address): number {
    return -EINVAL;
  }

  /** Global variables are the value of a one-element array. */
  override directValue(): Address {
    return this.valueCopies === 1 ? this.#storage : 0;
  }

  *entries(): IterableIterator<MapEntry> {
    for (let index = 0; index < this.definition.maxEntries; index += 1) {
      const key = new Uint8Array(Uint32Array.of(index).buffer);
      yield { key, value: this.hostValue(this.#storage + index * this.#elementBytes) };
    }
  }

  *elementAddresses(): IterableIterator<ElementAddresses> {
    const key = this.memory.lend(4);
    try {
      for (let index = 0; index < this.definition.maxEntries; index += 1) {
        this.memory.view.setUint32(key, index, true);
        yield [key, this.lookup(key)];
      }
    } finally {
      this.memory.takeBack(key, 4);
    }
  }

  protected peek(key: Address): Address {
    const index = this.memory.view.getUint32(key, true);
    return index < this.definition.maxEntries ? this.#storage + index * this.#elementBytes : 0;
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    const refused = this.#refusal(key, flags);
    if (refused !== 0) return refused;
    this.storeAllCopies(this.peek(key), value);
    return 0;
  }

  /** In the order array_map_update_elem() checks. */
  #refusal(key: Address, flags: bigint): number {
    const isLocked = this.valueCopies === 1 && (flags & BPF_F_LOCK) !== 0n;
    const wanted = isLocked ? flags & ~BPF_F_LOCK : flags;
    if (wanted > BPF_EXIST) return -EINVAL;
    if (this.memory.view.getUint32(key, true) >= this.definition.maxEntries) return -E2BIG;
    if (wanted === BPF_NOEXIST) return -EEXIST;
    return isLocked && !hasLock(this.definition) ? -EINVAL : 0;
  }
}
