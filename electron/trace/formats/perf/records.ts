/** The kernel's records other than samples: into the window as events of system `perf`, and into the context. */
import type { SourceMapping, SpaceChange } from '../../event.ts';
import { BODY_OFFSET, MISC_OFFSET } from './fields.ts';
import { MAPPINGS_MAX, TASKS_MAX } from './limits.ts';
import { RECORD, STATES } from './record-types.ts';
import type { SamplePlan } from './sample-plan.ts';
import type { Session } from './session.ts';
import type { Window } from './window.ts';

const HEADER_BYTES = 8;
/** Bit 14 of an mmap2's misc: a build id lies in place of the inode. */
const MISC_BUILD_ID = 1 << 14;
/** Bit 13 of a comm's: the name is new because a program was begun. */
const MISC_EXEC = 1 << 13;

export interface Tasks {
  readonly comms: Map<number, string>;
  readonly tgids: Map<number, number>;
  /** Of processes that were there before the recording: perf writes those without time. */
  readonly parents: Map<number, number>;
  readonly mappings: SourceMapping[];
  readonly spaceChanges: SpaceChange[];
  readonly buildIds: Map<string, string>;
}

export class Records {
  /** Of what stood before the recording: it goes into the context only. */
  priorState = 0;
  withoutTime = 0;
  dropped = 0;
  readonly #session: Session;
  readonly #window: Window;
  readonly #tasks: Tasks;

  constructor(session: Session, window: Window, tasks: Tasks) {
    this.#session = session;
    this.#window = window;
    this.#tasks = tasks;
  }

