/**
 * User ring buffer, after kernel/bpf/ringbuf.c: the outside produces records, a program takes them with
 * bpf_user_ringbuf_drain(). As in a ring buffer a record that begins before the end runs on behind it.
 *
 * The kernel trusts nothing of what user space wrote; what a record says of itself is checked here as well, for
 * a program may write into records too.
 */
import type { MapDefinition } from '../program.ts';
import { PAGE_BYTES, type Address } from '../vm/memory.ts';
import { MapBase } from './base.ts';
import { CONSUMER, COUNT, PRODUCER, roundUp8, STORAGE } from './descriptor.ts';
import { E2BIG, EAGAIN, EBUSY, EINVAL, ENODATA, ENOSPC } from './errno.ts';
import type { MapEntry, MapEnvironment } from './map.ts';
import { BUSY_BIT, DISCARD_BIT, HEADER_BYTES, LENGTH_MASK, requireRing } from './ringbuf.ts';

/** BPF_MAX_USER_RINGBUF_SAMPLES: how many records one drain takes at most. */
export const RECORDS_A_DRAIN_MAX = 128 * 1024;
/** What a dynptr can say of its size. */
const RECORD_BYTES_MAX = 0xff_ffff;

export interface Sample {
  readonly data: Address;
  readonly sizeBytes: number;
}

export class UserRingBuffer extends MapBase {
  readonly #storage: Address;
  readonly #mask: number;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireRing(definition);
    super(definition, environment, false);
    this.#storage = this.memory.allocate(2 * definition.maxEntries, PAGE_BYTES / 16);
    this.#mask = definition.maxEntries - 1;
    this.setField(STORAGE, this.#storage);
  }

  /**
   * From outside: puts a record in. 0; -E2BIG for one that never fits, -ENOSPC, which is counted, for one that does
   * not fit now. `isDiscarded`: one that a producer reserved and gave up, which programs do not see.
   */
  produce(record: Uint8Array, isDiscarded = false): number {
    const length = roundUp8(record.length + HEADER_BYTES);
    if (length > this.#mask + 1) return -E2BIG;
    if (length > this.#mask + 1 - this.#waitingBytes) {
      this.fault('ringbuf-full');
      return -ENOSPC;
    }
    const producer = this.field(PRODUCER);
    const header = this.#storage + (producer & this.#mask);
    this.memory.view.setUint32(header, record.length + (isDiscarded ? DISCARD_BIT : 0), true);
    this.memory.view.setUint32(header + 4, 0, true);
    this.memory.bytes.set(record, header + HEADER_BYTES);
    this.setField(PRODUCER, producer + length);
    return 0;
  }

  /** 0, or -EBUSY where records are being taken already: from within the function they are given to. */
  beginDrain(): number {
    if (this.field(COUNT) !== 0) return -EBUSY;
    this.setField(COUNT, 1);
    return 0;
  }

  endDrain(): void {
    this.setField(COUNT, 0);
  }

  /** The next record, or -errno: -ENODATA after the last, -EAGAIN for one that was given up, and is now behind. */
  next(): Sample | number {
    const waiting = this.#waitingBytes;
    if (waiting === 0) return -ENODATA;
    const header = this.#storage + (this.field(CONSUMER) & this.#mask);
    const head = this.memory.view.getUint32(header, true);
    const sizeBytes = head & LENGTH_MASK;
    const length = roundUp8(sizeBytes + HEADER_BYTES);
    if (length > waiting) return -EINVAL;
    if (length > this.#mask + 1 || sizeBytes > RECORD_BYTES_MAX) return -E2BIG;
    if ((head & DISCARD_BIT) !== 0) {
      this.release(sizeBytes);
      return -EAGAIN;
    }
    if (head >= BUSY_BIT) return -ENODATA;
    return { data: header + HEADER_BYTES, sizeBytes };
  }

  /** The record that next() gave is done with. */
  release(sizeBytes: number): void {
    this.setField(CONSUMER, this.field(CONSUMER) + roundUp8(sizeBytes + HEADER_BYTES));
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
    // Records are for programs to take; there are no entries to look up.
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  protected updateAllCopies(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  get #waitingBytes(): number {
    return (this.field(PRODUCER) - this.field(CONSUMER)) >>> 0;
  }
}
