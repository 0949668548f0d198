/** Tracks that track events lie on: whose they are, and how their counters count. */
import { TASKS_MAX, TRACK_DEPTH_MAX, TRACKS_MAX } from './limits.ts';
import { ProtoReader } from './proto.ts';

const TRACK = { id: 1, name: 2, process: 3, thread: 4, parent: 5, counter: 8, staticName: 10 } as const;
const THREAD = { pid: 1, tid: 2, name: 5 } as const;
const PROCESS_PID = 1;
const COUNTER = { multiplier: 4, isIncremental: 5 } as const;

export interface Track {
  readonly name: string | undefined;
  readonly parent: bigint | undefined;
  readonly pid: number | undefined;
  readonly tid: number | undefined;
  readonly isIncremental: boolean;
  readonly multiplier: bigint;
}

export interface TaskNames {
  readonly comms: Map<number, string>;
  readonly tgids: Map<number, number>;
}

export class Tracks {
  readonly #tracks = new Map<bigint, Track>();
  readonly #tasks: TaskNames;

  constructor(tasks: TaskNames) {
    this.#tasks = tasks;
  }

  get(id: bigint): Track | undefined {
    return this.#tracks.get(id);
  }

  /** Process and thread of a track or of what it is part of; undefined where none says. */
  ownerOf(id: bigint): { readonly pid: number | undefined; readonly tid: number | undefined } {
    let track = this.#tracks.get(id);
    for (let depth = 0; track !== undefined && depth < TRACK_DEPTH_MAX; depth++) {
      if (track.pid !== undefined || track.tid !== undefined) return track;
      track = this.#tracks.get(track.parent ?? 0n);
    }
    return { pid: undefined, tid: undefined };
  }

  /** Takes a TrackDescriptor. */
  add(packet: ProtoReader): void {
    let id = 0n;
    let name: string | undefined;
    let parent: bigint | undefined;
    let pid: number | undefined;
    let tid: number | undefined;
    let isIncremental = false;
    let multiplier = 1n;
    const outer = new ProtoReader().enter(packet);
    const inner = new ProtoReader();
    while (outer.next()) {
      if (outer.field === TRACK.id) id = outer.big;
      else if (outer.field === TRACK.parent) parent = outer.big;
      else if (!outer.isStretch) continue;
      else if (outer.field === TRACK.name || outer.field === TRACK.staticName) name = outer.text;
      else if (outer.field === TRACK.thread) ({ pid, tid } = this.addThread(outer));
      else if (outer.field === TRACK.process) pid ??= processOf(inner.enter(outer));
      else if (outer.field === TRACK.counter) {
        inner.enter(outer);
        while (inner.next()) {
          if (inner.field === COUNTER.isIncremental) isIncremental = inner.value !== 0;
          else if (inner.field === COUNTER.multiplier && inner.signed > 0n) multiplier = inner.signed;
        }
      }
    }
    if (this.#tracks.size >= TRACKS_MAX && !this.#tracks.has(id)) return;
    this.#tracks.set(id, { name, parent, pid, tid, isIncremental, multiplier });
  }

  /** Takes a ThreadDescriptor, by itself or of a track. */
  addThread(reader: ProtoReader): { readonly pid: number | undefined; readonly tid: number | undefined } {
    let pid: number | undefined;
    let tid: number | undefined;
    let name = '';
    const inner = new ProtoReader().enter(reader);
    while (inner.next()) {
      if (inner.field === THREAD.pid) pid = inner.low | 0;
      else if (inner.field === THREAD.tid) tid = inner.low | 0;
      else if (inner.field === THREAD.name && inner.isStretch) name = inner.text;
    }
    const { comms, tgids } = this.#tasks;
    if (tid !== undefined && tgids.size < TASKS_MAX) {
      if (name !== '' && !comms.has(tid)) comms.set(tid, name);
      if (pid !== undefined) tgids.set(tid, pid);
    }
    return { pid, tid };
  }
}

function processOf(reader: ProtoReader): number | undefined {
  let pid: number | undefined;
  while (reader.next()) if (reader.field === PROCESS_PID) pid = reader.low | 0;
  return pid;
}
