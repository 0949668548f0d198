/**
 * Samples into the window. Hot: read() runs per sample. A tracepoint's raw data is its record as it is; the
 * samples of other events become one with the sample's parts as fields.
 */
import { BODY_OFFSET, MISC_OFFSET } from './fields.ts';
import type { PerfCallchains } from './callchains.ts';
import { SAMPLE } from './sample-plan.ts';
import type { SamplePlan } from './sample-plan.ts';
import type { Session } from './session.ts';
import type { Window } from './window.ts';

const HEADER_BYTES = 8;
const BRANCH_BYTES = 24;
/** What is located is so by 16 bits. */
const LOCATED_END_MAX = 0xffff;
/** PERF_FORMAT_ bits: times and ids widen each value, or the group. */
const FORMAT_ENABLED = 1;
const FORMAT_RUNNING = 2;
const FORMAT_ID = 4;
const FORMAT_GROUP = 8;
const FORMAT_LOST = 16;

interface EventPlan {
  readonly plan: SamplePlan;
  readonly index: number;
  readonly type: number;
  readonly isTracepoint: boolean;
}

export class Samples {
  /** Samples without a time, which are placed at that of the event before. */
  withoutClock = 0;
  readonly #session: Session;
  readonly #window: Window;
  readonly #chains: PerfCallchains;
  readonly #isLittleEndian: boolean;
  readonly #events: EventPlan[] = [];
  readonly #tgids: Map<number, number>;
  /** The tid whose group was noted last, by its low bits. */
  readonly #noted = new Int32Array(65_536).fill(-1);
  #lastHigh = 0;
  #lastLow = 0;
  /** The cursor in the sample being read. */
  #at = 0;
  #end = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(session: Session, window: Window, chains: PerfCallchains, tgids: Map<number, number>) {
    this.#session = session;
    this.#window = window;
    this.#chains = chains;
    this.#isLittleEndian = session.isLittleEndian;
    this.#tgids = tgids;
  }

  /** undefined where it was read, else what is wrong with it. `at` is the record's header. */
  read(view: DataView, bytes: Uint8Array, at: number, size: number): string | undefined {
    const isLittleEndian = this.#isLittleEndian;
    const body = at + HEADER_BYTES;
    const end = at + size;
    const event = this.#eventAt(view, body, end);
    if (event === undefined) return 'a sample of an event that is not described';
    const { plan } = event;
    let p = body + plan.fixedBytes;
    if (p > end) return 'a sample ends before its fields do';
    let tid = -1;
    if (plan.tid >= 0) {
      tid = view.getInt32(body + plan.tid + 4, isLittleEndian);
      if (this.#noted[tid & 0xffff] !== tid)
        this.#noteGroup(tid, view.getInt32(body + plan.tid, isLittleEndian));
    }
    if (plan.time >= 0) {
      const first = view.getUint32(body + plan.time, isLittleEndian);
      const second = view.getUint32(body + plan.time + 4, isLittleEndian);
      this.#lastLow = isLittleEndian ? first : second;
      this.#lastHigh = isLittleEndian ? second : first;
    } else this.withoutClock += 1;
    const cpu =
      plan.cpu >= 0 ? view.getUint32(body + plan.cpu, isLittleEndian) : this.#cpuOf(view, body, plan);

    const readAt = p;
    if ((plan.bits & SAMPLE.read) !== 0)
      p += readBytes(plan.attribute.readFormat, view, p, end, isLittleEndian);
    const readEnd = p;
    let stack = -1;
    if ((plan.bits & SAMPLE.callchain) !== 0) {
      if (p + 8 > end) return 'a sample ends before its callchain';
      const count = view.getUint32(isLittleEndian ? p : p + 4, isLittleEndian);
      p += 8;
      if (p + count * 8 > end) return 'a callchain goes past its sample';
      if (count > 0) stack = this.#chains.intern(view, p, count, isLittleEndian);
      p += count * 8;
    }
    if (event.isTracepoint) {
      if (p + 4 > end) return 'a sample ends before its raw data';
      const rawBytes = view.getUint32(p, isLittleEndian);
      p += 4;
      if (rawBytes < HEADER_BYTES || p + rawBytes > end) return 'raw data go past their sample';
      if (tid < 0) tid = view.getInt32(p + 4, isLittleEndian);
      this.#copy(view, bytes, p, rawBytes);
      this.#window.append(this.#lastHigh, this.#lastLow, cpu, tid, event.type, stack, rawBytes);
      return undefined;
    }
    this.#view = view;
    this.#bytes = bytes;
    this.#at = p;
    this.#end = end;
    return this.#readOther(
      event,
      body,
      readAt,
      readEnd,
      cpu,
      tid,
      stack,
      view.getUint16(at + 4, isLittleEndian),
    );
  }

  /** Samples of all events hold the id at one place where there are several; perf sees to that. */
  #eventAt(view: DataView, body: number, end: number): EventPlan | undefined {
    const session = this.#session;
    let index = 0;
    if (session.plans.length !== 1) {
      const first = session.plans[0];
      if (first === undefined || first.id < 0 || body + first.id + 8 > end) return undefined;
      const one = view.getUint32(body + first.id, this.#isLittleEndian);
      const two = view.getUint32(body + first.id + 4, this.#isLittleEndian);
      index = this.#isLittleEndian ? session.planOf(two, one) : session.planOf(one, two);
    }
    return this.#events[index] ?? this.#addEvent(index);
  }

  #addEvent(index: number): EventPlan | undefined {
    const plan = this.#session.plans[index];
    if (plan === undefined) return undefined;
    const isTracepoint = this.#session.isTracepoint(index);
    const event = { plan, index, type: this.#session.typeOf(index), isTracepoint };
    // Filled without holes, so that the array stays a plain one.
    while (this.#events.length < index) if (this.#addEvent(this.#events.length) === undefined) break;
    this.#events[index] = event;
    return event;
  }

  /** 0 where nothing tells: a batch has no word for an unknown CPU, so the source's detail says it. */
  #cpuOf(view: DataView, body: number, plan: SamplePlan): number {
    if (plan.id < 0) return 0;
    return this.#session.cpuOf(Number(view.getBigUint64(body + plan.id, this.#isLittleEndian))) ?? 0;
  }

  #noteGroup(tid: number, pid: number): void {
    this.#noted[tid & 0xffff] = tid;
    if (tid >= 0 && pid >= 0) this.#tgids.set(tid, pid);
  }

  /** Raw data begin four bytes past a multiple of eight, so words can be copied where the file is aligned. */
  #copy(view: DataView, bytes: Uint8Array, from: number, count: number): void {
    const window = this.#window;
    const to = window.reserve(count);
    const start = view.byteOffset + from;
    if ((start & 3) !== 0 || count > 512) {
      window.bytes.set(bytes.subarray(from, from + count), to);
      return;
    }
    const target = window.view;
    const whole = count & -4;
    for (let index = 0; index < whole; index += 4) {
      target.setInt32(to + index, view.getInt32(from + index, true), true);
    }
    for (let index = whole; index < count; index++) window.bytes[to + index] = bytes[from + index] as number;
  }

  #readOther(
    event: EventPlan,
    body: number,
    readAt: number,
    readEnd: number,
    cpu: number,
    tid: number,
    stack: number,
    misc: number,
  ): string | undefined {
    const { plan } = event;
    const isLittleEndian = this.#isLittleEndian;
    const window = this.#window;
    const start = window.reserve(plan.recordBytes + (this.#end - body));
    const { view: target, bytes } = window;
    target.setUint32(start, 0, isLittleEndian);
    target.setInt32(start + 4, tid, isLittleEndian);
    target.setBigUint64(start + MISC_OFFSET, 0n, isLittleEndian);
    target.setUint16(start + MISC_OFFSET, misc, isLittleEndian);
    bytes.set(this.#bytes.subarray(body, body + plan.fixedBytes), start + BODY_OFFSET);
    bytes.fill(0, start + BODY_OFFSET + plan.fixedBytes, start + plan.recordBytes);
    let used = plan.recordBytes;
    const locate = (bit: number, from: number, count: number): void => {
      const place = plan.locatedAt.get(bit) ?? 0;
      if (used + count > LOCATED_END_MAX) return;
      target.setUint32(start + place, (count << 16) | used, isLittleEndian);
      bytes.set(this.#bytes.subarray(from, from + count), start + used);
      used = (used + count + 7) & -8;
    };
    if ((plan.bits & SAMPLE.read) !== 0) {
      if (readEnd > this.#end) return 'counter values go past their sample';
      locate(SAMPLE.read, readAt, readEnd - readAt);
    }
    const damage = this.#readParts(plan, start, locate);
    if (damage !== undefined) return damage;
    window.append(this.#lastHigh, this.#lastLow, cpu, tid, event.type, stack, used);
    return undefined;
  }

  /** The parts behind the callchain, in the order the kernel writes them. */
  #readParts(
    plan: SamplePlan,
    start: number,
    locate: (bit: number, from: number, count: number) => void,
  ): string | undefined {
    const { attribute, bits } = plan;
    const has = (bit: number): boolean => (bits & bit) !== 0;
    const word = (bit: number): boolean => {
      if (!has(bit)) return true;
      const from = this.#take(8);
      if (from < 0) return false;
      this.#window.bytes.set(this.#bytes.subarray(from, from + 8), start + (plan.tailAt.get(bit) ?? 0));
      return true;
    };
    const part = (bit: number, count: () => number): boolean => {
      if (!has(bit)) return true;
      const size = count();
      const from = size < 0 ? -1 : this.#take(size);
      if (from < 0) return false;
      locate(bit, from, size);
      return true;
    };
    const weight = SAMPLE.weight | SAMPLE.weightStruct;
    const isWhole =
      part(SAMPLE.raw, () => this.#count(4)) &&
      part(SAMPLE.branchStack, () => this.#branchBytes(attribute.branchHasIndex)) &&
      (!has(SAMPLE.branchStack) || !attribute.branchHasCounters || this.#skipCounters()) &&
      part(SAMPLE.userRegisters, () => this.#registerBytes(attribute.userRegisters)) &&
      this.#userStack(has(SAMPLE.userStack), locate) &&
      word(has(weight) ? weight : 0) &&
      word(SAMPLE.dataSource) &&
      word(SAMPLE.transaction) &&
      part(SAMPLE.interruptRegisters, () => this.#registerBytes(attribute.interruptRegisters)) &&
      word(SAMPLE.physicalAddress) &&
      word(SAMPLE.cgroup) &&
      word(SAMPLE.dataPageSize) &&
      word(SAMPLE.codePageSize) &&
      part(SAMPLE.aux, () => this.#count(8));
    return isWhole ? undefined : 'a sample ends before its fields do';
  }

  /** Steps over bytes and gives where they began, -1 where the sample ends before. */
  #take(count: number): number {
    const from = this.#at;
    if (count < 0 || from + count > this.#end) return -1;
    this.#at = from + count;
    return from;
  }

  /** A count of 4 or 8 bytes, -1 where it is not there or too large for any record. */
  #count(sizeBytes: 4 | 8): number {
    const from = this.#take(sizeBytes);
    if (from < 0) return -1;
    if (sizeBytes === 4) return this.#view.getUint32(from, this.#isLittleEndian);
    const count = this.#view.getBigUint64(from, this.#isLittleEndian);
    return count > 0xffffn ? -1 : Number(count);
  }

  #lastBranches = 0;

  #branchBytes(hasIndex: boolean): number {
    const count = this.#count(8);
    if (count < 0 || (hasIndex && this.#take(8) < 0)) return -1;
    this.#lastBranches = count;
    return count * BRANCH_BYTES;
  }

  #skipCounters(): boolean {
    return this.#take(this.#lastBranches * 8) >= 0;
  }

  /** The ABI word and, where it is not 0 (no registers), a word each. The ABI is part of what is located. */
  #registerBytes(registers: number): number {
    const abi = this.#count(8);
    if (abi < 0) return -1;
    this.#at -= 8;
    return abi === 0 ? 8 : 8 + registers * 8;
  }

  /** A size, so many bytes, and how many of them were filled. */
  #userStack(isThere: boolean, locate: (bit: number, from: number, count: number) => void): boolean {
    if (!isThere) return true;
    const size = this.#count(8);
    if (size < 0) return false;
    if (size === 0) return true;
    const from = this.#take(size);
    const filled = from < 0 ? -1 : this.#count(8);
    if (filled < 0) return false;
    locate(SAMPLE.userStack, from, Math.min(size, filled));
    return true;
  }
}

/** Bytes of counter values in a sample, past its end where they do not fit. */
function readBytes(format: number, view: DataView, at: number, end: number, isLittleEndian: boolean): number {
  const bit = (mask: number): number => ((format & mask) === 0 ? 0 : 8);
  const times = bit(FORMAT_ENABLED) + bit(FORMAT_RUNNING);
  const value = 8 + bit(FORMAT_ID) + bit(FORMAT_LOST);
  if ((format & FORMAT_GROUP) === 0) return times + value;
  if (at + 8 > end) return end - at + 1;
  return 8 + times + view.getUint32(isLittleEndian ? at : at + 4, isLittleEndian) * value;
}
