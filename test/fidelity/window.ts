/**
 * When a live tool that counts what the whole machine does began and ended: its own system calls, recorded beside,
 * tell. It counts from its last attach on, and reads what it counted between the signal and the first line it
 * writes; what happens within either call may or may not be counted.
 */
import { openBundle } from '../../electron/trace/bundle/bundle.ts';
import type { Batch, ReadOptions, Source } from '../../electron/trace/event.ts';
import { fieldOf, RecordReader } from '../../electron/trace/record.ts';
import { SourceView } from '../../electron/trace/source-view.ts';

/** Recorded beside what the tool counts. */
export const WINDOW_EVENTS: readonly string[] = [
  'syscalls:sys_enter_bpf',
  'syscalls:sys_exit_bpf',
  'syscalls:sys_exit_clock_nanosleep',
  'syscalls:sys_enter_write',
];
/** BPF_RAW_TRACEPOINT_OPEN, BPF_LINK_CREATE. */
const ATTACHES = new Set([17n, 28n]);
const STDOUT = 1n;

export interface Span {
  /** By the name of an event: since when the tool sees it. */
  readonly fromNs: ReadonlyMap<string, bigint>;
  readonly toNs: bigint;
}

/** What it surely counted, and what it may have counted at most. */
export interface Window {
  readonly surely: Span;
  readonly atMost: Span;
}

interface Mark {
  readonly timeNs: bigint;
  readonly kind: 'attach' | 'attached' | 'interrupted' | 'write';
}

/** `events` in the order that the tool attaches its programs to them, last of all it attaches to. Throws where the recording does not tell. */
export async function windowOf(bundlePath: string, pid: number, events: readonly string[]): Promise<Window> {
  const marks = await marksOf(bundlePath, pid);
  const after = (timeNs: bigint, kind: Mark['kind']): bigint | undefined =>
    marks.find((mark) => mark.kind === kind && mark.timeNs > timeNs)?.timeNs;
  const attaches = marks.filter(({ kind }) => kind === 'attach').slice(-events.length);
  const interrupted = marks.findLast(({ kind }) => kind === 'interrupted')?.timeNs;
  const written = interrupted === undefined ? undefined : after(interrupted, 'write');
  const begun = new Map<string, bigint>();
  const done = new Map<string, bigint>();
  events.forEach((event, index) => {
    const begunNs = attaches[index]?.timeNs;
    const doneNs = begunNs === undefined ? undefined : after(begunNs, 'attached');
    if (begunNs !== undefined && doneNs !== undefined) {
      begun.set(event, begunNs);
      done.set(event, doneNs);
    }
  });
  if (done.size < events.length || interrupted === undefined || written === undefined)
    throw new Error(`the recording does not tell when the tool counted (${marks.length} of its calls)`);
  return { surely: { fromNs: done, toNs: interrupted }, atMost: { fromNs: begun, toNs: written } };
}

async function marksOf(bundlePath: string, pid: number): Promise<Mark[]> {
  const bundle = await openBundle(bundlePath, { cacheFolder: undefined });
  const marks: Mark[] = [];
  try {
    for (const source of bundle.sources) {
      const reader = new RecordReader(source.schema);
      for await (const batch of source.batches())
        for (let row = 0; row < batch.count; row += 1) {
          if (batch.tid[row] !== pid) continue;
          const type = source.schema.types[batch.type[row] ?? -1];
          const value = (name: string): bigint | undefined => {
            const field = type && fieldOf(type, name);
            const told = field && reader.value(batch, row, field);
            return typeof told === 'number' || typeof told === 'bigint' ? BigInt(told) : undefined;
          };
          const kind = kindOf(type?.name, value);
          if (kind !== undefined) marks.push({ kind, timeNs: batch.timeNs[row] ?? 0n });
        }
    }
  } finally {
    bundle.close();
  }
  return marks;
}

function kindOf(
  event: string | undefined,
  value: (name: string) => bigint | undefined,
): Mark['kind'] | undefined {
  switch (event) {
    case 'sys_enter_bpf':
      return ATTACHES.has(value('cmd') ?? -1n) ? 'attach' : undefined;
    case 'sys_exit_bpf':
      return 'attached';
    case 'sys_exit_clock_nanosleep':
      return 'interrupted';
    case 'sys_enter_write':
      return value('fd') === STDOUT ? 'write' : undefined;
    default:
      return undefined;
  }
}

/**
 * The events of a span alone, but for those of threads where no program is called, which are counted; each run of them
 * a batch.
 */
export class Within extends SourceView {
  readonly #span: Span;
  readonly #threads: ReadonlySet<number>;
  readonly #unseen: { events: number };

  constructor(source: Source, span: Span, threads: ReadonlySet<number>, unseen: { events: number }) {
    super(source);
    this.#span = span;
    this.#threads = threads;
    this.#unseen = unseen;
  }

  override async *batches(options?: ReadOptions): AsyncGenerator<Batch, void, void> {
    for await (const batch of this.source.batches(options))
      for (let from = 0; from < batch.count;) {
        if (!this.#holds(batch, from)) {
          from += 1;
          continue;
        }
        if (!this.#isSeen(batch, from)) {
          this.#unseen.events += 1;
          from += 1;
          continue;
        }
        let to = from + 1;
        while (to < batch.count && this.#holds(batch, to) && this.#isSeen(batch, to)) to += 1;
        yield slice(batch, from, to);
        from = to;
      }
  }

  #isSeen(batch: Batch, row: number): boolean {
    return this.#threads.has(batch.tid[row] ?? -1);
  }

  #holds(batch: Batch, row: number): boolean {
    const { fromNs, toNs } = this.#span;
    const name = this.source.schema.types[batch.type[row] ?? -1]?.name ?? '';
    const timeNs = batch.timeNs[row] ?? 0n;
    const from = fromNs.get(name);
    return from !== undefined && timeNs >= from && timeNs < toNs;
  }
}

function slice(batch: Batch, from: number, to: number): Batch {
  return {
    ...batch,
    count: to - from,
    firstEvent: batch.firstEvent + from,
    timeNs: batch.timeNs.subarray(from, to),
    cpu: batch.cpu.subarray(from, to),
    tid: batch.tid.subarray(from, to),
    type: batch.type.subarray(from, to),
    stack: batch.stack.subarray(from, to),
    offset: batch.offset.subarray(from, to),
    length: batch.length.subarray(from, to),
  };
}
