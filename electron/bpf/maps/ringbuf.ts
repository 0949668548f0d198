/**
 * Ring buffer, after kernel/bpf/ringbuf.c: records are reserved, filled in place, then submitted or
 * discarded; the host takes them in order, up to the first that is still reserved.
 *
 * Linux maps the data pages twice so that a record never wraps; here the storage is twice as long,
 * and a record that begins before the end of the ring runs on into the second half.
 */
import type { MapDefinition } from '../program.ts';
import { PAGE_BYTES as WASM_PAGE_BYTES, type Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { CONSUMER, copyBytes, HANDLE_TAG, PRODUCER, roundUp8, STORAGE } from './descriptor.ts';
import { EAGAIN, EINVAL } from './errno.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

/** Record header: length with the flag bits, then the address of the ring's descriptor. */
export const HEADER_BYTES = 8;
export const RING_OF_RECORD = 4;
export const BUSY_BIT = 2 ** 31;
export const DISCARD_BIT = 2 ** 30;
export const LENGTH_MASK = DISCARD_BIT - 1;

const RECORD_BYTES_MAX = Math.floor(0xffff_ffff / 4);
/** PAGE_SIZE of the kernel, of which a ring is a multiple. */
const KERNEL_PAGE_BYTES = 4096;
const RING_BYTES_MAX = 2 ** 29;

export const BPF_RB_NO_WAKEUP = 1n;
export const BPF_RB_FORCE_WAKEUP = 2n;

/** Throws Failure `bad-map` where ringbuf_map_alloc() answers EINVAL. */
export function requireRing(definition: MapDefinition): void {
  const size = definition.maxEntries;
  requireMap(
    definition,
    definition.keySizeBytes === 0 && definition.valueSizeBytes === 0,
    'a ring buffer has no key and no value',
  );
  requireMap(
    definition,
    size >= KERNEL_PAGE_BYTES && size <= RING_BYTES_MAX && Number.isInteger(Math.log2(size)),
    `a ring buffer's max_entries is a power of two from ${KERNEL_PAGE_BYTES} to ${RING_BYTES_MAX}, not ${size}`,
  );
}

export class RingBuffer extends MapBase {
  readonly #storage: Address;
  readonly #mask: number;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireRing(definition);
    super(definition, environment, false);
    const size = definition.maxEntries;
    this.#storage = this.memory.allocate(2 * size, WASM_PAGE_BYTES / 16);
    this.#mask = size - 1;
    this.setField(STORAGE, this.#storage);
  }

  /** A record's data, 0 where there is no room. */
  reserve(sizeBytes: number, flags: bigint): Address {
    if (flags !== 0n || sizeBytes > RECORD_BYTES_MAX) return 0;
    const length = roundUp8(sizeBytes + HEADER_BYTES);
    const producer = this.field(PRODUCER);
    const used = (producer - this.field(CONSUMER)) >>> 0;
    if (length > this.#mask + 1 || used + length > this.#mask) {
      this.fault('ringbuf-full');
      return 0;
    }
    const header = this.#storage + (producer & this.#mask);
    this.memory.view.setUint32(header, sizeBytes + BUSY_BIT, true);
    this.memory.view.setUint32(header + RING_OF_RECORD, this.descriptor, true);
    this.setField(PRODUCER, producer + length);
    return header + HEADER_BYTES;
  }

  submit(data: Address): void {
    const header = data - HEADER_BYTES;
    this.memory.view.setUint32(header, this.memory.view.getUint32(header, true) & LENGTH_MASK, true);
  }

  discard(data: Address): void {
    const header = data - HEADER_BYTES;
    const length = this.memory.view.getUint32(header, true) & LENGTH_MASK;
    this.memory.view.setUint32(header, length + DISCARD_BIT, true);
  }

  /** 0 or -errno: reserve, copy and submit in one. */
  output(data: Address, sizeBytes: number, flags: bigint): number {
    if ((flags & ~(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)) !== 0n) return -EINVAL;
    const record = this.reserve(sizeBytes, 0n);
    if (record === 0) return -EAGAIN;
    copyBytes(this.memory, record, data, sizeBytes);
    this.submit(record);
    return 0;
  }

  /** bpf_ringbuf_query(): available data, ring size, consumer and producer position. */
  query(what: number): number {
    const consumer = this.field(CONSUMER);
    const producer = this.field(PRODUCER);
    return [(producer - consumer) >>> 0, this.#mask + 1, consumer, producer][what] ?? 0;
  }

  /** A record can be drained, or a discarded one skipped. */
  get hasRecords(): boolean {
    return this.field(CONSUMER) !== this.field(PRODUCER) && this.#headAt(this.field(CONSUMER)) < BUSY_BIT;
  }

  /** Takes the records out, oldest first, as copies. */
  *drain(): IterableIterator<Uint8Array> {
    for (let at = this.field(CONSUMER); at !== this.field(PRODUCER); at = this.field(CONSUMER)) {
      const head = this.#headAt(at);
      if (head >= BUSY_BIT) return;
      const sizeBytes = head & LENGTH_MASK;
      const data = this.#storage + (at & this.#mask) + HEADER_BYTES;
      const record = head >= DISCARD_BIT ? undefined : this.memory.bytes.slice(data, data + sizeBytes);
      this.setField(CONSUMER, at + roundUp8(sizeBytes + HEADER_BYTES));
      if (record !== undefined) yield record;
    }
  }

  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(_key: Address): number {
    return -EINVAL;
  }

  *entries(): IterableIterator<MapEntry> {
    // Records are taken with drain(); a ring buffer has no entries to look up.
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  protected updateAllCopies(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  #headAt(position: number): number {
    return this.memory.view.getUint32(this.#storage + (position & this.#mask), true);
  }
}

/** Handle of the ring buffer a reserved record belongs to. */
export function ringHandleOf(view: DataView, data: Address): number {
  return HANDLE_TAG + view.getUint32(data - HEADER_BYTES + RING_OF_RECORD, true);
}