  /** `unsupported` for a record that has no type, `undefined` where it was read, else what is wrong with it. */
  read(view: DataView, bytes: Uint8Array, at: number, size: number, type: number): string | undefined {
    const { isLittleEndian } = this.#session;
    const event = this.#session.typeByRecord.get(type);
    if (event === undefined) return 'unsupported';
    const plan = this.#planOf(view, at, size);
    const bodyBytes = size - HEADER_BYTES - (plan?.trailerBytes ?? 0);
    if (bodyBytes < event.sizeBytes - BODY_OFFSET) return `a record of type ${type} is too short`;
    const body = at + HEADER_BYTES;
    const trailer = body + bodyBytes;
    let timeNs = 0n;
    let tid = -1;
    let cpu = 0;
    if (plan !== undefined) {
      if (plan.trailerTime >= 0) timeNs = view.getBigUint64(trailer + plan.trailerTime, isLittleEndian);
      if (plan.trailerTid >= 0) tid = view.getInt32(trailer + plan.trailerTid + 4, isLittleEndian);
      if (plan.trailerCpu >= 0) cpu = view.getUint32(trailer + plan.trailerCpu, isLittleEndian);
    }
    const ownTime = event.fields.find(({ name }) => name === 'time');
    if (timeNs === 0n && ownTime !== undefined) {
      timeNs = view.getBigUint64(body + ownTime.offsetBytes - BODY_OFFSET, isLittleEndian);
    }
    const isTimed = timeNs !== 0n && timeNs !== 0xffff_ffff_ffff_ffffn;
    this.#note(
      view,
      bytes,
      body,
      trailer,
      type,
      isTimed ? timeNs : undefined,
      view.getUint16(at + 4, isLittleEndian),
    );
    if (!isTimed) {
      if (STATES.has(type)) this.priorState += 1;
      else this.withoutTime += 1;
      return undefined;
    }
    const to = this.#window.reserve(BODY_OFFSET + bodyBytes);
    const target = this.#window.view;
    target.setUint32(to, 0, isLittleEndian);
    target.setInt32(to + 4, tid, isLittleEndian);
    target.setBigUint64(to + MISC_OFFSET, 0n, isLittleEndian);
    target.setUint16(to + MISC_OFFSET, view.getUint16(at + 4, isLittleEndian), isLittleEndian);
    this.#window.bytes.set(bytes.subarray(body, trailer), to + BODY_OFFSET);
    const high = Number(timeNs >> 32n);
    const low = Number(timeNs & 0xffff_ffffn);
    this.#window.append(high, low, cpu, tid, event.index, -1, BODY_OFFSET + bodyBytes);
    return undefined;
  }

  /** Whose trailer the record has; the id is at the trailer's end or at the place all events have in common. */
  #planOf(view: DataView, at: number, size: number): SamplePlan | undefined {
    const { plans, isLittleEndian } = this.#session;
    const first = plans[0];
    if (first === undefined || !first.attribute.hasTrailers || first.trailerBytes === 0) return undefined;
    if (first.trailerBytes + HEADER_BYTES > size) return undefined;
    if (plans.length === 1 || first.trailerId < 0) return first;
    const idAt = at + size - first.trailerBytes + first.trailerId;
    const one = view.getUint32(idAt, isLittleEndian);
    const two = view.getUint32(idAt + 4, isLittleEndian);
    const plan = plans[isLittleEndian ? this.#session.planOf(two, one) : this.#session.planOf(one, two)];
    return plan !== undefined && plan.trailerBytes + HEADER_BYTES <= size ? plan : first;
  }

  /** What later readers want to know of tasks and mappings. */
  #note(
    view: DataView,
    bytes: Uint8Array,
    body: number,
    end: number,
    type: number,
    timeNs: bigint | undefined,
    misc: number,
  ): void {
    const { isLittleEndian } = this.#session;
    const { comms, tgids, mappings } = this.#tasks;
    const u32 = (offset: number): number => view.getInt32(body + offset, isLittleEndian);
    const u64 = (offset: number): bigint => view.getBigUint64(body + offset, isLittleEndian);
    const text = (offset: number): string => {
      const part = bytes.subarray(body + offset, end);
      const nul = part.indexOf(0);
      return Buffer.from(nul === -1 ? part : part.subarray(0, nul)).toString('utf8');
    };
    switch (type) {
      case RECORD.comm:
        if (comms.size >= TASKS_MAX) return;
        comms.set(u32(4), text(8));
        tgids.set(u32(4), u32(0));
        if ((misc & MISC_EXEC) !== 0) this.#changeSpace(u32(0), undefined, timeNs);
        return;
      case RECORD.fork: {
        if (u32(0) !== u32(4)) this.#changeSpace(u32(0), u32(4), timeNs);
        if (tgids.size >= TASKS_MAX) return;
        tgids.set(u32(8), u32(0));
        // Of threads perf does not tell who made them.
        if (timeNs === undefined && u32(0) === u32(8)) this.#tasks.parents.set(u32(8), u32(4));
        const inherited = comms.get(u32(12));
        if (inherited !== undefined) comms.set(u32(8), inherited);
        return;
      }
      case RECORD.lost:
        this.dropped += Number(u64(8));
        return;
      case RECORD.lostSamples:
        this.dropped += Number(u64(0));
        return;
      case RECORD.mmap:
      case RECORD.mmap2: {
        if (mappings.length >= MAPPINGS_MAX) return;
        const file = text(type === RECORD.mmap ? 32 : 64);
        const hasBuildId = type === RECORD.mmap2 && (misc & MISC_BUILD_ID) !== 0;
        const buildId = hasBuildId ? this.#noteBuildId(bytes, body, file) : undefined;
        const place = { pid: u32(0), start: u64(8), sizeBytes: u64(16), fileOffset: u64(24) };
        mappings.push({ ...place, file, timeNs, buildId });
        return;
      }
    }
  }

  /** A process as it was before the recording is told by its mappings alone. */
  #changeSpace(pid: number, copyOf: number | undefined, timeNs: bigint | undefined): void {
    const { spaceChanges } = this.#tasks;
    if (timeNs === undefined || spaceChanges.length >= TASKS_MAX) return;
    spaceChanges.push({ pid, copyOf, timeNs });
  }

  #noteBuildId(bytes: Uint8Array, body: number, file: string): string {
    const size = Math.min(20, bytes[body + 32] ?? 0);
    const buildId = Buffer.from(bytes.subarray(body + 36, body + 36 + size)).toString('hex');
    const { buildIds } = this.#tasks;
    if (buildIds.size < MAPPINGS_MAX) buildIds.set(file, buildId);
    return buildId;
  }
}
