/**
 * Local storage of tasks, inodes, sockets and cgroups, kernel/bpf/bpf_local_storage.c: a value for every
 * object of the kernel that was given one.
 *
 * The key is the object's identity: its address in the modelled kernel, 64 bits, as a program holds it. Linux
 * takes a file descriptor from outside; here that is the address too. Who models the kernel calls
 * removeFor() where an object ends.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { EINVAL, ENOENT } from './errno.ts';
import { BPF_F_CLONE, BPF_F_NO_PREALLOC, BPF_NOEXIST } from './flags.ts';
import { HashMap } from './hash.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

/** Linux has no limit but memory. More objects than this in one recording are refused, and counted. */
const OBJECTS_MAX = 2 ** 18;
/** What a key from outside is in Linux: a file descriptor. */
const DESCRIPTOR_BYTES = 4;
const IDENTITY_BYTES = 8;
/** BPF_LOCAL_STORAGE_MAX_VALUE_SIZE of Linux is somewhat less than 64 KiB. */
const VALUE_BYTES_MAX = 65_536 - 1024;

/** BPF_LOCAL_STORAGE_GET_F_CREATE. */
export const STORAGE_CREATE = 1n;

export class LocalStorage extends MapBase {
  readonly #values: HashMap;
  readonly #identity: Address;
  readonly #zeros: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const { type, flags, keySizeBytes, valueSizeBytes, maxEntries, keyTypeId, valueTypeId } = definition;
    requireMap(
      definition,
      (flags & BPF_F_NO_PREALLOC) !== 0 && (flags & ~(BPF_F_NO_PREALLOC | BPF_F_CLONE)) === 0,
      `a ${type} is created with BPF_F_NO_PREALLOC, and may have BPF_F_CLONE`,
    );
    requireMap(definition, maxEntries === 0, `a ${type} does not say how many entries it has`);
    requireMap(definition, keySizeBytes === DESCRIPTOR_BYTES, `the key of a ${type} is 4 bytes`);
    requireMap(definition, valueSizeBytes > 0, `a ${type} has a value`);
    requireMap(
      definition,
      valueSizeBytes <= VALUE_BYTES_MAX,
      `the value of a ${type} has at most ${VALUE_BYTES_MAX} bytes`,
    );
    requireMap(definition, keyTypeId !== 0 && valueTypeId !== 0, `a ${type} has BTF for its key and value`);
    super(definition, environment, false);
    const values = { ...definition, keySizeBytes: IDENTITY_BYTES, maxEntries: OBJECTS_MAX };
    this.#values = new HashMap(values, environment);
    this.#identity = this.memory.allocate(IDENTITY_BYTES);
    this.#zeros = this.memory.allocate(this.stride);
  }

  /** Address of the object's value; 0 where it has none and `flags` do not ask for one, or there is no room. */
  valueFor(object: bigint, initial: Address, flags: bigint): Address {
    if ((flags & ~STORAGE_CREATE) !== 0n || object === 0n) return 0;
    const identity = this.#identify(object);
    const found = this.#values.lookup(identity);
    if (found !== 0 || flags === 0n) return found;
    const from = initial === 0 ? this.#zeros : initial;
    if (this.#values.update(identity, from, BPF_NOEXIST) === 0) return this.#values.lookup(identity);
    this.fault('map-full');
    return 0;
  }

  /** 0 or -errno. */
  removeFor(object: bigint): number {
    return object === 0n ? -EINVAL : this.#values.delete(this.#identify(object));
  }

  /** Programs have helpers of their own. */
  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(_key: Address): number {
    return -EINVAL;
  }

  /** Keys are identities, in the order in which the objects were given a value. */
  entries(): IterableIterator<MapEntry> {
    return this.#values.entries();
  }

  override get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(key);
  }

  override set(key: Uint8Array, value: Uint8Array, flags = 0n): number {
    return this.#values.set(key, value, flags);
  }

  override remove(key: Uint8Array): number {
    return this.#values.remove(key);
  }

  override save(): () => void {
    const [restore, restoreValues] = [super.save(), this.#values.save()];
    return () => {
      restore();
      restoreValues();
    };
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  protected updateAllCopies(_key: Address, _value: Address, _flags: bigint): number {
    return -ENOENT;
  }

  #identify(object: bigint): Address {
    this.memory.view.setBigUint64(this.#identity, object, true);
    return this.#identity;
  }
}
