/** What an algorithm chose for one flow: acknowledgement by acknowledgement, and in sum. */

/** Points of one flow that are kept; a chart is some hundred pixels wide. */
const POINTS_MAX = 4096;
/** Points of all flows of an algorithm's object that are kept: what a page takes at once. */
const POINTS_ALL_MAX = 1 << 17;

export interface FlowPoint {
  readonly timeNs: bigint;
  /** Up to which sequence number all has come, as the segments have it. */
  readonly acknowledged: number;
  /** After the acknowledgement, in segments. */
  readonly cwnd: number;
  /** undefined while it has no bound: before the first loss. */
  readonly ssthresh: number | undefined;
  /** What the recorded sender had then, where the recording tells. */
  readonly recordedCwnd: number | undefined;
}

export interface WindowSummary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface FlowSeries {
  /** Of the struct of functions. */
  readonly algorithm: string;
  /** `10.0.0.1:5000 > 10.0.0.2:80`, from the sender. */
  readonly flow: string;
  /** What it was rebuilt from. */
  readonly from: 'tcp:tcp_probe' | 'packets';
  readonly mssBytes: number;
  readonly acks: number;
  /** Times that the sender went into recovery, and that its timer ran out. */
  readonly recoveries: number;
  readonly timeouts: number;
  readonly chosen: WindowSummary | undefined;
  readonly recorded: WindowSummary | undefined;
  readonly points: readonly FlowPoint[];
  /** Points that are counted and not kept. */
  readonly pointsCut: number;
}

/** TCP_INFINITE_SSTHRESH. */
export const NO_THRESHOLD = 0x7fff_ffff;

/** How many points were kept already, of all flows. */
export interface PointsKept {
  count: number;
}

export class FlowRecorder {
  readonly #kept: PointsKept;
  readonly #chosen = new Map<number, number>();
  readonly #recorded = new Map<number, number>();
  readonly #points: FlowPoint[] = [];
  acks = 0;
  recoveries = 0;
  timeouts = 0;

  constructor(kept: PointsKept) {
    this.#kept = kept;
  }

  add(
    timeNs: bigint,
    acknowledged: number,
    cwnd: number,
    ssthresh: number,
    recordedCwnd: number | undefined,
  ): void {
    this.acks += 1;
    this.#chosen.set(cwnd, (this.#chosen.get(cwnd) ?? 0) + 1);
    if (recordedCwnd !== undefined)
      this.#recorded.set(recordedCwnd, (this.#recorded.get(recordedCwnd) ?? 0) + 1);
    if (this.#points.length >= POINTS_MAX || this.#kept.count >= POINTS_ALL_MAX) return;
    this.#kept.count += 1;
    const bounded = ssthresh >= NO_THRESHOLD ? undefined : ssthresh;
    this.#points.push({ timeNs, acknowledged, cwnd, ssthresh: bounded, recordedCwnd });
  }

  series(facts: Pick<FlowSeries, 'algorithm' | 'flow' | 'from' | 'mssBytes'>): FlowSeries {
    return {
      ...facts,
      acks: this.acks,
      recoveries: this.recoveries,
      timeouts: this.timeouts,
      chosen: summaryOf(this.#chosen),
      recorded: summaryOf(this.#recorded),
      points: this.#points,
      pointsCut: this.acks - this.#points.length,
    };
  }
}

/** The median is the lower one of the two in the middle. */
function summaryOf(counts: ReadonlyMap<number, number>): WindowSummary | undefined {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let below = 0;
  for (const [value, count] of sorted) {
    below += count;
    if (2 * below < total) continue;
    const [first] = sorted[0] ?? [value];
    const [last] = sorted[sorted.length - 1] ?? [value];
    return { min: first, median: value, max: last };
  }
  return undefined;
}
