/**
 * The task table of the modelled kernel: what a recording says of threads, followed as events pass.
 * What no event and no saved table told stays unknown.
 */
import type { Batch, EventField, EventType, Schema, SourceContext } from '../../trace/event.ts';
import { lifeReader, type Birth, type BirthTeller, type LifeReader } from './births.ts';
import {
  codeOf,
  exitReader,
  signalReader,
  type Ending,
  type ExitReader,
  type SignalReader,
} from './task-exits.ts';
import type { TaskFacts, TaskSource } from './task-facts.ts';
import { stateTeller, type StateTeller } from './task-states.ts';

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
  task_newtask: [['pid', 'comm']],
  task_rename: [['pid', 'newcomm']],
  'perf:comm': [['tid', 'comm']],
};

interface CommPlace {
  readonly pidOffset: number;
  readonly commOffset: number;
  /** 0 for a comm that takes the rest of its record. */
  readonly commBytes: number;
}

/** What one event type tells of tasks. */
interface Telling {
  readonly comms: readonly CommPlace[];
  readonly life: LifeReader | undefined;
  readonly states: StateTeller | undefined;
  readonly exits: ExitReader | undefined;
  readonly signals: SignalReader | undefined;
  /** Of births, ends or signals. */
  readonly isRare: boolean;
  /** Bytes a record must have to be read. */
  readonly sizeBytes: number;
}

/** EXIT_DEAD, EXIT_ZOMBIE and TASK_DEAD: states in which a task leaves its CPU for good. */
const DEAD_STATES = 0x10 | 0x20 | 0x80;

/** TASK_COMM_LEN. */
const COMM_BYTES = 16;

const decoder = new TextDecoder();

export class TaskTable implements TaskSource {
  onChange: ((tid: number) => void) | undefined;
  onState: ((tid: number, state: number) => void) | undefined;
  readonly #comms = new Map<number, string>();
  /** The bytes that told of them last. */
  readonly #commWords = new Map<number, Int32Array>();
  readonly #tgids = new Map<number, number>();
  readonly #parents = new Map<number, number>();
  readonly #starts = new Map<number, bigint>();
  readonly #states = new Map<number, number>();
  /** Who told of a thread's last birth: another may tell of it again. */
  readonly #tellers = new Map<number, Set<BirthTeller>>();
  readonly #ending = new Set<number>();
  /** Of threads, and of whole processes, since they asked for their end or were killed. */
  readonly #exitCodes = new Map<number, number | undefined>();
  readonly #groupExitCodes = new Map<number, number | undefined>();
  /** The last signal that reached a process. */
  readonly #sentSignals = new Map<number, number>();
  #machine: string | undefined;
  /** Named by a table that the recorder saved, which also has those that ended long ago, and by no event yet. */
  readonly #onlySaved = new Set<number>();
  /** Until another becomes known. */
  #tids: readonly number[] | undefined;
  #viewed: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #tellingBySchema = new Map<Schema, readonly (Telling | undefined)[]>();

  constructor() {
    this.#tgids.set(0, 0);
  }

  /** What the recorder saved beside the events. Events that follow override it. */
  learn(context: SourceContext): void {
    this.#machine ??= context.machine;
    for (const [tid, comm] of context.comms) {
      if (tid === 0) continue;
      this.#comms.set(tid, ownComm(comm));
      this.#onlySaved.add(tid);
    }
    for (const [tid, tgid] of context.tgids) {
      this.#tgids.set(tid, tgid);
      this.#onlySaved.add(tid);
    }
    for (const [pid, parent] of context.parents ?? []) this.#parents.set(pid, parent);
    // ps lists those that live.
    for (const pid of this.#parents.keys()) this.#onlySaved.delete(pid);
  }

  comm(tid: number): string | undefined {
    return this.#comms.get(tid);
  }

  tgid(tid: number): number | undefined {
    return this.#tgids.get(tid);
  }

  facts(tid: number): TaskFacts {
    return {
      tid,
      tgid: this.#tgids.get(tid),
      comm: this.#comms.get(tid),
      parent: this.#parent(tid),
      isEnding: this.#ending.has(tid),
      exitCode: this.#ending.has(tid) ? this.#exitCode(tid) : 0,
      startNs: this.#starts.get(tid),
      state: this.#states.get(tid),
      user: undefined,
      cgroups: undefined,
      namespaces: undefined,
    };
  }

  #exitCode(tid: number): number | undefined {
    const tgid = this.#tgids.get(tid) ?? tid;
    return this.#groupExitCodes.has(tgid) ? this.#groupExitCodes.get(tgid) : this.#exitCodes.get(tid);
  }

