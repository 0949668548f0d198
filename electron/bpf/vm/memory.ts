/**
 * The machine's one linear memory. A BPF pointer is an offset into it; the first 64 KiB page is a
 * guard that is never handed out, so address 0 and small offsets from it are never valid.
 *
 * Storage is handed out once, but for what is lent: a machine lives for one replay. Growing replaces
 * the views, so read `bytes` and `view` anew after anything that may allocate.
 */
import { Failure } from '../../failure.ts';

export type Address = number;

export const PAGE_BYTES = 65_536;
/** 4 GiB is what wasm32 can address; half of it is the most a replay may take of a machine with others on it. */
export const MEMORY_BYTES_MAX = 2 ** 31;

export class LinearMemory {
  readonly wasmMemory: WebAssembly.Memory;
  bytes: Uint8Array;
  view: DataView;
  #next: Address = PAGE_BYTES;
  /** Addresses of what was lent and taken back, by size. */
  #spares = new Map<number, Address[]>();

  constructor(initialBytes = 4 * 1024 * 1024) {
    const pages = Math.max(2, Math.ceil(initialBytes / PAGE_BYTES));
    this.wasmMemory = new WebAssembly.Memory({ initial: pages, maximum: MEMORY_BYTES_MAX / PAGE_BYTES });
    this.bytes = new Uint8Array(this.wasmMemory.buffer);
    this.view = new DataView(this.wasmMemory.buffer);
    this.allocate(0);
  }

  /** Where compiled code finds `end`, 32 bits: in the guard, where nobody writes. */
  readonly endCell: Address = PAGE_BYTES - 8;

  /** First byte that was never handed out. */
  get end(): Address {
    return this.#next;
  }

  /** Zeroed bytes at a multiple of `align` (a power of two). Throws Failure `memory-limit`. */
  allocate(sizeBytes: number, align = 8): Address {
    const start = Math.ceil(this.#next / align) * align;
    const end = start + sizeBytes;
    if (end > MEMORY_BYTES_MAX) {
      throw tooLarge(end, `the machine needs ${end} bytes, more than ${MEMORY_BYTES_MAX}`);
    }
    if (end > this.bytes.length) this.#grow(end);
    this.#next = end;
    this.view.setUint32(this.endCell, end, true);
    return start;
  }

  /** As allocate(), for a while: the bytes are as their last borrower left them. */
  lend(sizeBytes: number): Address {
    return this.#spares.get(sizeBytes)?.pop() ?? this.allocate(sizeBytes);
  }

  takeBack(address: Address, sizeBytes: number): void {
    const spares = this.#spares.get(sizeBytes);
    if (spares === undefined) this.#spares.set(sizeBytes, [address]);
    else spares.push(address);
  }

  /** Copies all that was handed out; to call what it returns puts it back, and takes back what came after it. */
  save(): () => void {
    const saved = this.bytes.slice(0, this.#next);
    const spares = copyOf(this.#spares);
    return () => {
      this.bytes.set(saved);
      this.bytes.fill(0, saved.length, this.#next);
      this.#next = saved.length;
      this.#spares = copyOf(spares);
    };
  }

  #grow(end: Address): void {
    try {
      this.wasmMemory.grow(Math.ceil((end - this.bytes.length) / PAGE_BYTES));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw tooLarge(end, `this computer has no memory for the ${end} bytes that the machine needs`);
    }
    this.bytes = new Uint8Array(this.wasmMemory.buffer);
    this.view = new DataView(this.wasmMemory.buffer);
  }
}

function copyOf(spares: ReadonlyMap<number, readonly Address[]>): Map<number, Address[]> {
  return new Map(Array.from(spares, ([sizeBytes, addresses]) => [sizeBytes, [...addresses]]));
}

function tooLarge(bytes: number, reason: string): Failure {
  return new Failure('vm', 'memory-limit', reason, {}, { bytes });
}
