/** Hash of maps: a lookup gives a program the map itself; set from outside only. */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { requireMap } from './base.ts';
import { HANDLE_TAG } from './descriptor.ts';
import { EINVAL } from './errno.ts';
import { HashMap } from './hash.ts';
import { innerRefusal, requireInnerMap } from './inner-map.ts';
import type { MapEnvironment } from './map.ts';

export class HashOfMaps extends HashMap {
  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireMap(definition, definition.valueSizeBytes === 4, 'the value of a hash of maps is 4 bytes');
    requireInnerMap(definition);
    super(definition, environment);
  }

  /** The handle of a map, 0 for none. */
  override lookup(key: Address): Address {
    const place = super.lookup(key);
    return place === 0 ? 0 : HANDLE_TAG + this.memory.view.getUint32(place, true);
  }

  override update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  protected override updateAllCopies(key: Address, value: Address, flags: bigint): number {
    const refused = innerRefusal(this.definition, this.environment, this.memory.view.getUint32(value, true));
    return refused === 0 ? super.updateAllCopies(key, value, flags) : refused;
  }
}
