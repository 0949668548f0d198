/**
 * Many elements in one command, from outside: BPF_MAP_LOOKUP_BATCH and its kin, bpf_map_do_batch() and what it
 * calls in kernel/bpf/syscall.c and hashtab.c of Linux 6.18. A type without them answers -ENOTSUPP.
 *
 * A hash is walked bucket by bucket, and the cursor is the number of the next bucket: a bucket is given whole or
 * not at all. Other types are walked key by key, and the cursor is the last key given.
 */
import type { MapType } from '../program.ts';
import { deleteElement, flagsRefusal, lookUpElement, nextKey, updateElement } from './commands.ts';
import { EINVAL, ENOENT, ENOSPC, ENOTSUPP, EPERM } from './errno.ts';
import { BPF_F_RDONLY, BPF_F_WRONLY } from './flags.ts';
import { HashMap } from './hash.ts';
import type { BpfMap, MapEntry } from './map.ts';

export interface BatchQuestion {
  /** Elements asked for, at most. */
  readonly count: number;
  /** Where the batch before this one ended; undefined to begin. */
  readonly cursor?: Uint8Array | undefined;
  readonly elementFlags?: bigint;
  readonly flags?: bigint;
}

export interface BatchFound {
  /** 0; -ENOENT where these are the last; -ENOSPC where `count` is less than the next bucket holds. */
  readonly result: number;
  readonly entries: readonly MapEntry[];
  /** As given where nothing was found. */
  readonly cursor: Uint8Array | undefined;
}

export interface BatchDone {
  /** 0, or -errno of the first element that was refused. */
  readonly result: number;
  /** Elements before that one. */
  readonly done: number;
}

const CURSOR_BYTES = 4;
const hashes: readonly MapType[] = ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'hash_of_maps'];
const arrays: readonly MapType[] = ['array', 'percpu_array', 'array_of_maps'];

const found: ReadonlySet<MapType> = new Set([...hashes, ...arrays, 'lpm_trie']);
const foundAndDeleted: ReadonlySet<MapType> = new Set(hashes);
const updated: ReadonlySet<MapType> = found;
const deleted: ReadonlySet<MapType> = new Set([...hashes, 'lpm_trie']);

export function lookUpBatch(map: BpfMap, question: BatchQuestion): BatchFound {
  const refused = refusal(map, found, BPF_F_WRONLY) || flagsRefusal(map, question.elementFlags ?? 0n);
  if (refused !== 0) return nothing(refused, question);
  return map instanceof HashMap ? walkBuckets(map, question, false) : walkKeys(map, question);
}

export function lookUpAndDeleteBatch(map: BpfMap, question: BatchQuestion): BatchFound {
  const refused =
    refusal(map, foundAndDeleted, BPF_F_WRONLY | BPF_F_RDONLY) ||
    flagsRefusal(map, question.elementFlags ?? 0n);
  if (refused !== 0) return nothing(refused, question);
  return map instanceof HashMap ? walkBuckets(map, question, true) : nothing(-ENOTSUPP, question);
}

export function updateBatch(map: BpfMap, entries: readonly MapEntry[], elementFlags = 0n): BatchDone {
  const refused = refusal(map, updated, BPF_F_RDONLY) || flagsRefusal(map, elementFlags);
  if (refused !== 0) return { result: refused, done: 0 };
  return untilRefused(entries, ({ key, value }) => updateElement(map, key, value, elementFlags));
}

export function deleteBatch(map: BpfMap, keys: readonly Uint8Array[], elementFlags = 0n): BatchDone {
  const refused = refusal(map, deleted, BPF_F_RDONLY) || flagsRefusal(map, elementFlags);
  if (refused !== 0) return { result: refused, done: 0 };
  return untilRefused(keys, (key) => deleteElement(map, key));
}

/** `closed`: flags of creation that leave no way for the command. */
function refusal({ definition }: BpfMap, types: ReadonlySet<MapType>, closed: number): number {
  const { type, flags, isFrozen } = definition;
  if ((flags & closed) !== 0 || (isFrozen && (closed & BPF_F_RDONLY) !== 0)) return -EPERM;
  return types.has(type) ? 0 : -ENOTSUPP;
}

function nothing(result: number, { cursor }: BatchQuestion): BatchFound {
  return { result, entries: [], cursor };
}

function untilRefused<Element>(
  elements: readonly Element[],
  perform: (element: Element) => number,
): BatchDone {
  for (const [done, element] of elements.entries()) {
    const result = perform(element);
    if (result !== 0) return { result, done };
  }
  return { result: 0, done: elements.length };
}

function walkBuckets(map: HashMap, question: BatchQuestion, isDeleted: boolean): BatchFound {
  const { count, cursor, flags = 0n } = question;
  if (flags !== 0n || (cursor !== undefined && cursor.length < CURSOR_BYTES))
    return nothing(-EINVAL, question);
  if (count === 0) return nothing(0, question);
  let bucket = cursor === undefined ? 0 : wordOf(cursor);
  if (bucket >= map.bucketCount) return nothing(-ENOENT, question);
  const entries: MapEntry[] = [];
  let result = -ENOENT;
  for (; bucket < map.bucketCount; bucket += 1) {
    const inBucket = map.entriesInBucket(bucket);
    if (inBucket.length > count - entries.length) {
      result = entries.length === 0 ? -ENOSPC : 0;
      break;
    }
    entries.push(...inBucket);
    if (isDeleted) for (const { key } of inBucket) map.remove(key);
  }
  return { result, entries, cursor: new Uint8Array(Uint32Array.of(bucket).buffer) };
}

function walkKeys(map: BpfMap, question: BatchQuestion): BatchFound {
  const entries: MapEntry[] = [];
  let { cursor } = question;
  while (entries.length < question.count) {
    const key = nextKey(map, cursor);
    if (typeof key === 'number') return { result: key, entries, cursor };
    cursor = key;
    const value = lookUpElement(map, key, question.elementFlags ?? 0n);
    if (typeof value !== 'number') entries.push({ key, value });
    else if (value !== -ENOENT) return { result: value, entries: [], cursor: question.cursor };
  }
  return { result: 0, entries, cursor };
}

function wordOf(cursor: Uint8Array): number {
  return new DataView(cursor.buffer, cursor.byteOffset, cursor.byteLength).getUint32(0, true);
}
