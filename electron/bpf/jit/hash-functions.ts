/**
 * Lookup, update and delete in one hash as WebAssembly functions: what HashMap of maps/hash.ts does, step
 * for step, with the map's sizes written in. Where entries have to be laid out, or the map is full, they
 * ask the map itself, which also counts what it refuses.
 */
import {
  ASKS_MAP,
  COUNT,
  ENTRIES_LAID_OUT,
  FREE_HEAD,
  NEWEST,
  OLDEST,
  roundUp8,
} from '../maps/descriptor.ts';
import { EEXIST, ENOENT } from '../maps/errno.ts';
import { BPF_EXIST, BPF_NOEXIST } from '../maps/flags.ts';
import { HASH, KEY, NEWER, NEXT, OLDER } from '../maps/hash.ts';
import {
  above,
  add,
  and,
  both,
  called,
  different,
  below,
  equal,
  FunctionBuilder,
  isZero,
  load,
  multiply,
  or,
  shiftLeft,
  subtract,
  value,
  type Expression,
  type Local,
} from './function-builder.ts';
import { hashOfKey, isSameKey } from './hash-key.ts';
import type { KnownMap } from './known-map.ts';
import { importIndex } from './layout.ts';
import type { MapCode } from './map-code.ts';
import type { Writer } from './writer.ts';

const KINDS: readonly string[] = ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash'];

export function isHash({ type }: KnownMap): boolean {
  return KINDS.includes(type);
}

/** Address of a key to address of its value, of the current CPU's copy, or 0. */
export function writeHashLookup(map: KnownMap, code: MapCode): Writer {
  const f = new FunctionBuilder(1);
  const [key] = f.parameters as [Local];
  const hash = f.local(hashOfKey(f, map, code, key));
  const entry = f.local(load(bucketOf(map, value(hash))));
  f.forever((leave) => {
    f.if(isZero(value(entry)), () => f.return(0));
    f.if(isFound(map, code, { entry, key, hash }), leave);
    f.set(entry, load(value(entry), NEXT));
  });
  if (isLru(map)) touch(f, map, entry);
  f.return(currentCopy(map, code, add(value(entry), valueOffset(map))));
  return f.finish();
}

/** Addresses of key and value, flags; 0 or -errno. */
export function writeHashUpdate(map: KnownMap, code: MapCode): Writer {
  const f = new FunctionBuilder(3);
  const [key, from, flags] = f.parameters as [Local, Local, Local];
  const askMap = (): void => {
    f.return(called(importIndex('update'), map.descriptor, value(key), value(from), value(flags)));
  };
  f.if(or(above(value(flags), Number(BPF_EXIST)), load(map.descriptor, ASKS_MAP)), askMap);
  const hash = f.local(hashOfKey(f, map, code, key));
  const { entry: old, place } = find(f, map, code, key, hash);
  const entry = f.local();
  f.if(
    value(old),
    () => {
      f.if(equal(value(flags), Number(BPF_NOEXIST)), () => f.return(-EEXIST));
      if (map.valueCopies > 1) setValue(f, map, code, old, from);
      else {
        const spare = f.local(add(shiftLeft(load(code.cpuCell()), 2), map.spares));
        f.set(entry, load(value(spare)));
        f.if(isZero(value(entry)), askMap);
        f.copy(entry, KEY, key, 0, map.keyBytes);
        setValue(f, map, code, entry, from);
        replace(f, map, old, entry, place);
        f.store(value(spare), 0, value(old));
      }
      if (isLru(map)) touch(f, map, map.valueCopies > 1 ? old : entry);
    },
    () => {
      f.if(equal(value(flags), Number(BPF_EXIST)), () => f.return(-ENOENT));
      takeFree(f, map, entry, askMap);
      f.copy(entry, KEY, key, 0, map.keyBytes);
      if (map.valueCopies > 1) f.clear(entry, valueOffset(map), map.valueCopies * map.stride);
      setValue(f, map, code, entry, from);
      insert(f, map, entry, hash);
    },
  );
  f.return(0);
  return f.finish();
}

/** Address of a key; 0 or -errno. */
export function writeHashDelete(map: KnownMap, code: MapCode): Writer {
  const f = new FunctionBuilder(1);
  const [key] = f.parameters as [Local];
  f.if(load(map.descriptor, ASKS_MAP), () => {
    f.return(called(importIndex('delete'), map.descriptor, value(key)));
  });
  const { entry, place } = find(f, map, code, key, f.local(hashOfKey(f, map, code, key)));
  f.if(isZero(value(entry)), () => f.return(-ENOENT));
  takeOut(f, map, entry, place);
  f.store(value(entry), NEXT, load(map.descriptor, FREE_HEAD));
  f.store(map.descriptor, FREE_HEAD, value(entry));
  f.return(0);
  return f.finish();
}

function isLru({ type }: KnownMap): boolean {
  return type === 'lru_hash' || type === 'lru_percpu_hash';
}

function valueOffset({ keyBytes }: KnownMap): number {
  return KEY + roundUp8(keyBytes);
}

function currentCopy(map: KnownMap, code: MapCode, first: Expression): Expression {
  return map.valueCopies === 1 ? first : add(first, multiply(load(code.cpuCell()), map.stride));
}

function bucketOf(map: KnownMap, hash: Expression): Expression {
  return add(shiftLeft(and(hash, map.bucketMask), 2), map.buckets);
}

