/**
 * Statistics of processes, sampled now and then: each number an event of system `process_stats`, named as the
 * recorder names it, with the process and the value. A number that did not change is not told again.
 */
import type { EventKind, EventWriter } from './event-writer.ts';
import type { Losses } from './losses.ts';
import { MessageValues } from './message-values.ts';
import { ProtoReader } from './proto.ts';

const PROCESS = 1;
const PID = 1;
const THREADS = 11;
const NAMES: Readonly<Record<number, string>> = {
  2: 'vm_size_kb',
  3: 'vm_rss_kb',
  4: 'rss_anon_kb',
  5: 'rss_file_kb',
  6: 'rss_shmem_kb',
  7: 'vm_swap_kb',
  8: 'vm_locked_kb',
  9: 'vm_hwm_kb',
  10: 'oom_score_adj',
};
const FIELDS = [
  { name: 'pid', isSigned: true },
  { name: 'value', isSigned: true },
];

export class ProcessStats {
  readonly #writer: EventWriter;
  readonly #losses: Losses;
  readonly #kinds = new Map<number, EventKind>();
  readonly #values = new MessageValues();

  constructor(writer: EventWriter, losses: Losses) {
    this.#writer = writer;
    this.#losses = losses;
    for (const [field, name] of Object.entries(NAMES))
      this.#kinds.set(Number(field), writer.types.kind('process_stats', name, FIELDS));
  }

  read(packet: ProtoReader, timeNs: bigint, at: number): void {
    const outer = new ProtoReader().enter(packet);
    while (outer.next()) if (outer.field === PROCESS && outer.isStretch) this.#readProcess(outer, timeNs, at);
    if (outer.isDamaged) this.#losses.unparsed(at, 'statistics of processes that are cut or damaged');
  }

  #readProcess(outer: ProtoReader, timeNs: bigint, at: number): void {
    const pid = pidOf(outer);
    const inner = new ProtoReader().enter(outer);
    const values = this.#values;
    while (inner.next()) {
      if (inner.field === PID) continue;
      const kind = this.#kinds.get(inner.field);
      if (kind === undefined || inner.isStretch) {
        const what =
          inner.field === THREADS
            ? 'times of threads at frequencies'
            : 'statistics of processes of another kind';
        this.#losses.unsupported(at, what, 1);
        continue;
      }
      values.restart(inner.bytes);
      values.setNumber(0, pid >>> 0, pid < 0 ? 0xffff_ffff : 0);
      values.setNumber(1, inner.low, inner.high);
      const [high, low] = [Number(timeNs >> 32n), Number(timeNs & 0xffff_ffffn)];
      if (!this.#writer.write(kind, values, high, low, 0, -1))
        this.#losses.unsupported(at, 'events of more types than are kept', 1);
    }
    if (inner.isDamaged) this.#losses.unparsed(at, 'statistics of a process that are cut or damaged');
  }
}

function pidOf(outer: ProtoReader): number {
  const inner = new ProtoReader().enter(outer);
  while (inner.next()) if (inner.field === PID) return inner.low | 0;
  return -1;
}
