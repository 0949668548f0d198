/**
 * Lookup in one hash as a WebAssembly function, address of a key to address of its value or 0: what
 * HashMap.lookup() does, with the map's sizes written in and the loops over the key unrolled.
 */
import { NEWEST } from '../maps/descriptor.ts';
import { FINISH_1, FINISH_2, MIX, MIX_ROTATE } from '../maps/hash-key.ts';
import { HASH, KEY, NEXT } from '../maps/hash.ts';
import { roundUp8 } from '../maps/descriptor.ts';
import type { Address } from '../vm/memory.ts';
import type { KnownMap } from './known-map.ts';
import { importIndex } from './layout.ts';
import { EMPTY, I32, op } from './wasm.ts';
import { Writer } from './writer.ts';

/** Longer keys are left to JavaScript: unrolled, the code would grow beyond use. */
const KEY_BYTES_MAX = 64;

const LOCAL_KEY = 0;
const LOCAL_HASH = 1;
const LOCAL_ENTRY = 2;
const LOCALS = 2;

export function isHash({ type, keyBytes }: KnownMap): boolean {
  const isKind =
    type === 'hash' || type === 'percpu_hash' || type === 'lru_hash' || type === 'lru_percpu_hash';
  return isKind && keyBytes <= KEY_BYTES_MAX;
}

/** `cpuCell` is where the current CPU's number is. */
export function writeHashLookup(map: KnownMap, cpuCell: Address): Writer {
  const out = new Writer().unsigned(1).unsigned(LOCALS).byte(I32);
  hashKey(map.keyBytes, out);
  out.get(LOCAL_HASH).i32(map.bucketMask).byte(op.i32And).i32(2).byte(op.i32Shl);
  out.access(op.i32Load, map.buckets).set(LOCAL_ENTRY);
  out.byte(op.loop, EMPTY);
  out.get(LOCAL_ENTRY).byte(op.i32Eqz, op.if, EMPTY).i32(0).byte(op.return, op.end);
  isFound(map.keyBytes, out);
  out.byte(op.if, EMPTY);
  found(map, cpuCell, out);
  out.byte(op.return, op.end);
  out.get(LOCAL_ENTRY).access(op.i32Load, NEXT).set(LOCAL_ENTRY);
  return out.br(0).byte(op.end, op.unreachable, op.end);
}

/** hashBytes() of maps/hash-key.ts. */
function hashKey(keyBytes: number, out: Writer): void {
  out.i32(keyBytes).set(LOCAL_HASH);
  for (const { at, load } of pieces(keyBytes)) {
    out.get(LOCAL_HASH).get(LOCAL_KEY).access(load, at).byte(op.i32Xor);
    out.i32(MIX).byte(op.i32Mul).i32(MIX_ROTATE).byte(op.i32Rotl).set(LOCAL_HASH);
  }
  const fold = (by: number): Writer =>
    out.get(LOCAL_HASH).get(LOCAL_HASH).i32(by).byte(op.i32ShrU, op.i32Xor);
  fold(16).i32(FINISH_1).byte(op.i32Mul).set(LOCAL_HASH);
  fold(13).i32(FINISH_2).byte(op.i32Mul).set(LOCAL_HASH);
  fold(16).set(LOCAL_HASH);
}

/** Leaves an i32 that is 1 where the entry has the hash and the key. */
function isFound(keyBytes: number, out: Writer): void {
  out.get(LOCAL_ENTRY).access(op.i32Load, HASH).get(LOCAL_HASH).byte(op.i32Eq, op.if, I32);
  pieces(keyBytes).forEach(({ at, load }, index) => {
    out
      .get(LOCAL_ENTRY)
      .access(load, KEY + at)
      .get(LOCAL_KEY)
      .access(load, at)
      .byte(op.i32Eq);
    if (index > 0) out.byte(op.i32And);
  });
  out.byte(op.else).i32(0).byte(op.end);
}

/** A key as the words, then the bytes, that it is hashed and compared by. */
function pieces(keyBytes: number): readonly { readonly at: number; readonly load: number }[] {
  const words = Math.floor(keyBytes / 4);
  return [
    ...Array.from({ length: words }, (_, index) => ({ at: 4 * index, load: op.i32Load })),
    ...Array.from({ length: keyBytes % 4 }, (_, index) => ({ at: 4 * words + index, load: op.i32Load8U })),
  ];
}

/** Leaves the value's address. An LRU hash whose order changes is left to JavaScript. */
function found(map: KnownMap, cpuCell: Address, out: Writer): void {
  if (map.type === 'lru_hash' || map.type === 'lru_percpu_hash') {
    out.i32(map.descriptor).access(op.i32Load, NEWEST).get(LOCAL_ENTRY).byte(op.i32Ne, op.if, EMPTY);
    out.i32(map.descriptor).get(LOCAL_KEY).call(importIndex('lookup')).byte(op.return, op.end);
  }
  out
    .get(LOCAL_ENTRY)
    .i32(KEY + roundUp8(map.keyBytes))
    .byte(op.i32Add);
  addCpuOffset(map, cpuCell, out);
}

/** Moves the address on the stack to the current CPU's copy. */
export function addCpuOffset(map: KnownMap, cpuCell: Address, out: Writer): void {
  if (map.valueCopies === 1) return;
  out.i32(0).access(op.i32Load, cpuCell).i32(map.stride).byte(op.i32Mul, op.i32Add);
}
