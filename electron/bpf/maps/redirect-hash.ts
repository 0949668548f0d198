/** Hashes of devices and sockets that packets are redirected to: kernel/bpf/devmap.c, net/core/sock_map.c. */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { requireMap } from './base.ts';
import { EINVAL } from './errno.ts';
import { BPF_EXIST, BPF_NOEXIST } from './flags.ts';
import { HashMap } from './hash.ts';
import type { MapEnvironment } from './map.ts';
import { SOCKETS_OF_MAPS } from './redirect-map.ts';

export class RedirectHash extends HashMap {
  readonly #isOfDevices: boolean;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const { type, keySizeBytes, valueSizeBytes } = definition;
    requireMap(
      definition,
      valueSizeBytes === 4 || valueSizeBytes === 8,
      `the value of a ${type} is 4 or 8 bytes`,
    );
    requireMap(
      definition,
      type !== 'devmap_hash' || keySizeBytes === 4,
      'the key of a devmap_hash is 4 bytes',
    );
    super(definition, environment);
    this.#isOfDevices = type === 'devmap_hash';
  }

  override lookup(_key: Address): Address {
    this.#missSockets();
    return 0;
  }

  override update(_key: Address, _value: Address, _flags: bigint): number {
    this.#missSockets();
    return -EINVAL;
  }

  #missSockets(): void {
    if (!this.#isOfDevices) this.environment.missing?.(SOCKETS_OF_MAPS);
  }

  /** BPF_EXIST puts a device in all the same, as in Linux. */
  protected override updateAllCopies(key: Address, value: Address, flags: bigint): number {
    if (!this.#isOfDevices) return super.updateAllCopies(key, value, flags);
    if (flags > BPF_EXIST || this.memory.view.getUint32(value, true) === 0) return -EINVAL;
    return super.updateAllCopies(key, value, flags === BPF_NOEXIST ? flags : 0n);
  }
}
