/**
 * Dynptrs: a view of memory with a size that is known only when the program runs. Sixteen bytes, as struct
 * bpf_dynptr_kern of Linux: the address, the size with the kind in its top bits, the offset into the memory.
 * One on a packet holds the address of the packet's context instead, and looks where the packet is when it is used.
 */
import { E2BIG, EFAULT, EINVAL, ERANGE } from '../maps/errno.ts';
import { skBuffOffsets } from '../sk-buff.ts';
import { xdpOffsets } from '../xdp-md.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { errno, int, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperFunction } from './helper.ts';
import { SkBuff } from './packet/sk-buff.ts';
import { ringOf, ringOfRecord } from './ringbuf.ts';

export const DYNPTR_BYTES = 16;
const SIZE = 8;
const OFFSET = 12;
const SIZE_MAX = 0xff_ffff;
const KIND_UNIT = 2 ** 28;
export const LOCAL = 1;
const RINGBUF = 2;
export const ON_SK_BUFF = 3;
export const ON_XDP = 4;
/** On what lies in front of a packet: XDP programs put it there. */
export const ON_METADATA = 5;
/** BPF_F_INVALIDATE_HASH, and BPF_F_RECOMPUTE_CSUM with it. */
const INVALIDATE_HASH = 0b10n;
const SK_BUFF_STORE_FLAGS = 0b01n | INVALIDATE_HASH;
/** Added to the kind. */
export const READ_ONLY = 8;

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

  get kind(): number {
    return Math.floor(this.#memory.view.getUint32(this.at + SIZE, true) / KIND_UNIT) % READ_ONLY;
  }

  get isReadOnly(): boolean {
    return this.#memory.view.getUint32(this.at + SIZE, true) >= READ_ONLY * KIND_UNIT;
  }

  get isOnPacket(): boolean {
    return this.kind === ON_SK_BUFF || this.kind === ON_XDP;
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
    if (this.data === 0 || !this.isInside(offset, sizeBytes)) return 0;
    const at = this.offset + offset;
    if (this.kind === ON_METADATA) return this.#inMetadata(at, sizeBytes);
    return this.isOnPacket ? this.#inPacket(at, sizeBytes) : this.data + at;
  }

  /** 0 where there is no such metadata any more. */
  #inMetadata(at: number, sizeBytes: number): number {
    const { view } = this.#memory;
    const start = view.getUint32(this.data + skBuffOffsets.data_meta, true) + at;
    return start + sizeBytes <= view.getUint32(this.data + skBuffOffsets.data, true) ? start : 0;
  }

  /** 0 where the packet ends before: it may have become shorter. */
  #inPacket(at: number, sizeBytes: number): number {
    const { view } = this.#memory;
    const fields = this.kind === ON_XDP ? xdpOffsets : skBuffOffsets;
    const start = view.getUint32(this.data + fields.data, true) + at;
    return start + sizeBytes <= view.getUint32(this.data + fields.data_end, true) ? start : 0;
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

  dynptr_write(context, register, offset, src, length, flags) {
    const { memory } = context;
    const dynptr = new Dynptr(memory, register);
    if (dynptr.data === 0 || dynptr.isReadOnly) return errno(EINVAL);
    if (!dynptr.isInside(u32(offset), u32(length))) return errno(E2BIG);
    const known = dynptr.kind === ON_SK_BUFF ? SK_BUFF_STORE_FLAGS : 0n;
    if ((flags & ~known) !== 0n) return errno(EINVAL);
    const written = copyIn(memory, dynptr, u32(offset), src, u32(length));
    if (written === 0n && (flags & INVALIDATE_HASH) !== 0n)
      new SkBuff(context, BigInt(dynptr.data)).clearHash();
    return written;
  },

  dynptr_data({ memory }, register, offset, length) {
    const dynptr = new Dynptr(memory, register);
    return dynptr.isOnPacket ? 0n : BigInt(dynptr.slice(u32(offset), u32(length)));
  },
};

function copyOut(memory: LinearMemory, dst: bigint, length: number, from: Dynptr, offset: number): bigint {
  if (!from.isInside(offset, length)) return errno(E2BIG);
  const source = from.slice(offset, length);
  if (length === 0) return source === 0 ? beyondPacket(from) : 0n;
  const target = memoryArgument(memory, dst, length);
  if (source === 0) {
    // bpf_skb_load_bytes() leaves nothing of what was there before.
    if (from.kind === ON_SK_BUFF) memory.bytes.fill(0, target, target + length);
    return beyondPacket(from);
  }
  memory.bytes.copyWithin(target, source, source + length);
  return 0n;
}

function copyIn(memory: LinearMemory, to: Dynptr, offset: number, src: bigint, length: number): bigint {
  if (!to.isInside(offset, length)) return errno(E2BIG);
  if (length === 0) return 0n;
  const source = memoryArgument(memory, src, length);
  const target = to.slice(offset, length);
  if (target === 0) return beyondPacket(to);
  memory.bytes.copyWithin(target, source, source + length);
  return 0n;
}

/** What the helpers answer that load and store bytes of packets, where one has become too short. */
function beyondPacket({ kind }: Dynptr): bigint {
  return errno(kind === ON_XDP ? EINVAL : EFAULT);
}

const slice: HelperFunction = ({ memory }, register, offset, _buffer, length) =>
  BigInt(new Dynptr(memory, register).slice(u32(offset), u32(length)));

export const dynptrFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_dynptr_slice: slice,
  bpf_dynptr_slice_rdwr({ memory }, register, offset, _buffer, length) {
    const dynptr = new Dynptr(memory, register);
    return dynptr.isReadOnly ? 0n : BigInt(dynptr.slice(u32(offset), u32(length)));
  },

  bpf_dynptr_adjust({ memory }, register, start, end) {
    const dynptr = new Dynptr(memory, register);
    const [from, to] = [u32(start), u32(end)];
    if (dynptr.data === 0 || from > to) return int(-EINVAL);
    if (from > dynptr.sizeBytes || to > dynptr.sizeBytes) return int(-ERANGE);
    dynptr.narrow(from, to - from);
    return 0n;
  },

  bpf_dynptr_is_null: ({ memory }, register) => (new Dynptr(memory, register).data === 0 ? 1n : 0n),

  bpf_dynptr_is_rdonly({ memory }, register) {
    const dynptr = new Dynptr(memory, register);
    return dynptr.data !== 0 && dynptr.isReadOnly ? 1n : 0n;
  },

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
    if (dynptr.isReadOnly) return int(-EINVAL);
    const target = dynptr.slice(from, length);
    if (target === 0) return dynptr.isInside(from, length) ? 0n : int(-E2BIG);
    memory.bytes.fill(u32(value) & 0xff, target, target + length);
    return 0n;
  },
};
