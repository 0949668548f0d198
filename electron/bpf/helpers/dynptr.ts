/**
 * Dynptrs: a view of memory with a size that is known only when the program runs. Sixteen bytes, as struct
 * bpf_dynptr_kern of Linux: the address, the size with the kind in its top bits, the offset into the memory.
 * Those on memory of maps and on ring buffer records are here; those on packets are known to the verifier alone.
 */
import { E2BIG, EINVAL, ERANGE } from '../maps/errno.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { errno, int, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperFunction } from './helper.ts';
import { ringOf, ringOfRecord } from './ringbuf.ts';

export const DYNPTR_BYTES = 16;
const SIZE = 8;
const OFFSET = 12;
const SIZE_MAX = 0xff_ffff;
const KIND_UNIT = 2 ** 28;
const LOCAL = 1;
const RINGBUF = 2;

/** A dynptr in linear memory. */
export class Dynptr {
  readonly at: Address;
  readonly #memory: LinearMemory;

  constructor(memory: LinearMemory, register: bigint) {
    this.#memory = memory;
    this.at = memoryArgument(memory, register, DYNPTR_BYTES);
  }

  /** Where the memory begins; 0 for a null dynptr. */
  get data(): number {
    return Number(this.#memory.view.getBigUint64(this.at, true));
  }

  get sizeBytes(): number {
    return this.#memory.view.getUint32(this.at + SIZE, true) & SIZE_MAX;
  }

  get offset(): number {
    return this.#memory.view.getUint32(this.at + OFFSET, true);
  }

  set(data: number, sizeBytes: number, kind: number): void {
    const { view } = this.#memory;
    view.setBigUint64(this.at, BigInt(data), true);
    view.setUint32(this.at + SIZE, sizeBytes + kind * KIND_UNIT, true);
    view.setUint32(this.at + OFFSET, 0, true);
  }

  clear(): void {
    this.set(0, 0, 0);
  }

  narrow(start: number, sizeBytes: number): void {
    const { view } = this.#memory;
    const kind = view.getUint32(this.at + SIZE, true) - this.sizeBytes;
    view.setUint32(this.at + OFFSET, this.offset + start, true);
    view.setUint32(this.at + SIZE, kind + sizeBytes, true);
  }

  isInside(offset: number, sizeBytes: number): boolean {
    return sizeBytes <= this.sizeBytes && offset <= this.sizeBytes - sizeBytes;
  }

  /** Address of the bytes, 0 where there are none. */
  slice(offset: number, sizeBytes: number): number {
    return this.data === 0 || !this.isInside(offset, sizeBytes) ? 0 : this.data + this.offset + offset;
  }
}

function release(memory: LinearMemory, register: bigint, end: (dynptr: Dynptr) => void): bigint {
  const dynptr = new Dynptr(memory, register);
  if (dynptr.data !== 0) end(dynptr);
  dynptr.clear();
  return 0n;
}

export const dynptrHelpers: HelperFamily = {
  dynptr_from_mem({ memory }, data, size, flags, register) {
    const dynptr = new Dynptr(memory, register);
    dynptr.clear();
    if (u32(size) > SIZE_MAX) return errno(E2BIG);
    if (flags !== 0n) return errno(EINVAL);
    dynptr.set(Number(data), u32(size), LOCAL);
    return 0n;
  },

  ringbuf_reserve_dynptr(context, ring, size, flags, register) {
    const dynptr = new Dynptr(context.memory, register);
    dynptr.clear();
    const map = ringOf(context, ring);
    if (flags !== 0n) return errno(EINVAL);
    if (u32(size) > SIZE_MAX) return errno(E2BIG);
    const record = map.reserve(u32(size), 0n);
    if (record === 0) return errno(EINVAL);
    dynptr.set(record, u32(size), RINGBUF);
    return 0n;
  },

  ringbuf_submit_dynptr: (context, register) =>
    release(context.memory, register, ({ data }) => ringOfRecord(context, BigInt(data)).submit(data)),

  ringbuf_discard_dynptr: (context, register) =>
    release(context.memory, register, ({ data }) => ringOfRecord(context, BigInt(data)).discard(data)),

  dynptr_read({ memory }, dst, length, register, offset, flags) {
    const dynptr = new Dynptr(memory, register);
    if (dynptr.data === 0 || flags !== 0n) return errno(EINVAL);
    return copyOut(memory, dst, u32(length), dynptr, u32(offset));
  },

  dynptr_write({ memory }, register, offset, src, length, flags) {
    const dynptr = new Dynptr(memory, register);
    if (dynptr.data === 0) return errno(EINVAL);
    if (!dynptr.isInside(u32(offset), u32(length))) return errno(E2BIG);
    if (flags !== 0n) return errno(EINVAL);
    return copyIn(memory, dynptr, u32(offset), src, u32(length));
  },

  dynptr_data: ({ memory }, register, offset, length) =>
    BigInt(new Dynptr(memory, register).slice(u32(offset), u32(length))),
};

function copyOut(memory: LinearMemory, dst: bigint, length: number, from: Dynptr, offset: number): bigint {
  if (!from.isInside(offset, length)) return errno(E2BIG);
  const source = from.slice(offset, length);
  if (length > 0) memory.bytes.copyWithin(memoryArgument(memory, dst, length), source, source + length);
  return 0n;
}

function copyIn(memory: LinearMemory, to: Dynptr, offset: number, src: bigint, length: number): bigint {
  if (!to.isInside(offset, length)) return errno(E2BIG);
  if (length === 0) return 0n;
  const source = memoryArgument(memory, src, length);
  memory.bytes.copyWithin(to.slice(offset, length), source, source + length);
  return 0n;
}

const slice: HelperFunction = ({ memory }, register, offset, _buffer, length) =>
  BigInt(new Dynptr(memory, register).slice(u32(offset), u32(length)));

export const dynptrFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_dynptr_slice: slice,
  bpf_dynptr_slice_rdwr: slice,

