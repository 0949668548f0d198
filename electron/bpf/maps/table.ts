/** Map types by name: the one place that knows which exist. */
import { Failure } from '../../failure.ts';
import type { MapDefinition, MapType } from '../program.ts';
import { ArrayMap } from './array.ts';
import { ArrayOfMaps } from './array-of-maps.ts';
import { BloomFilter } from './bloom-filter.ts';
import { CgroupArray } from './cgroup-array.ts';
import { requireFlags } from './creation-flags.ts';
import { HashOfMaps } from './hash-of-maps.ts';
import { HashMap } from './hash.ts';
import { LocalStorage } from './local-storage.ts';
import { LpmTrie } from './lpm-trie.ts';
import type { BpfMap, MapEnvironment } from './map.ts';
import { PerfEventArray } from './perf-event-array.ts';
import { ProgArray } from './prog-array.ts';
import { QueueMap } from './queue.ts';
import { RedirectHash } from './redirect-hash.ts';
import { RedirectArray } from './redirect-map.ts';
import { RingBuffer } from './ringbuf.ts';
import { StackTraceMap } from './stack-trace.ts';
import { StructOpsMap } from './struct-ops.ts';
import { UserRingBuffer } from './user-ringbuf.ts';

type MapMaker = (definition: MapDefinition, environment: MapEnvironment) => BpfMap;

const localStorage: MapMaker = (definition, environment) => new LocalStorage(definition, environment);
const redirectArray: MapMaker = (definition, environment) => new RedirectArray(definition, environment);
const redirectHash: MapMaker = (definition, environment) => new RedirectHash(definition, environment);

const makers: Readonly<Partial<Record<MapType, MapMaker>>> = {
  array: (definition, environment) => new ArrayMap(definition, environment),
  percpu_array: (definition, environment) => new ArrayMap(definition, environment, true),
  hash: (definition, environment) => new HashMap(definition, environment),
  percpu_hash: (definition, environment) => new HashMap(definition, environment, { isPerCpu: true }),
  lru_hash: (definition, environment) => new HashMap(definition, environment, { isLru: true }),
  lru_percpu_hash: (definition, environment) =>
    new HashMap(definition, environment, { isLru: true, isPerCpu: true }),
  lpm_trie: (definition, environment) => new LpmTrie(definition, environment),
  array_of_maps: (definition, environment) => new ArrayOfMaps(definition, environment),
  hash_of_maps: (definition, environment) => new HashOfMaps(definition, environment),
  bloom_filter: (definition, environment) => new BloomFilter(definition, environment),
  task_storage: localStorage,
  inode_storage: localStorage,
  sk_storage: localStorage,
  cgrp_storage: localStorage,
  devmap: redirectArray,
  cpumap: redirectArray,
  xskmap: redirectArray,
  sockmap: redirectArray,
  reuseport_sockarray: redirectArray,
  devmap_hash: redirectHash,
  sockhash: redirectHash,
  queue: (definition, environment) => new QueueMap(definition, environment, false),
  stack: (definition, environment) => new QueueMap(definition, environment, true),
  prog_array: (definition, environment) => new ProgArray(definition, environment),
  perf_event_array: (definition, environment) => new PerfEventArray(definition, environment),
  cgroup_array: (definition, environment) => new CgroupArray(definition, environment),
  stack_trace: (definition, environment) => new StackTraceMap(definition, environment),
  ringbuf: (definition, environment) => new RingBuffer(definition, environment),
  struct_ops: (definition, environment) => new StructOpsMap(definition, environment),
  user_ringbuf: (definition, environment) => new UserRingBuffer(definition, environment),
};

/** Throws Failure `map-type` naming a type that is not implemented, `bad-map` for impossible sizes. */
export function createMap(definition: MapDefinition, environment: MapEnvironment): BpfMap {
  const make = makers[definition.type];
  if (make === undefined) {
    throw new Failure(
      'vm',
      'map-type',
      `maps of type ${definition.type} are not implemented here`,
      {
        at: `map ${definition.name}`,
      },
      { type: definition.type },
    );
  }
  requireFlags(definition);
  return make(definition, environment);
}
