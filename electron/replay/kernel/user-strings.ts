/**
 * What system calls were given in their processes' memory, from a second source: strace prints the strings that
 * pointers lead to, a trace the pointers themselves. Both are matched call by call, by thread, number of the call,
 * time, and the arguments that both tell.
 *
 * What a call was given is there until the thread's next call begins.
 */
import type { Batch, EventType, Source } from '../../trace/event.ts';
import { isStrace } from '../recorded-types.ts';

/** What is kept of strace's texts: those of some hundred thousand calls. Calls after that have none. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
/** By how much the clocks of two recordings may be off from each other: an offset that a person gave is no better. */
const CLOCKS_APART_NS = 5_000_000n;
const NUMBER_AT = 8;
const ARGUMENTS_AT = 16;
const SLOT_BYTES = 8;
const ARGUMENTS_MAX = 6;
/** Of a piece of memory: 64 bits of address, 32 of length. */
const PIECE_HEAD_BYTES = 12;
const LAST_TIME = (1n << 64n) - 1n;

interface Piece {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

interface Argument {
  readonly value: bigint;
  /** undefined: strace did not say. */
  readonly kind: 'number' | 'pointer' | undefined;
}

interface TracedCall {
  readonly number: number;
  readonly timeNs: bigint;
  /** When the thread's next call began. */
  untilNs: bigint;
  readonly arguments: readonly Argument[];
  readonly pieces: readonly Piece[];
}

interface Thread {
  readonly calls: TracedCall[];
  /** Calls before it were found, or are past. */
  next: number;
}

/** strace's own events, and where in them the memory lies. */
interface EnterType {
  readonly type: EventType;
  readonly memoryAt: number;
}

export class UserStrings {
  readonly #threads = new Map<number, Thread>();
  /** What the thread's current call was given. */
  readonly #current = new Map<number, readonly Piece[]>();
  #bytes = 0;

  /** Reads the straces among the sources once; undefined where there are none. Throws signal.reason. */
  static async read(sources: readonly Source[], signal?: AbortSignal): Promise<UserStrings | undefined> {
    const straces = sources.filter(isStrace);
    if (straces.length === 0) return undefined;
    const strings = new UserStrings();
    for (const source of straces)
      for await (const batch of source.batches(signal === undefined ? {} : { signal }))
        for (let row = 0; row < batch.count; row += 1) strings.#learn(source, batch, row);
    for (const { calls } of strings.#threads.values())
      calls.forEach((call, index) => (call.untilNs = calls[index + 1]?.timeNs ?? LAST_TIME));
    return strings;
  }

  /** A system call begins: `row` is its event. */
  enter(source: Source, batch: Batch, row: number): void {
    const tid = batch.tid[row] ?? -1;
    const type = source.schema.types[batch.type[row] ?? -1];
    if (type === undefined) return;
    if (isStrace(source)) {
      const own = enterType(type);
      this.#current.set(tid, own === undefined ? [] : piecesOf(batch, row, own));
      return;
    }
    this.#current.set(tid, this.#match(tid, batch, row, type));
  }

  /** undefined where the thread's call was given no such memory, or not all of it is known. */
  read(tid: number, address: bigint, sizeBytes: number): Uint8Array | undefined {
    for (const piece of this.#current.get(tid) ?? []) {
      const from = address - piece.address;
      if (from < 0n || from + BigInt(sizeBytes) > BigInt(piece.bytes.length)) continue;
      return piece.bytes.subarray(Number(from), Number(from) + sizeBytes);
    }
    return undefined;
  }

  #learn(source: Source, batch: Batch, row: number): void {
    const type = source.schema.types[batch.type[row] ?? -1];
    const own = type === undefined ? undefined : enterType(type);
    if (own === undefined || this.#bytes > TEXT_BYTES_MAX) return;
    const pieces = piecesOf(batch, row, own);
    const view = recordOf(batch, row);
    const values: Argument[] = [];
    for (let at = ARGUMENTS_AT; at + SLOT_BYTES <= own.memoryAt; at += SLOT_BYTES) {
      const value = view.getBigUint64(at, true);
      const isTold = own.type.fields.some(({ offsetBytes }) => offsetBytes === at);
      const isPointer = pieces.some(({ address }) => address === value);
      values.push({ value, kind: isPointer ? 'pointer' : isTold ? 'number' : undefined });
    }
    const tid = batch.tid[row] ?? -1;
    let thread = this.#threads.get(tid);
    if (thread === undefined) this.#threads.set(tid, (thread = { calls: [], next: 0 }));
    this.#bytes += pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    thread.calls.push({
      number: view.getInt32(NUMBER_AT, true),
      timeNs: batch.timeNs[row] ?? 0n,
      untilNs: LAST_TIME,
      arguments: values,
      pieces,
    });
  }

