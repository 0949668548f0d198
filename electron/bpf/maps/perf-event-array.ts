/**
 * Perf event array: records a program sends to its user-space half. Every CPU of the recorded
 * machine has its buffer open, as tools open them; the host takes the records in order.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { E2BIG, EBADF, EINVAL, ENOENT, ENOSPC, EOPNOTSUPP } from './errno.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

/** Bytes waiting to be drained, all CPUs together; tools commonly map 64 pages a CPU. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

const INDEX_MASK = 0xffff_ffffn;
const CURRENT_CPU = 0xffff_ffff;
const NOTHING: Uint8Array = new Uint8Array(0);

export class PerfEventArray extends MapBase {
  readonly #cpuCount: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireMap(definition, definition.keySizeBytes === 4, 'the key of a perf event array is 4 bytes');
    requireMap(definition, definition.valueSizeBytes === 4, 'the value of a perf event array is 4 bytes');
    super(definition, environment, false);
    // Zero entries means one a CPU: libbpf fills it in.
    this.#cpuCount = Math.min(definition.maxEntries || environment.cpuCount, environment.cpuCount);
  }

  /** 0 or -errno, as bpf_perf_event_output() answers; other bytes may go `behind` the record's. */
  output(flags: bigint, data: Address, sizeBytes: number, behind = NOTHING): number {
    if ((flags & ~INDEX_MASK) !== 0n) return -EINVAL;
    const asked = Number(flags & INDEX_MASK);
    const cpu = asked === CURRENT_CPU ? this.environment.currentCpu() : asked;
    if (cpu >= (this.definition.maxEntries || this.#cpuCount)) return -E2BIG;
    if (cpu >= this.#cpuCount) return -ENOENT;
    if (cpu !== this.environment.currentCpu()) return -EOPNOTSUPP;
    const wholeBytes = sizeBytes + behind.length;
    if (this.#waitingBytes + wholeBytes > WAITING_BYTES_MAX) {
      this.fault('perf-buffer-full');
      return -ENOSPC;
    }
    const own = this.memory.bytes.slice(data, data + sizeBytes);
    const record = behind.length === 0 ? own : joined(own, behind);
    this.#waiting.push(record);
    this.#waitingBytes += wholeBytes;
    return 0;
  }

  get hasRecords(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes the records out, oldest first. */
  *drain(): IterableIterator<Uint8Array> {
    const records = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    yield* records;
  }

  override save(): () => void {
    const [restore, waiting, waitingBytes] = [super.save(), [...this.#waiting], this.#waitingBytes];
    return () => {
      restore();
      this.#waiting = [...waiting];
      this.#waitingBytes = waitingBytes;
    };
  }

  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  /** From outside: no buffer is one of a file descriptor. */
  delete(key: Address): number {
    return this.#isPlace(key) ? -ENOENT : -E2BIG;
  }

  *entries(): IterableIterator<MapEntry> {
    // Records are taken with drain(); what the array holds is buffers, not values.
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  protected updateAllCopies(key: Address, _value: Address, flags: bigint): number {
    if (flags !== 0n) return -EINVAL;
    return this.#isPlace(key) ? -EBADF : -E2BIG;
  }

  #isPlace(key: Address): boolean {
    return this.memory.view.getUint32(key, true) < (this.definition.maxEntries || this.#cpuCount);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
