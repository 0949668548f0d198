/**
 * Program array: where tail calls go. Set from outside only, to the ids of loaded programs; an id
 * of 0 is an empty place.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { STORAGE } from './descriptor.ts';
import { E2BIG, EINVAL, ENOENT } from './errno.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

const ID_BYTES = 4;

export class ProgArray extends MapBase {
  readonly #storage: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireMap(
      definition,
      definition.keySizeBytes === 4 && definition.valueSizeBytes === 4,
      'key and value of a program array are 4 bytes each',
    );
    requireMap(definition, definition.maxEntries > 0, 'a program array has at least one entry');
    super(definition, environment, false);
    this.#storage = this.memory.allocate(definition.maxEntries * ID_BYTES);
    this.setField(STORAGE, this.#storage);
  }

  /** Programs reach the entries by tail calls alone. */
  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(key: Address): number {
    const place = this.peek(key);
    if (place === 0) return -ENOENT;
    this.memory.view.setUint32(place, 0, true);
    return 0;
  }

  *entries(): IterableIterator<MapEntry> {
    for (let index = 0; index < this.definition.maxEntries; index += 1) {
      const place = this.#storage + index * ID_BYTES;
      if (this.memory.view.getUint32(place, true) === 0) continue;
      yield { key: new Uint8Array(Uint32Array.of(index).buffer), value: this.hostValue(place) };
    }
  }

  protected peek(key: Address): Address {
    const index = this.memory.view.getUint32(key, true);
    if (index >= this.definition.maxEntries) return 0;
    const place = this.#storage + index * ID_BYTES;
    return this.memory.view.getUint32(place, true) === 0 ? 0 : place;
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    if (flags !== 0n) return -EINVAL;
    const { view } = this.memory;
    const index = view.getUint32(key, true);
    if (index >= this.definition.maxEntries) return -E2BIG;
    view.setUint32(this.#storage + index * ID_BYTES, view.getUint32(value, true), true);
    return 0;
  }
}