  /** The first that ends a whole process is the code of all its threads. */
  #noteExit(tid: number, { code: told, isGroup, isBySent }: Ending): void {
    const tgid = this.#tgids.get(tid) ?? tid;
    const sent = isBySent === true ? this.#sentSignals.get(tgid) : undefined;
    const code = sent === undefined ? told : codeOf(sent);
    if (!isGroup) this.#exitCodes.set(tid, code);
    else if (!this.#groupExitCodes.has(tgid)) this.#groupExitCodes.set(tgid, code);
  }

  /** All threads of a process are children of its parent. */
  #parent(tid: number): number | undefined {
    const tgid = this.#tgids.get(tid);
    return this.#parents.get(tid) ?? (tgid === undefined ? undefined : this.#parents.get(tgid));
  }

  tids(): readonly number[] {
    this.#tids ??= [...new Set([...this.#comms.keys(), ...this.#tgids.keys(), ...this.#starts.keys()])].sort(
      (a, b) => a - b,
    );
    return this.#tids;
  }

  /** Whether it ended, as far as is known: asked to, or left its CPU for good. */
  hasEnded(tid: number): boolean {
    return this.#ending.has(tid) || ((this.#states.get(tid) ?? 0) & DEAD_STATES) !== 0;
  }

  /** Whether a saved table alone knows of it: it may have ended before the recording began. */
  isOnlySaved(tid: number): boolean {
    return this.#onlySaved.has(tid);
  }

  /** Whether events of the type tell of tasks. */
  tells(schema: Schema, type: number): boolean {
    return this.#telling(schema)[type] !== undefined;
  }

  /** Takes from one event what it tells of tasks. */
  follow(schema: Schema, batch: Batch, row: number): void {
    const telling = this.#telling(schema)[batch.type[row] ?? 0];
    if (telling === undefined) return;
    const start = batch.offset[row] ?? 0;
    const length = batch.length[row] ?? 0;
    const view = this.#viewOf(batch);
    if (telling.isRare && length >= telling.sizeBytes) this.#followRare(telling, schema, batch, row);
    telling.states?.(view, start, length, schema.isLittleEndian, this.#enter);
    for (const place of telling.comms) {
      if (place.pidOffset + 4 > length || place.commOffset + place.commBytes > length) continue;
      const tid = view.getInt32(start + place.pidOffset, schema.isLittleEndian);
      if (tid === 0) continue;
      if (place.commBytes === COMM_BYTES && this.#isLastSeen(tid, view, start + place.commOffset)) continue;
      const commEnd = place.commBytes === 0 ? length : place.commOffset + place.commBytes;
      const bytes = batch.bytes.subarray(start + place.commOffset, start + commEnd);
      const end = bytes.indexOf(0);
      const comm = decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
      this.#onlySaved.delete(tid);
      if (this.#comms.get(tid) === comm) continue;
      // Told of by other bytes than a record's own sixteen.
      if (place.commBytes !== COMM_BYTES) this.#commWords.delete(tid);
      this.#comms.set(tid, comm);
      this.#tids = undefined;
      this.onChange?.(tid);
    }
  }

  /** Births, ends and signals. */
  #followRare({ life, exits, signals }: Telling, schema: Schema, batch: Batch, row: number): void {
    const { buffer, byteOffset } = batch.bytes;
    const record = new DataView(buffer, byteOffset + (batch.offset[row] ?? 0), batch.length[row] ?? 0);
    if (life !== undefined) {
      const { birth, exited } = life(record, schema.isLittleEndian, batch, row);
      if (birth !== undefined) this.#bear(birth, batch.timeNs[row] ?? 0n);
      if (exited !== undefined) this.#end(exited);
    }
    const exit = exits?.(record, schema.isLittleEndian, batch, row);
    if (exit) this.#noteExit(batch.tid[row] ?? -1, exit);
    const sent = signals?.(record, schema.isLittleEndian);
    if (sent) this.#sentSignals.set(this.#tgids.get(sent.tid) ?? sent.tid, sent.signal);
  }

  /** Of all its bytes: one for the batch, not one for every event. */
  #viewOf({ bytes }: Batch): DataView {
    if (this.#viewed !== bytes) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }

  /**
   * Hot: whether the thread's name was last told of by the same bytes, which need not be read as text then. What
   * follows the NUL may differ and the name be the same: then the text is compared.
   */
  #isLastSeen(tid: number, record: DataView, offset: number): boolean {
    let words = this.#commWords.get(tid);
    let isSame = true;
    if (words === undefined) {
      words = new Int32Array(COMM_BYTES / 4);
      this.#commWords.set(tid, words);
      isSame = false;
    }
    for (let index = 0; index < COMM_BYTES / 4; index += 1) {
      const word = record.getInt32(offset + index * 4, true);
      if (words[index] === word) continue;
      words[index] = word;
      isSame = false;
    }
    return isSame;
  }

  /** Hot. */
  readonly #enter = (tid: number, state: number): void => {
    if (tid === 0) return;
    if (this.#states.get(tid) === state) return;
    this.#states.set(tid, state);
    this.onState?.(tid, state);
  };

  /** The same birth may be told of by several kinds of events, by each once: the first gives its time. */
  #bear({ teller, tid, maker, isThread, isSibling }: Birth, timeNs: bigint): void {
    if (isThread === true) set(this.#tgids, tid, this.#tgids.get(maker));
    if (isThread === false) this.#tgids.set(tid, tid);
    const isProcess = this.#tgids.get(tid) === tid;
    this.#onlySaved.delete(tid);
    const tellers = this.#tellers.get(tid);
    const isToldOf = tellers !== undefined && !tellers.has(teller);
    if (isToldOf) tellers.add(teller);
    else {
      this.#tellers.set(tid, new Set([teller]));
      this.#starts.set(tid, timeNs);
      this.#ending.delete(tid);
      this.#exitCodes.delete(tid);
      this.#groupExitCodes.delete(tid);
      this.#sentSignals.delete(tid);
    }
    if (isSibling !== undefined || !isToldOf) {
      // Without the flags of the call, a process is taken for its maker's child: CLONE_PARENT is not seen.
      if (isSibling === true) set(this.#parents, tid, this.#parent(maker));
      else set(this.#parents, tid, maker >= 0 && (isSibling === false || isProcess) ? maker : undefined);
    }
    this.#tids = undefined;
    this.onChange?.(tid);
  }

  /** Who takes the children of a thread that ends, no event says. */
  #end(ended: number): void {
    this.#ending.add(ended);
    for (const [tid, parent] of this.#parents) {
      if (parent !== ended) continue;
      this.#parents.delete(tid);
      this.onChange?.(tid);
    }
    this.onChange?.(ended);
  }

  #telling(schema: Schema): readonly (Telling | undefined)[] {
    let telling = this.#tellingBySchema.get(schema);
    // The schema of a text grows as it is read.
    if (telling === undefined || telling.length !== schema.types.length) {
      telling = schema.types.map((type) => tellingOf(type, this.#machine));
      this.#tellingBySchema.set(schema, telling);
    }
    return telling;
  }
}

/** Of a worker of the kernel's work queues /proc tells also what it works on: `kworker/0:1H-kblockd`. */
function ownComm(comm: string): string {
  return comm.replace(/^(kworker\/u?\d+:\d+H?)[-+].*$/, '$1');
}

function set<V>(map: Map<number, V>, key: number, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function tellingOf(type: EventType, machine: string | undefined): Telling | undefined {
  const named = COMM_FIELDS[`${type.system}:${type.name}`] ?? COMM_FIELDS[type.name];
  const comms = commPlaces(named, type.fields) ?? [];
  const life = lifeReader(type);
  const states = stateTeller(type);
  const exits = exitReader(type, machine);
  const signals = signalReader(type);
  const isAnything = comms.length > 0 || [life, states, exits, signals].some((each) => each !== undefined);
  const isRare = [life, exits, signals].some((each) => each !== undefined);
  return isAnything ? { comms, life, states, exits, signals, isRare, sizeBytes: type.sizeBytes } : undefined;
}

function commPlaces(
  pairs: readonly (readonly [string, string])[] | undefined,
  fields: readonly EventField[],
): readonly CommPlace[] | undefined {
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
