/**
 * A struct of functions for the kernel. Nothing in a recording calls its functions, and so it is never
 * registered: it stays as it is made, and refuses what Linux refuses before it registers. After
 * kernel/bpf/bpf_struct_ops.c.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { E2BIG, EINVAL, ENOENT, EOPNOTSUPP } from './errno.ts';
import { BPF_F_LINK } from './flags.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

/** refcnt and state, which the kernel sets, and what fills up to the struct's cache line. */
const HEAD_BYTES = 64;

export class StructOpsMap extends MapBase {
  readonly #value: Address;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireMap(definition, definition.keySizeBytes === 4, 'the key of struct_ops is 4 bytes');
    requireMap(definition, definition.valueSizeBytes > 0, 'struct_ops has a value');
    requireMap(definition, definition.maxEntries === 1, 'struct_ops has one entry');
    super(definition, environment, false);
    this.#value = this.memory.allocate(definition.valueSizeBytes, 64);
  }

  /** Programs cannot refer to the map at all. */
  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  /** What was never registered cannot be taken back; what a link holds, only the link does. */
  delete(_key: Address): number {
    return (this.definition.flags & BPF_F_LINK) === 0 ? -ENOENT : -EOPNOTSUPP;
  }

  *entries(): IterableIterator<MapEntry> {
    yield { key: new Uint8Array(4), value: this.hostValue(this.#value) };
  }

  /** Zeroes, until it is registered. */
  protected peek(key: Address): Address {
    return this.memory.view.getUint32(key, true) === 0 ? this.#value : 0;
  }

  protected updateAllCopies(key: Address, value: Address, flags: bigint): number {
    if (flags !== 0n) return -EINVAL;
    if (this.memory.view.getUint32(key, true) !== 0) return -E2BIG;
    const head = this.memory.bytes.subarray(
      value,
      value + Math.min(HEAD_BYTES, this.definition.valueSizeBytes),
    );
    return head.some((byte) => byte !== 0) ? -EINVAL : -EOPNOTSUPP;
  }
}
