/** Array of maps: a lookup gives a program the map itself. */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { HANDLE_TAG } from './descriptor.ts';
import { innerRefusal, requireInnerMap } from './inner-map.ts';
import type { MapEnvironment } from './map.ts';
import { SlotArray } from './slot-array.ts';

export class ArrayOfMaps extends SlotArray {
  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireInnerMap(definition);
    super(definition, environment);
  }

  /** The handle of a map, 0 for none. */
  override lookup(key: Address): Address {
    const place = this.peek(key);
    return place === 0 ? 0 : HANDLE_TAG + this.memory.view.getUint32(place, true);
  }

  protected refusal(map: number): number {
    return innerRefusal(this.definition, this.environment, map);
  }
}
