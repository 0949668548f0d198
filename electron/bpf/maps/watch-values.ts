/**
 * Tells when values of a map end: their element is deleted, replaced or pushed out. For what lives in a value
 * beside its bytes, such as a timer, which ends with it.
 */
import type { Address, LinearMemory } from '../vm/memory.ts';
import { ASKS_MAP, HANDLE_TAG } from './descriptor.ts';
import { BPF_F_LOCK } from './flags.ts';
import type { BpfMap } from './map.ts';

/**
 * Calls `onEnd` with the address of each value that ends from now on. The map's own operations are wrapped, and
 * compiled code asks the map for them, so that maps nobody watches pay next to nothing.
 */
export function watchValues(map: BpfMap, memory: LinearMemory, onEnd: (value: Address) => void): void {
  const { update, delete: remove, set } = map;
  const { type, keySizeBytes } = map.definition;
  memory.view.setUint32(map.handle - HANDLE_TAG + ASKS_MAP, 1, true);
  const at = (key: Uint8Array): Address => {
    const keyAt = memory.lend(keySizeBytes);
    memory.bytes.set(key, keyAt);
    const value = map.lookup(keyAt);
    memory.takeBack(keyAt, keySizeBytes);
    return value;
  };
  /** Under a lock a hash updates in place, around what lives in the value. */
  const isKept = (flags: bigint): boolean => type === 'hash' && (flags & BPF_F_LOCK) !== 0n;
  // A value may come to lie where one did that was pushed out.
  const end = (...values: readonly Address[]): void => {
    for (const each of new Set(values)) if (each !== 0) onEnd(each);
  };
  map.update = (key, value, flags) => {
    const before = map.lookup(key);
    const result = update.call(map, key, value, flags);
    if (result === 0 && !isKept(flags)) end(before, map.lookup(key));
    return result;
  };
  map.delete = (key) => {
    const before = map.lookup(key);
    const result = remove.call(map, key);
    if (result === 0) end(before);
    return result;
  };
  map.set = (key, value, flags = 0n) => {
    const before = key.length === keySizeBytes ? at(key) : 0;
    const result = set.call(map, key, value, flags);
    if (result === 0 && !isKept(flags)) end(before, at(key));
    return result;
  };
}