interface Sought {
  readonly entry: Local;
  readonly key: Local;
  readonly hash: Local;
}

function isFound(map: KnownMap, code: MapCode, { entry, key, hash }: Sought): Expression {
  return both(equal(load(value(entry), HASH), value(hash)), isSameKey(map, code, entry, key));
}

/** The entry with that key, 0 for none, and the place its address stands at. */
function find(f: FunctionBuilder, map: KnownMap, code: MapCode, key: Local, hash: Local) {
  const place = f.local(bucketOf(map, value(hash)));
  const entry = f.local();
  f.forever((leave) => {
    f.set(entry, load(value(place)));
    f.if(isZero(value(entry)), leave);
    f.if(isFound(map, code, { entry, key, hash }), leave);
    f.set(place, add(value(entry), NEXT));
  });
  return { entry, place };
}

function setValue(f: FunctionBuilder, map: KnownMap, code: MapCode, entry: Local, from: Local): void {
  if (map.valueCopies === 1) {
    f.copy(entry, valueOffset(map), from, 0, map.valueBytes);
    return;
  }
  const copy = f.local(currentCopy(map, code, value(entry)));
  f.copy(copy, valueOffset(map), from, 0, map.valueBytes);
}

/** An unused entry into `entry`; LRU evicts the oldest for it. */
function takeFree(f: FunctionBuilder, map: KnownMap, entry: Local, askMap: () => void): void {
  f.set(entry, load(map.descriptor, FREE_HEAD));
  f.if(
    value(entry),
    () => f.store(map.descriptor, FREE_HEAD, load(value(entry), NEXT)),
    isLru(map)
      ? () => {
          f.if(below(load(map.descriptor, ENTRIES_LAID_OUT), map.maxEntries), askMap);
          evictOldest(f, map, entry);
        }
      : askMap,
  );
}

function evictOldest(f: FunctionBuilder, map: KnownMap, entry: Local): void {
  f.set(entry, load(map.descriptor, OLDEST));
  const place = f.local(bucketOf(map, load(value(entry), HASH)));
  f.forever((leave) => {
    f.if(equal(load(value(place)), value(entry)), leave);
    f.set(place, add(load(value(place)), NEXT));
  });
  takeOut(f, map, entry, place);
  f.count(map.evictions);
}

function insert(f: FunctionBuilder, map: KnownMap, entry: Local, hash: Local): void {
  // Found anew, for what was evicted may have stood in this bucket.
  const bucket = f.local(bucketOf(map, value(hash)));
  f.store(value(entry), HASH, value(hash));
  f.store(value(entry), NEXT, load(value(bucket)));
  f.store(value(bucket), 0, value(entry));
  append(f, map, entry);
  f.store(map.descriptor, COUNT, add(load(map.descriptor, COUNT), 1));
}

/** Puts `entry` where `old` was, in its bucket and in order. */
function replace(f: FunctionBuilder, map: KnownMap, old: Local, entry: Local, place: Local): void {
  f.copy(entry, 0, old, 0, KEY);
  f.store(value(place), 0, value(entry));
  const [older, newer] = neighbours(f, old);
  relink(f, map, older, newer, value(entry), value(entry));
}

/** Of its bucket, whose `place` leads to it, and of the order. */
function takeOut(f: FunctionBuilder, map: KnownMap, entry: Local, place: Local): void {
  f.store(value(place), 0, load(value(entry), NEXT));
  unlink(f, map, entry);
  f.store(map.descriptor, COUNT, subtract(load(map.descriptor, COUNT), 1));
}

function touch(f: FunctionBuilder, map: KnownMap, entry: Local): void {
  f.if(different(load(map.descriptor, NEWEST), value(entry)), () => {
    unlink(f, map, entry);
    append(f, map, entry);
  });
}

function append(f: FunctionBuilder, map: KnownMap, entry: Local): void {
  const last = f.local(load(map.descriptor, NEWEST));
  f.store(value(entry), OLDER, value(last));
  f.store(value(entry), NEWER, 0);
  f.if(
    value(last),
    () => f.store(value(last), NEWER, value(entry)),
    () => f.store(map.descriptor, OLDEST, value(entry)),
  );
  f.store(map.descriptor, NEWEST, value(entry));
}

function unlink(f: FunctionBuilder, map: KnownMap, entry: Local): void {
  const [older, newer] = neighbours(f, entry);
  relink(f, map, older, newer, value(newer), value(older));
}

function neighbours(f: FunctionBuilder, entry: Local): readonly [older: Local, newer: Local] {
  return [f.local(load(value(entry), OLDER)), f.local(load(value(entry), NEWER))];
}

/** Makes `older` go on with `afterOlder`, and `newer` come after `beforeNewer`; 0 stands for an end of the list. */
function relink(
  f: FunctionBuilder,
  map: KnownMap,
  older: Local,
  newer: Local,
  afterOlder: Expression,
  beforeNewer: Expression,
): void {
  f.if(
    value(older),
    () => f.store(value(older), NEWER, afterOlder),
    () => f.store(map.descriptor, OLDEST, afterOlder),
  );
  f.if(
    value(newer),
    () => f.store(value(newer), OLDER, beforeNewer),
    () => f.store(map.descriptor, NEWEST, beforeNewer),
  );
}
