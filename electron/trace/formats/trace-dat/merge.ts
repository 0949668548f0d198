/**
 * Merges the CPUs' records by time into batches: equal times by CPU number, one CPU's records in the
 * order they were written. Hot: emit() and the heap run per record.
 */
import type { Schema } from '../../event.ts';
import { BatchBuffer } from '../../batch-buffer.ts';
import { readCallers } from './callchains.ts';
import type { Callchains } from './callchains.ts';
import type { CpuCursor } from './cpu-cursor.ts';

export interface MergeSchema {
  readonly schema: Schema;
  /** Schema index by common_type, -1 for one the file does not describe. */
  readonly typeByRecordId: Int32Array;
  readonly kernelStack:
    { readonly type: number; readonly sizeOffset: number; readonly callerOffset: number } | undefined;
  readonly sched:
    { readonly type: number; readonly prevPidOffset: number; readonly nextPidOffset: number } | undefined;
}

export class Merge {
  unsupported = 0;
  outOfOrder = 0;
  suspectedLosses = 0;
  readonly batch: BatchBuffer;
  readonly #heap: CpuCursor[];
  readonly #cursors: readonly CpuCursor[];
  readonly #merge: MergeSchema;
  readonly #callchains: Callchains;
  readonly #convert: ((ticks: bigint) => bigint) | undefined;
  readonly #isLittleEndian: boolean;
  #lastHigh = 0;
  #lastLow = 0;

  constructor(
    cursors: readonly CpuCursor[],
    schema: MergeSchema,
    callchains: Callchains,
    convert: ((ticks: bigint) => bigint) | undefined,
    batchEvents: number,
  ) {
    this.#merge = schema;
    this.#callchains = callchains;
    this.#convert = convert;
    this.#isLittleEndian = schema.schema.isLittleEndian;
    this.batch = new BatchBuffer(batchEvents);
    this.#cursors = cursors;
    this.#heap = cursors.filter((cursor) => cursor.advance()).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** Fills the batch; false where no record was left. */
  fill(firstEvent: number): boolean {
    const { batch } = this;
    batch.restart(firstEvent);
    for (const cursor of this.#cursors) cursor.lastRow = -1;
    const limit = batch.timeNs.length;
    const heap = this.#heap;
    while (batch.count < limit) {
      const cursor = heap[0];
      if (cursor === undefined) break;
      this.#emit(cursor);
      if (cursor.advance()) {
        if (this.#merge.kernelStack !== undefined) this.#attachStack(cursor);
      } else {
        const last = heap.pop();
        if (last === undefined || last === cursor) continue;
        heap[0] = last;
      }
      siftDown(heap);
    }
    return batch.count > 0;
  }

  #emit(cursor: CpuCursor): void {
    const { batch } = this;
    const { view, recordAt, timeHigh, timeLow } = cursor;
    const isLittleEndian = this.#isLittleEndian;
    if (timeHigh < this.#lastHigh || (timeHigh === this.#lastHigh && timeLow < this.#lastLow))
      this.outOfOrder++;
    this.#lastHigh = timeHigh;
    this.#lastLow = timeLow;
    const type = this.#merge.typeByRecordId[view.getUint16(recordAt, isLittleEndian)] as number;
    if (type < 0) {
      this.unsupported++;
      cursor.lastRow = -1;
      return;
    }
    const row = batch.count++;
    batch.timeHalves[row * 2] = timeLow;
    batch.timeHalves[row * 2 + 1] = timeHigh;
    if (this.#convert !== undefined) batch.timeNs[row] = this.#convert(batch.timeNs[row] as bigint);
    batch.cpu[row] = cursor.cpu;
    batch.tid[row] = view.getInt32(recordAt + 4, isLittleEndian);
    batch.type[row] = type;
    batch.stack[row] = -1;
    batch.length[row] = cursor.recordBytes;
    batch.offset[row] = batch.copy(cursor.words, recordAt, cursor.recordBytes);
    cursor.lastRow = row;
    const sched = this.#merge.sched;
    if (sched !== undefined && type === sched.type) this.#followSwitch(cursor, sched);
  }

  /** A CPU that leaves another task than the one it last switched to has lost a switch in between. */
  #followSwitch(cursor: CpuCursor, sched: { prevPidOffset: number; nextPidOffset: number }): void {
    const { view, recordAt } = cursor;
    if (recordAt + Math.max(sched.prevPidOffset, sched.nextPidOffset) + 4 > recordAt + cursor.recordBytes)
      return;
    const previous = view.getInt32(recordAt + sched.prevPidOffset, this.#isLittleEndian);
    if (cursor.lastNextPid !== undefined && cursor.lastNextPid !== previous) this.suspectedLosses++;
    cursor.lastNextPid = view.getInt32(recordAt + sched.nextPidOffset, this.#isLittleEndian);
  }

  /**
   * Where the record that follows on this CPU is a kernel_stack of the same context (task, flags and
   * preempt count are those of the event), it is the callchain of the event just emitted.
   */
  #attachStack(cursor: CpuCursor): void {
    const stack = this.#merge.kernelStack;
    const row = cursor.lastRow;
    const { view, recordAt, recordBytes } = cursor;
    const isLittleEndian = this.#isLittleEndian;
    if (stack === undefined || row < 0) return;
    const { batch } = this;
    if (this.#merge.typeByRecordId[view.getUint16(recordAt, isLittleEndian)] !== stack.type) return;
    if (batch.type[row] === stack.type) return;
    const eventAt = batch.offset[row] as number;
    for (let index = 2; index < 8; index++) {
      if (batch.bytes[eventAt + index] !== cursor.bytes[recordAt + index]) return;
    }
    const callers = recordAt + stack.callerOffset;
    const long = this.#merge.schema.longSizeBytes;
    const room = recordAt + recordBytes - callers;
    const count =
      stack.sizeOffset < 0 ? room / long : view.getInt32(recordAt + stack.sizeOffset, isLittleEndian);
    if (room < 0 || count < 0) return;
    const end = callers + Math.min(room, count * long);
    batch.stack[row] = this.#callchains.intern(readCallers(view, callers, end, long, isLittleEndian));
  }
}

function isBefore(a: CpuCursor, b: CpuCursor): boolean {
  if (a.timeHigh !== b.timeHigh) return a.timeHigh < b.timeHigh;
  if (a.timeLow !== b.timeLow) return a.timeLow < b.timeLow;
  return a.cpu < b.cpu;
}

/** Puts the root back in its place in a heap whose other entries are in order. */
function siftDown(heap: CpuCursor[]): void {
  const size = heap.length;
  const moved = heap[0];
  if (moved === undefined) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= size) break;
    // Both children exist by the bounds just checked.
    if (child + 1 < size && isBefore(heap[child + 1] as CpuCursor, heap[child] as CpuCursor)) child++;
    if (!isBefore(heap[child] as CpuCursor, moved)) break;
    heap[at] = heap[child] as CpuCursor;
    at = child;
  }
  heap[at] = moved;
}