  bpf_dynptr_adjust({ memory }, register, start, end) {
    const dynptr = new Dynptr(memory, register);
    const [from, to] = [u32(start), u32(end)];
    if (dynptr.data === 0 || from > to) return int(-EINVAL);
    if (from > dynptr.sizeBytes || to > dynptr.sizeBytes) return int(-ERANGE);
    dynptr.narrow(from, to - from);
    return 0n;
  },

  bpf_dynptr_is_null: ({ memory }, register) => (new Dynptr(memory, register).data === 0 ? 1n : 0n),

  /** Only those on packets may be. */
  bpf_dynptr_is_rdonly: () => 0n,

  bpf_dynptr_size({ memory }, register) {
    const dynptr = new Dynptr(memory, register);
    return dynptr.data === 0 ? int(-EINVAL) : BigInt(dynptr.sizeBytes);
  },

  bpf_dynptr_clone({ memory }, register, clone) {
    const from = new Dynptr(memory, register);
    const to = new Dynptr(memory, clone);
    if (from.data === 0) {
      to.clear();
      return int(-EINVAL);
    }
    memory.bytes.copyWithin(to.at, from.at, from.at + DYNPTR_BYTES);
    return 0n;
  },

  bpf_dynptr_copy({ memory }, dst, dstOffset, src, srcOffset, size) {
    const to = new Dynptr(memory, dst);
    const from = new Dynptr(memory, src);
    const length = u32(size);
    const target = to.slice(u32(dstOffset), length);
    const source = from.slice(u32(srcOffset), length);
    if (target !== 0 && source !== 0) {
      memory.bytes.copyWithin(target, source, source + length);
      return 0n;
    }
    if (source !== 0) return int(to.data === 0 ? -EINVAL : -E2BIG);
    if (target !== 0) return int(from.data === 0 ? -EINVAL : -E2BIG);
    const areInside = to.isInside(u32(dstOffset), length) && from.isInside(u32(srcOffset), length);
    return areInside ? 0n : int(-E2BIG);
  },

  bpf_dynptr_memset({ memory }, register, offset, size, value) {
    const dynptr = new Dynptr(memory, register);
    const [from, length] = [u32(offset), u32(size)];
    const target = dynptr.slice(from, length);
    if (target === 0) return dynptr.isInside(from, length) ? 0n : int(-E2BIG);
    memory.bytes.fill(u32(value) & 0xff, target, target + length);
    return 0n;
  },
};
