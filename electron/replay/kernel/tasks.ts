/**
 * The task table of the modelled kernel: what a recording says of threads, followed as events pass.
 * What no event and no saved table told stays unknown.
 */
import type { Batch, EventField, Schema, SourceContext } from '../../trace/event.ts';

/** Where an event type names a thread and its comm: field names as in the kernel's format files. */
const COMM_FIELDS: Readonly<Record<string, readonly (readonly [pid: string, comm: string])[]>> = {
  sched_switch: [
    ['prev_pid', 'prev_comm'],
    ['next_pid', 'next_comm'],
  ],
  sched_wakeup: [['pid', 'comm']],
  sched_wakeup_new: [['pid', 'comm']],
  sched_waking: [['pid', 'comm']],
  sched_process_fork: [['child_pid', 'child_comm']],
  task_rename: [['pid', 'newcomm']],
};

interface CommPlace {
  readonly pidOffset: number;
  readonly commOffset: number;
  readonly commBytes: number;
}

const decoder = new TextDecoder();

export class TaskTable {
  readonly #comms = new Map<number, string>();
  readonly #tgids = new Map<number, number>();
  readonly #placesBySchema = new Map<Schema, readonly (readonly CommPlace[] | undefined)[]>();

  constructor() {
    this.#tgids.set(0, 0);
  }

  /** What the recorder saved beside the events. Events that follow override it. */
  learn(context: SourceContext): void {
    for (const [tid, comm] of context.comms) if (tid !== 0) this.#comms.set(tid, comm);
    for (const [tid, tgid] of context.tgids) this.#tgids.set(tid, tgid);
  }

  comm(tid: number): string | undefined {
    return this.#comms.get(tid);
  }

  tgid(tid: number): number | undefined {
    return this.#tgids.get(tid);
  }

  /** Takes from one event what it tells of tasks. */
  follow(schema: Schema, batch: Batch, row: number): void {
    const places = this.#places(schema)[batch.type[row] ?? 0];
    if (places === undefined) return;
    const start = batch.offset[row] ?? 0;
    const length = batch.length[row] ?? 0;
    const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset + start, length);
    for (const place of places) {
      if (place.pidOffset + 4 > length || place.commOffset + place.commBytes > length) continue;
      const tid = view.getInt32(place.pidOffset, schema.isLittleEndian);
      if (tid === 0) continue;
      const bytes = batch.bytes.subarray(
        start + place.commOffset,
        start + place.commOffset + place.commBytes,
      );
      const end = bytes.indexOf(0);
      this.#comms.set(tid, decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)));
    }
  }

  #places(schema: Schema): readonly (readonly CommPlace[] | undefined)[] {
    let places = this.#placesBySchema.get(schema);
    if (places === undefined) {
      places = schema.types.map((type) => commPlaces(type.name, type.fields));
      this.#placesBySchema.set(schema, places);
    }
    return places;
  }
}

function commPlaces(event: string, fields: readonly EventField[]): readonly CommPlace[] | undefined {
  const pairs = COMM_FIELDS[event];
  if (pairs === undefined) return undefined;
  const places: CommPlace[] = [];
  for (const [pidName, commName] of pairs) {
    const pid = fields.find((field) => field.name === pidName);
    const comm = fields.find((field) => field.name === commName);
    if (pid?.sizeBytes !== 4 || comm?.kind !== 'text') continue;
    places.push({ pidOffset: pid.offsetBytes, commOffset: comm.offsetBytes, commBytes: comm.sizeBytes });
  }
  return places;
}
