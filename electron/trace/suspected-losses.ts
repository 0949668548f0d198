/**
 * Gaps that the order of events betrays: a CPU that leaves another task than the one it last switched to, an
 * interrupt or a system call that ends without having begun. Each counts one in the ledger, however many events are
 * missing; what the recorder itself says it dropped may be among them.
 */
import type { Batch, EventField, ReadOptions, Source } from './event.ts';
import { fieldOf, RecordReader, typeOf } from './record.ts';
import { SourceView } from './source-view.ts';

/** Beginning and end, by what they belong to. */
const PAIRS: readonly (readonly [begin: string, end: string, of: 'cpu' | 'tid'])[] = [
  ['raw_syscalls:sys_enter', 'raw_syscalls:sys_exit', 'tid'],
  ['irq:irq_handler_entry', 'irq:irq_handler_exit', 'cpu'],
  ['irq:softirq_entry', 'irq:softirq_exit', 'cpu'],
];
const SWITCH = 'sched:sched_switch';
/** Of any CPU or thread: PID_MAX_LIMIT is 2^22. */
const TIDS_MAX = 1 << 22;
const CPUS_MAX = 1 << 16;
/** What was seen last. */
const BEGUN = 1;
const ENDED = 2;

/** What an event type does to whom; for the types that are looked at. */
interface Watched {
  readonly isEnd: boolean;
  readonly isOfCpu: boolean;
  readonly last: Uint8Array;
}

interface WatchedSwitch {
  readonly type: number;
  readonly previous: EventField;
  /** Offset of next_pid. */
  readonly next: number;
}

export class SuspectedLosses {
  readonly #source: Pick<Source, 'schema'>;
  readonly #reader: RecordReader;
  readonly #followsSwitches: boolean;
  /** By Schema.types index, as far as that was looked at: text tells of a type when it first occurs. */
  readonly #watched: (Watched | undefined)[] = [];
  readonly #pairs = new Map<number, Uint8Array>();
  #switch: WatchedSwitch | undefined;
  /** Task that each CPU last switched to. */
  readonly #running = new Map<number, number>();

  constructor(source: Pick<Source, 'schema'>, followsSwitches: boolean) {
    this.#source = source;
    this.#reader = new RecordReader(source.schema);
    this.#followsSwitches = followsSwitches;
  }

  /** Gaps between the batch's events, and to those before. */
  countIn(batch: Batch): number {
    this.#learnTypes();
    let gaps = 0;
    // Hot: per event. Rows exist up to count.
    for (let row = 0; row < batch.count; row += 1) {
      const type = batch.type[row] as number;
      const watched = this.#watched[type];
      if (watched !== undefined) {
        const key = watched.isOfCpu ? (batch.cpu[row] as number) : (batch.tid[row] as number);
        const { last, isEnd } = watched;
        if (key < 0 || key >= last.length) continue;
        // The first of all may have begun before the recording did.
        if (isEnd && last[key] === ENDED) gaps += 1;
        last[key] = isEnd ? ENDED : BEGUN;
      } else if (type === this.#switch?.type) gaps += this.#follow(batch, row, this.#switch);
    }
    return gaps;
  }

  #follow(batch: Batch, row: number, { previous, next }: WatchedSwitch): number {
    if (!this.#reader.hasField(batch, row, previous) || next + 4 > (batch.length[row] as number)) return 0;
    const cpu = batch.cpu[row] as number;
    const running = this.#running.get(cpu);
    const left = this.#reader.int32(batch, row, previous.offsetBytes);
    this.#running.set(cpu, this.#reader.int32(batch, row, next));
    return running === undefined || running === left ? 0 : 1;
  }

  #learnTypes(): void {
    const { schema } = this.#source;
    const { types } = schema;
    if (this.#watched.length === types.length) return;
    while (this.#watched.length < types.length) this.#watched.push(undefined);
    for (const [index, [begin, end, of]] of PAIRS.entries()) {
      const [beginType, endType] = [typeOf(schema, begin), typeOf(schema, end)];
      if (beginType === undefined || endType === undefined) continue;
      let last = this.#pairs.get(index);
      if (last === undefined)
        this.#pairs.set(index, (last = new Uint8Array(of === 'cpu' ? CPUS_MAX : TIDS_MAX)));
      this.#watched[beginType.index] = { isEnd: false, isOfCpu: of === 'cpu', last };
      this.#watched[endType.index] = { isEnd: true, isOfCpu: of === 'cpu', last };
    }
    const type = this.#followsSwitches ? typeOf(schema, SWITCH) : undefined;
    const previous = type && fieldOf(type, 'prev_pid');
    const next = type && fieldOf(type, 'next_pid');
    if (type !== undefined && previous !== undefined && next !== undefined)
      this.#switch = { type: type.index, previous, next: next.offsetBytes };
  }
}

/** The source, with gaps counted in its ledger while it is read. */
export function withSuspectedLosses(source: Source): Source {
  return new WatchedSource(source);
}

class WatchedSource extends SourceView {
  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const source = this.source;
    const losses = new SuspectedLosses(source, source.countsSwitchGaps !== true);
    for await (const batch of source.batches(options)) {
      source.ledger.suspectedLosses += losses.countIn(batch);
      yield batch;
    }
  }
}
