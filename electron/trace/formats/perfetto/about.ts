/** What packets say of the machine, its tasks and of what was lost: it holds for the whole trace. */
import { Clocks, readSnapshot } from './clocks.ts';
import { TASKS_MAX } from './limits.ts';
import type { Losses } from './losses.ts';
import { PACKET } from './packet-fields.ts';
import { ProtoReader } from './proto.ts';
import { Tracks } from './tracks.ts';

const TREE = { process: 1, thread: 2 } as const;
const TREE_PROCESS_PID = 1;
const TREE_THREAD = { tid: 1, name: 2, tgid: 3 } as const;
const SYSTEM = { names: 1, cpuCount: 8 } as const;
const UTSNAME = { release: 3, machine: 4 } as const;
const FTRACE_STATS = { phase: 1, cpu: 2 } as const;
const CPU_STATS = { cpu: 1, overrun: 3, commitOverrun: 4, dropped: 8 } as const;
const START_OF_TRACE = 1;
const TRACE_STATS_BUFFER = 1;
const BUFFER_STATS = { overwritten: 3, discarded: 18 } as const;

export class About {
  readonly comms = new Map<number, string>();
  readonly tgids = new Map<number, number>();
  readonly clocks = new Clocks();
  readonly tracks = new Tracks(this);
  kernelRelease: string | undefined;
  machine: string | undefined;
  cpuCount = 0;
  /** Events that each CPU had lost when the trace began, and at last. */
  readonly #lostAtFirst = new Map<number, number>();
  readonly #lostAtLast = new Map<number, number>();
  #lostChunks = 0;

  /** Takes a packet's field, if it is one of these. */
  take(packet: ProtoReader): void {
    if (!packet.isStretch) return;
    switch (packet.field) {
      case PACKET.processTree:
        return this.#addTree(packet);
      case PACKET.clockSnapshot:
        return this.clocks.add(readSnapshot(packet));
      case PACKET.systemInfo:
        return this.#addSystem(packet);
      case PACKET.trackDescriptor:
        return this.tracks.add(packet);
      case PACKET.threadDescriptor:
        return void this.tracks.addThread(packet);
      case PACKET.ftraceStats:
        return this.#addFtraceStats(packet);
      case PACKET.traceStats:
        return this.#addTraceStats(packet);
    }
  }

  /** At the end of a pass: what the recorders' own counts know of losses. */
  addLosses(losses: Losses): void {
    for (const [cpu, lost] of this.#lostAtLast)
      losses.countedOnCpu(cpu, lost - (this.#lostAtFirst.get(cpu) ?? 0));
    losses.lostChunks(this.#lostChunks);
  }

  #addTree(packet: ProtoReader): void {
    const outer = new ProtoReader().enter(packet);
    const inner = new ProtoReader();
    while (outer.next()) {
      if (!outer.isStretch || this.tgids.size >= TASKS_MAX) continue;
      if (outer.field === TREE.process) {
        inner.enter(outer);
        while (inner.next())
          if (inner.field === TREE_PROCESS_PID) this.tgids.set(inner.low | 0, inner.low | 0);
      } else if (outer.field === TREE.thread) this.#addThread(inner.enter(outer));
    }
  }

  #addThread(inner: ProtoReader): void {
    let tid: number | undefined;
    let tgid: number | undefined;
    let name = '';
    while (inner.next()) {
      if (inner.field === TREE_THREAD.tid) tid = inner.low | 0;
      else if (inner.field === TREE_THREAD.tgid) tgid = inner.low | 0;
      else if (inner.field === TREE_THREAD.name && inner.isStretch) name = inner.text;
    }
    if (tid === undefined) return;
    if (tgid !== undefined) this.tgids.set(tid, tgid);
    if (name !== '') this.comms.set(tid, name);
  }

  #addSystem(packet: ProtoReader): void {
    const outer = new ProtoReader().enter(packet);
    const inner = new ProtoReader();
    while (outer.next()) {
      if (outer.field === SYSTEM.cpuCount && !outer.isStretch) this.cpuCount = outer.low;
      if (outer.field !== SYSTEM.names || !outer.isStretch) continue;
      inner.enter(outer);
      while (inner.next()) {
        if (!inner.isStretch) continue;
        if (inner.field === UTSNAME.release) this.kernelRelease = inner.text;
        else if (inner.field === UTSNAME.machine) this.machine = inner.text;
      }
    }
  }

  #addFtraceStats(packet: ProtoReader): void {
    let phase = 0;
    const lost = new Map<number, number>();
    const outer = new ProtoReader().enter(packet);
    const inner = new ProtoReader();
    while (outer.next()) {
      if (outer.field === FTRACE_STATS.phase) phase = outer.value;
      if (outer.field !== FTRACE_STATS.cpu || !outer.isStretch) continue;
      let cpu = 0;
      let count = 0;
      inner.enter(outer);
      while (inner.next()) {
        if (inner.field === CPU_STATS.cpu) cpu = inner.value;
        else if (
          inner.field === CPU_STATS.overrun ||
          inner.field === CPU_STATS.commitOverrun ||
          inner.field === CPU_STATS.dropped
        )
          count += inner.value;
      }
      lost.set(cpu, count);
    }
    const into = phase === START_OF_TRACE ? this.#lostAtFirst : this.#lostAtLast;
    for (const [cpu, count] of lost) into.set(cpu, count);
  }

  /** Later ones count all that earlier ones did. */
  #addTraceStats(packet: ProtoReader): void {
    let chunks = 0;
    const outer = new ProtoReader().enter(packet);
    const inner = new ProtoReader();
    while (outer.next()) {
      if (outer.field !== TRACE_STATS_BUFFER || !outer.isStretch) continue;
      inner.enter(outer);
      while (inner.next()) {
        if (inner.field === BUFFER_STATS.overwritten || inner.field === BUFFER_STATS.discarded)
          chunks += inner.value;
      }
    }
    this.#lostChunks = Math.max(this.#lostChunks, chunks);
  }
}
