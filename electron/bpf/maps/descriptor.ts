/**
 * What a map keeps in linear memory for code that runs there: 64 bytes of 32-bit fields at fixed
 * offsets, the same for every type; a type leaves the fields it has no use for at zero. A handle is
 * the descriptor's address plus HANDLE_TAG, which no data address reaches.
 *
 * Mutable state of a map lives here or in its storage, so that a copy of linear memory holds it.
 */
import type { Address, LinearMemory } from '../vm/memory.ts';

export const DESCRIPTOR_BYTES = 64;

/** Added to a descriptor's address to make a handle: bit 33, beyond what 32-bit memory addresses. */
export const HANDLE_TAG = 2 ** 33;

/** Offsets of the descriptor's fields. */
export const KEY_SIZE = 0;
export const VALUE_SIZE = 4;
export const MAX_ENTRIES = 8;
/** Bytes from one value copy, array element or queue slot to the next. */
export const STRIDE = 12;
/** First array element, queue slot, ring buffer byte, stack trace slot. */
export const STORAGE = 16;
/** Hash: address of the bucket heads, and the mask that takes a hash to one. */
export const BUCKETS = 20;
export const BUCKET_MASK = 24;
/** Hash: entries ever laid out; those free of them, as a list; those in use. */
export const ENTRIES_LAID_OUT = 28;
export const FREE_HEAD = 32;
export const COUNT = 36;
/** Hash: ends of the list of entries in order of insertion (LRU: of use). */
export const OLDEST = 40;
export const NEWEST = 44;
/** Queue, stack, ring buffer: positions, counted without wrapping below 2^32. */
export const CONSUMER = 48;
export const PRODUCER = 52;
/** Hash, array: 1 where updates and deletes are more than what the layout shows, so that compiled code asks the map. */
export const ASKS_MAP = 48;
/** Hash: address of one spare entry a CPU, which replaces an entry that is updated. */
export const SPARES = 56;
/** LRU hash: address of a 64-bit count of the entries evicted. */
export const EVICTIONS = 60;
/** Trie: the last of the free nodes, whose first is FREE_HEAD, and how many there are. */
export const FREE_TAIL = 40;
export const FREE_COUNT = 44;

export function createDescriptor(memory: LinearMemory): Address {
  return memory.allocate(DESCRIPTOR_BYTES, 64);
}

export function roundUp8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Hot: most keys and values are a few words, for which a call into copyWithin() costs more. */
export function copyBytes(memory: LinearMemory, to: Address, from: Address, sizeBytes: number): void {
  if (sizeBytes > 64) {
    memory.bytes.copyWithin(to, from, from + sizeBytes);
    return;
  }
  const { view } = memory;
  let done = 0;
  for (; done + 4 <= sizeBytes; done += 4) view.setInt32(to + done, view.getInt32(from + done, true), true);
  for (; done < sizeBytes; done += 1) view.setUint8(to + done, view.getUint8(from + done));
}
