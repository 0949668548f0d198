/**
 * Stack traces by id, after kernel/bpf/stackmap.c: the id is a hash of the addresses, cut to the
 * number of slots; another stack with the same id is refused unless the program asks to replace it.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { COUNT, STORAGE } from './descriptor.ts';
import { EEXIST, EINVAL, ENOENT, ENOMEM } from './errno.ts';
import { BPF_F_STACK_BUILD_ID } from './flags.ts';
import { jhashWords } from './jhash.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

export const BPF_F_FAST_STACK_CMP = 1n << 9n;
export const BPF_F_REUSE_STACKID = 1n << 10n;

/** kernel.perf_event_max_stack: frames beyond it are not recorded either. */
export const FRAMES_MAX = 127;

/** A slot: frames (0: empty), hash, then the addresses. */
const FRAMES = 0;
const HASH = 4;
const ADDRESSES = 8;

export class StackTraceMap extends MapBase {
  /** Most frames a trace keeps. */
  readonly depth: number;
  readonly #storage: Address;
  readonly #slotMask: number;
  readonly #slotBytes: number;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    const value = definition.valueSizeBytes;
    requireMap(definition, definition.keySizeBytes === 4, 'the key of a stack trace map is 4 bytes');
    requireMap(
      definition,
      (definition.flags & BPF_F_STACK_BUILD_ID) === 0,
      'stacks of build ids are not recorded',
    );
    requireMap(
      definition,
      value >= 8 && value % 8 === 0 && value / 8 <= FRAMES_MAX,
      `a stack trace's value is 1 to ${FRAMES_MAX} addresses of 8 bytes, not ${value} bytes`,
    );
    requireMap(definition, definition.maxEntries > 0, 'a stack trace map has at least one entry');
    super(definition, environment, false);
    this.depth = value / 8;
    this.#slotBytes = ADDRESSES + value;
    const slots = 2 ** Math.ceil(Math.log2(definition.maxEntries));
    this.#slotMask = slots - 1;
    this.#storage = this.memory.allocate(slots * this.#slotBytes);
    this.setField(STORAGE, this.#storage);
  }

  /** Id of the stack, innermost frame first, or -errno. `flags` as for bpf_get_stackid(). */
  idOf(stack: BigUint64Array, flags: bigint): number {
    const hash = jhashWords(new Uint32Array(stack.slice().buffer), 0);
    const id = hash & this.#slotMask;
    const slot = this.#slot(id);
    const { view } = this.memory;
    const isTaken = view.getUint32(slot + FRAMES, true) !== 0;
    if (isTaken && view.getUint32(slot + HASH, true) === hash) {
      if ((flags & BPF_F_FAST_STACK_CMP) !== 0n || this.#holds(slot, stack)) return id;
    }
    if (isTaken && (flags & BPF_F_REUSE_STACKID) === 0n) {
      this.fault('stack-id-taken');
      return -EEXIST;
    }
    // Linux takes the new trace from a pool of maxEntries before it gives the old one back.
    if (this.field(COUNT) >= this.definition.maxEntries) {
      this.fault('map-full');
      return -ENOMEM;
    }
    if (!isTaken) this.setField(COUNT, this.field(COUNT) + 1);
    this.#write(slot, stack, hash);
    return id;
  }

  /** Programs cannot look stacks up; the verifier refuses it, as Linux does. */
  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(key: Address): number {
    const id = this.memory.view.getUint32(key, true);
    if (id > this.#slotMask) return -ENOENT;
    const slot = this.#slot(id);
    if (this.memory.view.getUint32(slot + FRAMES, true) === 0) return -ENOENT;
    this.memory.bytes.fill(0, slot, slot + this.#slotBytes);
    this.setField(COUNT, this.field(COUNT) - 1);
    return 0;
  }

  *entries(): IterableIterator<MapEntry> {
    for (let id = 0; id <= this.#slotMask; id += 1) {
      const slot = this.#slot(id);
      if (this.memory.view.getUint32(slot + FRAMES, true) === 0) continue;
      yield { key: new Uint8Array(Uint32Array.of(id).buffer), value: this.hostValue(slot + ADDRESSES) };
    }
  }

  protected peek(key: Address): Address {
    const id = this.memory.view.getUint32(key, true);
    if (id > this.#slotMask) return 0;
    const slot = this.#slot(id);
    return this.memory.view.getUint32(slot + FRAMES, true) === 0 ? 0 : slot + ADDRESSES;
  }

  protected updateAllCopies(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  #slot(id: number): Address {
    return this.#storage + id * this.#slotBytes;
  }

  #holds(slot: Address, stack: BigUint64Array): boolean {
    const { view } = this.memory;
    if (view.getUint32(slot + FRAMES, true) !== stack.length) return false;
    return stack.every((address, index) => view.getBigUint64(slot + ADDRESSES + 8 * index, true) === address);
  }

  #write(slot: Address, stack: BigUint64Array, hash: number): void {
    const { view, bytes } = this.memory;
    bytes.fill(0, slot, slot + this.#slotBytes);
    view.setUint32(slot + FRAMES, stack.length, true);
    view.setUint32(slot + HASH, hash, true);
    stack.forEach((address, index) => view.setBigUint64(slot + ADDRESSES + 8 * index, address, true));
  }
}
