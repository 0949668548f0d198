/** Queue (first in, first out) and stack (last in, first out), kernel/bpf/queue_stack_maps.c. */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { CONSUMER, copyBytes, COUNT, STORAGE } from './descriptor.ts';
import { E2BIG, EINVAL, ENOENT } from './errno.ts';
import { BPF_EXIST, BPF_NOEXIST } from './flags.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

export class QueueMap extends MapBase {
  readonly #isStack: boolean;
  readonly #storage: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment, isStack: boolean) {
    requireMap(definition, definition.keySizeBytes === 0, 'a queue or stack has no key');
    requireMap(definition, definition.valueSizeBytes > 0, 'a queue or stack has a value');
    requireMap(definition, definition.maxEntries > 0, 'a queue or stack has at least one entry');
    super(definition, environment, false);
    this.#isStack = isStack;
    this.#storage = this.memory.allocate(definition.maxEntries * this.stride);
    this.setField(STORAGE, this.#storage);
  }

  /** 0 or -errno; BPF_EXIST makes room by dropping the oldest. */
  push(value: Address, flags: bigint): number {
    if (flags === BPF_NOEXIST || flags > BPF_EXIST) return -EINVAL;
    if (this.#count === this.definition.maxEntries) {
      if (flags !== BPF_EXIST) {
        this.fault('map-full');
        return -E2BIG;
      }
      this.fault('oldest-dropped');
      this.#dropOldest();
    }
    copyBytes(this.memory, this.#slot(this.#count), value, this.definition.valueSizeBytes);
    this.setField(COUNT, this.#count + 1);
    return 0;
  }

  /** 0 or -errno; an empty map zeroes `value`. */
  take(value: Address, isRemoved: boolean): number {
    const size = this.definition.valueSizeBytes;
    if (this.#count === 0) {
      this.memory.bytes.fill(0, value, value + size);
      return -ENOENT;
    }
    copyBytes(this.memory, value, this.#slot(this.#isStack ? this.#count - 1 : 0), size);
    if (!isRemoved) return 0;
    if (this.#isStack) this.setField(COUNT, this.#count - 1);
    else this.#dropOldest();
    return 0;
  }

  takeNext(): void {
    this.take(this.scratch(), true);
  }

  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(_key: Address): number {
    return -EINVAL;
  }

  /** Oldest first, with an empty key. */
  *entries(): IterableIterator<MapEntry> {
    for (let index = 0; index < this.#count; index += 1) {
      yield { key: new Uint8Array(0), value: this.hostValue(this.#slot(index)) };
    }
  }

  /** What bpf_map_peek_elem() would give. */
  protected peek(_key: Address): Address {
    return this.#count === 0 ? 0 : this.#slot(this.#isStack ? this.#count - 1 : 0);
  }

  /** From outside, an update is a push. */
  protected updateAllCopies(_key: Address, value: Address, flags: bigint): number {
    return this.push(value, flags);
  }

  get #count(): number {
    return this.field(COUNT);
  }

  /** Place of the element `index` places after the oldest. */
  #slot(index: number): Address {
    return this.#storage + ((this.field(CONSUMER) + index) % this.definition.maxEntries) * this.stride;
  }

  #dropOldest(): void {
    this.setField(CONSUMER, (this.field(CONSUMER) + 1) % this.definition.maxEntries);
    this.setField(COUNT, this.#count - 1);
  }
}