  /** strace stops a thread before the event of its call is recorded, and at the next call only after it. */
  #match(tid: number, batch: Batch, row: number, type: EventType): readonly Piece[] {
    const thread = this.#threads.get(tid);
    if (thread === undefined) return [];
    const view = recordOf(batch, row);
    const number = view.getInt32(NUMBER_AT, true);
    const count = Math.min(ARGUMENTS_MAX, Math.floor((type.sizeBytes - ARGUMENTS_AT) / SLOT_BYTES));
    const values = Array.from({ length: count }, (_, index) =>
      view.getBigUint64(ARGUMENTS_AT + index * SLOT_BYTES, true),
    );
    const timeNs = batch.timeNs[row] ?? 0n;
    for (let at = thread.next; at < thread.calls.length; at += 1) {
      const call = thread.calls[at];
      if (call === undefined || call.timeNs > timeNs + CLOCKS_APART_NS) break;
      if (call.untilNs + CLOCKS_APART_NS < timeNs) thread.next = at + 1;
      else if (call.number === number && agree(call, values)) {
        thread.next = at + 1;
        return placed(call, values);
      }
    }
    return [];
  }
}

function recordOf(batch: Batch, row: number): DataView {
  return new DataView(
    batch.bytes.buffer,
    batch.bytes.byteOffset + (batch.offset[row] ?? 0),
    batch.length[row] ?? 0,
  );
}

const enterTypes = new WeakMap<EventType, EnterType | null>();

function enterType(type: EventType): EnterType | undefined {
  let known = enterTypes.get(type);
  if (known === undefined) {
    const isEnter = type.system === 'syscalls' && type.name.startsWith('sys_enter_');
    const memory = isEnter ? type.fields.find(({ name }) => name === 'user_memory') : undefined;
    known = memory === undefined ? null : { type, memoryAt: memory.offsetBytes };
    enterTypes.set(type, known);
  }
  return known ?? undefined;
}

/** The field says where in the record they lie, and how long they are together. */
function piecesOf(batch: Batch, row: number, { memoryAt }: EnterType): readonly Piece[] {
  const view = recordOf(batch, row);
  const place = view.getUint32(memoryAt, true);
  const end = Math.min(view.byteLength, (place & 0xffff) + (place >>> 16));
  const pieces: Piece[] = [];
  for (let at = place & 0xffff; at + PIECE_HEAD_BYTES <= end;) {
    const from = at + PIECE_HEAD_BYTES;
    const length = Math.min(view.getUint32(at + 8, true), end - from);
    const start = view.byteOffset + from;
    const bytes = new Uint8Array(view.buffer.slice(start, start + length) as ArrayBuffer);
    pieces.push({ address: view.getBigUint64(at, true), bytes });
    at = from + length;
  }
  return pieces;
}

/** Whether the numbers that strace printed are those of the event: ints, whose upper half is nobody's. */
function agree(call: TracedCall, values: readonly bigint[]): boolean {
  return call.arguments.every(
    ({ value, kind }, index) =>
      kind !== 'number' || BigInt.asUintN(32, value) === BigInt.asUintN(32, values[index] ?? 0n),
  );
}

/** What pointers of the call lead to lies where they point; what those lead to, where strace's reader put it. */
function placed(call: TracedCall, values: readonly bigint[]): readonly Piece[] {
  return call.pieces.map((piece) => {
    const index = call.arguments.findIndex(
      ({ value, kind }) => kind === 'pointer' && value === piece.address,
    );
    return { address: values[index] ?? piece.address, bytes: piece.bytes };
  });
}
