/**
 * What arrays of things that are not plain values share (programs, maps, cgroups): a number at each
 * place that says which, 0 for none. Set from outside only, as kernel/bpf/arraymap.c does it for fd arrays.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { STORAGE } from './descriptor.ts';
import { E2BIG, EINVAL, ENOENT } from './errno.ts';
import { BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG } from './flags.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

const NUMBER_BYTES = 4;

export abstract class SlotArray extends MapBase {
  readonly #storage: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const { type, keySizeBytes, valueSizeBytes, maxEntries, flags } = definition;
    requireMap(
      definition,
      keySizeBytes === NUMBER_BYTES && valueSizeBytes === NUMBER_BYTES,
      `key and value of a map of type ${type} are 4 bytes each`,
    );
    requireMap(definition, maxEntries > 0, `a map of type ${type} has at least one entry`);
    requireMap(
      definition,
      (flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) === 0,
      `a map of type ${type} is neither read-only nor write-only to programs`,
    );
    super(definition, environment, false);
    this.#storage = this.memory.allocate(maxEntries * NUMBER_BYTES);
    this.setField(STORAGE, this.#storage);
  }

  /** 0, or -errno where what the number stands for cannot be put in. */
  protected abstract refusal(number: number): number;

  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(key: Address): number {
    if (this.memory.view.getUint32(key, true) >= this.definition.maxEntries) return -E2BIG;
    const place = this.peek(key);
    if (place === 0) return -ENOENT;
    this.memory.view.setUint32(place, 0, true);
    return 0;
  }

  *entries(): IterableIterator<MapEntry> {
    for (let index = 0; index < this.definition.maxEntries; index += 1) {
      const place = this.#storage + index * NUMBER_BYTES;
      if (this.memory.view.getUint32(place, true) === 0) continue;
      yield { key: new Uint8Array(Uint32Array.of(index).buffer), value: this.hostValue(place) };
    }
  }

  protected peek(key: Address): Address {
    const index = this.memory.view.getUint32(key, true);
    if (index >= this.definition.maxEntries) return 0;
    const place = this.#storage + index * NUMBER_BYTES;
    return this.memory.view.getUint32(place, true) === 0 ? 0 : place;
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    if (flags !== 0n) return -EINVAL;
    const { view } = this.memory;
    const index = view.getUint32(key, true);
    if (index >= this.definition.maxEntries) return -E2BIG;
    const number = view.getUint32(value, true);
    const refused = this.refusal(number);
    if (refused === 0) view.setUint32(this.#storage + index * NUMBER_BYTES, number, true);
    return refused;
  }
}
