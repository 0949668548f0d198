/**
 * What all map types share: definition, handle, counted faults, and the way bytes from outside
 * reach storage: through a scratch area in linear memory, so that there is one code path.
 */
import { Failure } from '../../failure.ts';
import type { MapDefinition, SpecialField } from '../program.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import {
  copyBytes,
  createDescriptor,
  HANDLE_TAG,
  KEY_SIZE,
  MAX_ENTRIES,
  roundUp8,
  STRIDE,
  VALUE_SIZE,
} from './descriptor.ts';
import { EINVAL, EPERM } from './errno.ts';
import type { BpfMap, MapEntry, MapEnvironment, MapFaults } from './map.ts';

/** Key and value of one element, for bpf_for_each_map_elem(). */
export type ElementAddresses = readonly [key: Address, value: Address];

export abstract class MapBase implements BpfMap {
  readonly definition: MapDefinition;
  readonly handle: Address;
  readonly valueCopies: number;
  protected readonly environment: MapEnvironment;
  protected readonly memory: LinearMemory;
  protected readonly descriptor: Address;
  /** Bytes of one value copy, rounded up to 8. */
  protected readonly stride: number;
  protected readonly specialFields: readonly SpecialField[];
  readonly #faults = new Map<string, number>();
  #scratch: Address = 0;

  constructor(definition: MapDefinition, environment: MapEnvironment, isPerCpu: boolean) {
    this.definition = definition;
    this.environment = environment;
    this.memory = environment.memory;
    this.valueCopies = isPerCpu ? environment.cpuCount : 1;
    this.specialFields = definition.specialFields ?? [];
    this.stride = roundUp8(definition.valueSizeBytes);
    this.descriptor = createDescriptor(this.memory);
    this.handle = HANDLE_TAG + this.descriptor;
    this.setField(KEY_SIZE, definition.keySizeBytes);
    this.setField(VALUE_SIZE, definition.valueSizeBytes);
    this.setField(MAX_ENTRIES, definition.maxEntries);
    this.setField(STRIDE, this.stride);
  }

  get faults(): MapFaults {
    return { counts: this.#faults };
  }

  abstract lookup(key: Address): Address;
  abstract update(key: Address, value: Address, flags: bigint): number;
  abstract delete(key: Address): number;
  abstract entries(): IterableIterator<MapEntry>;
  /** The value of the key at `key` with all its copies, without side effects; 0 if absent. */
  protected abstract peek(key: Address): Address;
  /** As update(), with a value for every copy. */
  protected abstract updateAllCopies(key: Address, value: Address, flags: bigint): number;

  directValue(): Address {
    return 0;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (key.length !== this.definition.keySizeBytes) return undefined;
    const scratch = this.scratch();
    this.memory.bytes.set(key, scratch);
    const value = this.peek(scratch);
    return value === 0 ? undefined : this.hostValue(value);
  }

  set(key: Uint8Array, value: Uint8Array, flags = 0n): number {
    if (this.definition.isFrozen) return -EPERM;
    if (key.length !== this.definition.keySizeBytes || value.length !== this.hostValueBytes) return -EINVAL;
    const scratch = this.scratch();
    const valueAt = scratch + roundUp8(this.definition.keySizeBytes);
    this.memory.bytes.set(key, scratch);
    this.memory.bytes.set(value, valueAt);
    return this.updateAllCopies(scratch, valueAt, flags);
  }

  remove(key: Uint8Array): number {
    if (this.definition.isFrozen) return -EPERM;
    if (key.length !== this.definition.keySizeBytes) return -EINVAL;
    const scratch = this.scratch();
    this.memory.bytes.set(key, scratch);
    return this.delete(scratch);
  }

  save(): () => void {
    const [faults, scratch] = [[...this.#faults], this.#scratch];
    return () => {
      this.#faults.clear();
      for (const [kind, count] of faults) this.#faults.set(kind, count);
      this.#scratch = scratch;
    };
  }

  /** Bytes of a value as the outside sees it. */
  protected get hostValueBytes(): number {
    return this.valueCopies === 1 ? this.definition.valueSizeBytes : this.valueCopies * this.stride;
  }

  protected hostValue(value: Address): Uint8Array {
    const bytes = this.memory.bytes.slice(value, value + this.hostValueBytes);
    this.#blankFields(bytes, 0, this.valueCopies);
    return bytes;
  }

  /** Stores one copy of a value. Its locks, timers and kernel pointers begin anew, whatever lies at `from`. */
  protected storeValue(to: Address, from: Address): void {
    this.endValue(to, 1);
    copyBytes(this.memory, to, from, this.definition.valueSizeBytes);
    this.#blankFields(this.memory.bytes, to, 1);
  }

  /** As storeValue(), for every copy. */
  protected storeAllCopies(to: Address, from: Address): void {
    this.endValue(to, this.valueCopies);
    copyBytes(this.memory, to, from, this.hostValueBytes);
    this.#blankFields(this.memory.bytes, to, this.valueCopies);
  }

  /** Stores a value around its locks, timers and kernel pointers, which stay: copy_map_value_locked(). */
  protected storeAroundFields(to: Address, from: Address): void {
    const kept = this.specialFields.map(({ offsetBytes, sizeBytes }) =>
      this.memory.bytes.slice(to + offsetBytes, to + offsetBytes + sizeBytes),
    );
    copyBytes(this.memory, to, from, this.definition.valueSizeBytes);
    for (const [index, { offsetBytes }] of this.specialFields.entries())
      this.memory.bytes.set(kept[index] ?? [], to + offsetBytes);
  }

  /** Objects that the value owned end with it. */
  protected endValue(value: Address, copies = this.valueCopies): void {
    if (this.specialFields.length === 0) return;
    for (let copy = 0; copy < copies; copy += 1)
      this.environment.endFields?.(value + copy * this.stride, this.specialFields);
  }

  #blankFields(bytes: Uint8Array, value: number, copies: number): void {
    for (const { offsetBytes, sizeBytes } of this.specialFields) {
      for (let copy = 0; copy < copies; copy += 1) {
        const start = value + copy * this.stride + offsetBytes;
        bytes.fill(0, start, start + sizeBytes);
      }
    }
  }

  protected field(offset: number): number {
    return this.memory.view.getUint32(this.descriptor + offset, true);
  }

  protected setField(offset: number, value: number): void {
    this.memory.view.setUint32(this.descriptor + offset, value, true);
  }

  protected fault(kind: string): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
    this.environment.fault?.(kind);
  }

  /** Room for one key and, 8-byte aligned behind it, all copies of one value. */
  protected scratch(): Address {
    if (this.#scratch === 0) {
      this.#scratch = this.memory.allocate(
        roundUp8(this.definition.keySizeBytes) + this.valueCopies * this.stride + 8,
      );
    }
    return this.#scratch;
  }
}

/** Throws Failure `bad-map` unless `holds`: what BPF_MAP_CREATE answers with EINVAL. */
export function requireMap(definition: MapDefinition, holds: boolean, reason: string): void {
  if (!holds) {
    throw new Failure('vm', 'bad-map', reason, { at: `map ${definition.name}` }, { type: definition.type });
  }
}
