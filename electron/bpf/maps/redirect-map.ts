/**
 * Maps of places that packets are redirected to: devices, CPUs, AF_XDP sockets, sockets. Nothing is
 * behind a place here: what is put in is kept, checked as kernel/bpf/devmap.c, cpumap.c and
 * net/core/sock_map.c check it, as far as that needs no device or socket.
 *
 * A number of 0 is an empty place. From programs they are reached by the redirect helpers alone.
 */
import type { MapDefinition, MapType } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { STORAGE } from './descriptor.ts';
import { E2BIG, EEXIST, EINVAL, ENODEV, ENOENT, EOVERFLOW } from './errno.ts';
import { BPF_EXIST, BPF_NOEXIST } from './flags.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

/** CONFIG_NR_CPUS of distribution kernels: a map of CPUs has at most that many. */
const CPUS_MAX = 8192;

/** Packets that wait for a CPU, at most: its value in a map of CPUs. */
const CPU_QUEUE_MAX = 16_384;

/** Which sockets are in a map, processes decide that no recording follows. */
export const SOCKETS_OF_MAPS = 'sockets of maps';

/** What a value can be: the number of a device, CPU or socket, and for some a program to run there. */
const valueSizes: Readonly<Partial<Record<MapType, readonly number[]>>> = {
  devmap: [4, 8],
  cpumap: [4, 8],
  xskmap: [4],
  sockmap: [4, 8],
  reuseport_sockarray: [4, 8],
};

export class RedirectArray extends MapBase {
  readonly #storage: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const { type, keySizeBytes, valueSizeBytes, maxEntries } = definition;
    const sizes = valueSizes[type] ?? [];
    requireMap(definition, keySizeBytes === 4, `the key of a ${type} is 4 bytes`);
    requireMap(
      definition,
      sizes.includes(valueSizeBytes),
      `the value of a ${type} is ${sizes.join(' or ')} bytes`,
    );
    requireMap(definition, maxEntries > 0, `a ${type} has at least one entry`);
    requireMap(definition, type !== 'cpumap' || maxEntries <= CPUS_MAX, `there are at most ${CPUS_MAX} CPUs`);
    super(definition, environment, false);
    this.#storage = this.memory.allocate(maxEntries * this.stride);
    this.setField(STORAGE, this.#storage);
  }

  lookup(_key: Address): Address {
    this.#missSockets();
    return 0;
  }

  /** From programs the value is a socket: which one it is, nothing here knows. */
  update(_key: Address, _value: Address, _flags: bigint): number {
    this.#missSockets();
    return -EINVAL;
  }

  #missSockets(): void {
    const { type } = this.definition;
    if (type === 'sockmap' || type === 'xskmap') this.environment.missing?.(SOCKETS_OF_MAPS);
  }

  delete(key: Address): number {
    const place = this.#place(key);
    if (place === 0) return -EINVAL;
    const isThere = this.#isTaken(place);
    this.memory.bytes.fill(0, place, place + this.stride);
    // A device, CPU or AF_XDP socket that is not there is as good as taken out.
    const { type } = this.definition;
    if (isThere || type === 'devmap' || type === 'cpumap' || type === 'xskmap') return 0;
    return type === 'sockmap' ? -EINVAL : -ENOENT;
  }

  *entries(): IterableIterator<MapEntry> {
    for (let index = 0; index < this.definition.maxEntries; index += 1) {
      const place = this.#storage + index * this.stride;
      if (this.#isTaken(place)) {
        yield { key: new Uint8Array(Uint32Array.of(index).buffer), value: this.hostValue(place) };
      }
    }
  }

  protected peek(key: Address): Address {
    const place = this.#place(key);
    return place !== 0 && this.#isTaken(place) ? place : 0;
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    if (flags > BPF_EXIST) return -EINVAL;
    const place = this.#place(key);
    if (place === 0) return -E2BIG;
    if (flags === BPF_NOEXIST && (this.#isIndexed || this.#isTaken(place))) return -EEXIST;
    if (flags === BPF_EXIST && !this.#isIndexed && !this.#isTaken(place)) return -ENOENT;
    const refused = this.#valueRefusal(key, value);
    if (refused !== 0) return refused;
    this.memory.bytes.fill(0, place, place + this.stride);
    this.memory.bytes.copyWithin(place, value, value + this.definition.valueSizeBytes);
    return 0;
  }

  /** Every index of a map of devices or CPUs counts as there. */
  get #isIndexed(): boolean {
    return this.definition.type === 'devmap' || this.definition.type === 'cpumap';
  }

  #valueRefusal(key: Address, value: Address): number {
    if (this.definition.type !== 'cpumap') return 0;
    const { view } = this.memory;
    if (view.getUint32(value, true) > CPU_QUEUE_MAX) return -EOVERFLOW;
    return view.getUint32(key, true) < this.environment.cpuCount ? 0 : -ENODEV;
  }

  #place(key: Address): Address {
    const index = this.memory.view.getUint32(key, true);
    return index < this.definition.maxEntries ? this.#storage + index * this.stride : 0;
  }

  #isTaken(place: Address): boolean {
    return this.memory.view.getUint32(place, true) !== 0;
  }
}
