/**
 * The shape every map type has. Keys and values are addresses in the machine's linear memory when a
 * program asks, and byte arrays when the outside does; errors are negative errno values as the
 * kernel returns them.
 */
import type { MapDefinition, SpecialField } from '../program.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';

export interface MapEnvironment {
  readonly memory: LinearMemory;
  /** CPUs of the recorded machine: per-CPU values have this many copies. */
  readonly cpuCount: number;
  /** CPU of the event being replayed. */
  currentCpu(): number;
  /** A program asked for what the recording does not know. */
  missing?(what: string): void;
  /** The map refused or lost something: `map-full`. */
  fault?(kind: string): void;
  /** A value ends, and with it what these fields of it own: objects that programs made. */
  endFields?(value: Address, fields: readonly SpecialField[]): void;
  /** Whether a program of that number was loaded. */
  hasProgram?(id: number): boolean;
  /** The map of that number, which idOfMap() of inner-map.ts gives. */
  mapById?(id: number): BpfMap | undefined;
}

export interface MapEntry {
  readonly key: Uint8Array;
  /** One value, or cpuCount values one after another (each rounded up to 8 bytes) for per-CPU types. */
  readonly value: Uint8Array;
}

/** Refusals and losses the user must see: `updates refused: map full, 1,204`. */
export interface MapFaults {
  /** By kind (`map-full`, `ringbuf-full`, ...): how often. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface BpfMap {
  readonly definition: MapDefinition;
  /** What a program holds as `struct bpf_map *`: unique, never a valid data address. */
  readonly handle: Address;
  readonly faults: MapFaults;
  /** Copies a value has: cpuCount for per-CPU types, else 1. */
  readonly valueCopies: number;
  /** Address of the value (of the current CPU's copy), 0 if absent. */
  lookup(key: Address): Address;
  /** 0 or -errno; flags BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. */
  update(key: Address, value: Address, flags: bigint): number;
  /** 0 or -errno. */
  delete(key: Address): number;
  /** Address of element 0's value for BPF_PSEUDO_MAP_VALUE; 0 where the type has none. */
  directValue(): Address;
  /** From outside: all entries, in a stable order (array index; hash insertion order). */
  entries(): IterableIterator<MapEntry>;
  /** From outside: the value's bytes (all CPUs' copies for per-CPU types) or undefined. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** From outside: 0 or -errno. */
  set(key: Uint8Array, value: Uint8Array, flags?: bigint): number;
  /** From outside: 0 or -errno. */
  remove(key: Uint8Array): number;
  /** Notes what the map keeps outside of linear memory; to call what it returns puts that back. */
  save(): () => void;
  /** From outside: takes out of a queue or stack what get() gives. */
  takeNext?(): void;
}
