/**
 * Flows as tcp:tcp_probe tells them: once for every packet that a connection receives, before it is worked on. What
 * an acknowledgement did is seen at the next: each is replayed when that comes, at its own time. Losses are told by
 * tcp:tcp_cong_state_set, or by tcp:tcp_retransmit_skb where that was not recorded.
 */
import type { FlowReplay, FlowSenders } from './flow-replay.ts';
import { isBefore } from './scoreboard.ts';
import { segmentSize } from './segment-size.ts';
import { CA, type Sender } from './sender.ts';

export interface ProbeRow {
  readonly timeNs: bigint;
  /** Tells connections apart that had the same addresses one after the other. */
  readonly cookie: bigint;
  readonly dataBytes: number;
  readonly next: number;
  readonly una: number;
  readonly cwnd: number;
  readonly ssthresh: number;
  readonly windowBytes: number;
  readonly srttUs: number;
}

/** Between two packets of the connection. */
interface Between {
  /** States that it went to. */
  readonly states: number[];
  /** When it first sent something again. */
  resentNs: bigint | undefined;
}

/** What that comes to. */
interface Change {
  readonly hasTimedOut: boolean;
  /** It no longer holds back what it sends. */
  readonly hasLeft: boolean;
  /** It went to a state that no timer leads to. */
  readonly isSettled: boolean;
  readonly resentNs: bigint | undefined;
}

/** Steps of its sequence numbers that tell the size of a flow's segments; so many rows wait for them at most. */
const STEPS_ENOUGH = 16;
const ROWS_WAITING_MAX = 512;
/** That are looked at; those of them that send are fewer. */
const CONNECTIONS_MAX = 1 << 15;
/** The least time-out of Linux (TCP_RTO_MIN), less what clocks and timers are off by. */
const TIMEOUT_NS_MIN = 190_000_000n;
const NS_PER_US = 1000n;

class ProbeFlow {
  readonly cookie: bigint;
  readonly #flow: string;
  readonly #replay: FlowReplay;
  readonly #hasStates: boolean;
  readonly #waiting: { readonly row: ProbeRow; readonly between: Between }[] = [];
  #between: Between = { states: [], resentNs: undefined };
  #last: ProbeRow | undefined;
  #opened: FlowSenders | undefined;
  #isStarted = false;
  #state: number = CA.open;

  constructor(flow: string, cookie: bigint, replay: FlowReplay, hasStates: boolean) {
    this.#flow = flow;
    this.cookie = cookie;
    this.#replay = replay;
    this.#hasStates = hasStates;
  }

  /** `row` comes after what is noted since the last. */
  take(row: ProbeRow): void {
    const between = this.#between;
    this.#between = { states: [], resentNs: undefined };
    if (this.#isStarted) return this.#replayTo(row, between);
    this.#waiting.push({ row, between });
    const isEnough = stepsOf(this.#waiting).length >= STEPS_ENOUGH;
    if (isEnough || this.#waiting.length >= ROWS_WAITING_MAX) this.start();
  }

  noteState(state: number): void {
    this.#between.states.push(state);
  }

  noteResent(timeNs: bigint): void {
    this.#between.resentNs ??= timeNs;
  }

  /** With what waits: a connection that sends nothing is no sender. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const rows = this.#waiting.splice(0);
    const [first] = rows;
    const mssBytes = segmentSize(stepsOf(rows));
    if (first === undefined || mssBytes === undefined) return;
    this.#replay.missing('tcp_sock.mss_cache (worked out from what was acknowledged)');
    const { timeNs, una, cwnd, ssthresh } = first.row;
    this.#opened = this.#replay.open(this.#flow, 'tcp:tcp_probe', { timeNs, una, cwnd, ssthresh, mssBytes });
    for (const { row, between } of rows) this.#replayTo(row, between);
  }

  #replayTo(row: ProbeRow, between: Between): void {
    const last = this.#last;
    this.#last = row;
    if (this.#opened === undefined) return;
    const { states, resentNs } = between;
    const settled = states.filter((state) => state !== CA.loss).at(-1);
    const wasReducing = this.#state >= CA.cwr;
    if (settled !== undefined) this.#state = settled;
    const change: Change = {
      hasTimedOut:
        last !== undefined &&
        (this.#hasStates
          ? states.includes(CA.loss)
          : resentNs !== undefined && resentNs - last.timeNs >= TIMEOUT_NS_MIN),
      hasLeft: wasReducing && this.#state < CA.cwr,
      isSettled: settled !== undefined,
      resentNs,
    };
    if (this.#state >= CA.cwr)
      this.#replay.missing('segments that arrived while a window was reduced (tcp:tcp_probe tells none)');
    for (const sender of this.#opened.senders) this.#move(sender, last, row, change);
    if (change.hasTimedOut) this.#state = CA.loss;
  }

  /** What `last` acknowledged, and what was sent since. */
  #move(sender: Sender, last: ProbeRow | undefined, row: ProbeRow, change: Change): void {
    if (last === undefined) return sender.send(row.timeNs, row.next, undefined, row.cwnd);
    const isAdvance = isBefore(last.una, row.una);
    // What carries data and acknowledges nothing new is no acknowledgement to a congestion control.
    const isAcknowledgement = isAdvance || last.dataBytes === 0 || change.isSettled;
    if (isAcknowledgement) this.#acknowledge(sender, last, row, change);
    if (change.hasTimedOut) sender.enter(change.resentNs ?? row.timeNs, CA.loss);
    // An answer to the packet before, as far as the recording tells; where nothing was outstanding, what this
    // packet answers was sent a round trip before it.
    const answeredNs = row.timeNs - BigInt(row.srttUs) * NS_PER_US;
    const isIdle = sender.queue.packetsOut === 0 && answeredNs > last.timeNs;
    sender.send(isIdle ? answeredNs : last.timeNs, row.next, undefined, row.cwnd);
    if (isAcknowledgement) sender.note(last.timeNs, row.cwnd);
  }

  #acknowledge(sender: Sender, last: ProbeRow, row: ProbeRow, change: Change): void {
    const isFast = change.resentNs !== undefined && !change.hasTimedOut && sender.state < CA.recovery;
    const isAdvance = isBefore(last.una, row.una);
    sender.acknowledge({
      timeNs: last.timeNs,
      una: row.una,
      sacks: [],
      isEce: false,
      rttUs: isAdvance ? roundTrip(last.srttUs, row.srttUs) : -1,
      srttUs: row.srttUs > 0 ? row.srttUs : undefined,
      state: this.#hasStates ? this.#state : isFast ? CA.recovery : undefined,
      isUndone: change.hasLeft && isBefore(row.una, sender.highSeq),
      isDuplicateSack: false,
      windowBytes: row.windowBytes,
    });
  }
}

/** What its sequence numbers moved on by. */
function stepsOf(rows: readonly { readonly row: ProbeRow }[]): number[] {
  return rows.slice(1).flatMap(({ row }, index) => {
    const before = rows[index]?.row ?? row;
    const moved = [(row.una - before.una) >>> 0, (row.next - before.next) >>> 0];
    return moved.filter((step) => step > 0 && step < 2 ** 31);
  });
}

/** What tcp_rtt_estimator() was given to get from one smoothed time to the other, to 8 us: the event has eighths cut off. */
function roundTrip(before: number, after: number): number {
  if (before === 0) return after > 0 ? after : -1;
  return Math.max(1, 8 * (after - before) + before);
}

export class ProbeFlows {
  readonly #flows = new Map<string, ProbeFlow>();
  readonly #replay: FlowReplay;
  readonly #hasStates: boolean;

  constructor(replay: FlowReplay, hasStates: boolean) {
    this.#replay = replay;
    this.#hasStates = hasStates;
  }

  take(flow: string, row: ProbeRow): void {
    let known = this.#flows.get(flow);
    if (known?.cookie !== row.cookie) {
      if (known === undefined && this.#flows.size >= CONNECTIONS_MAX) {
        this.#replay.missing(`connections beyond ${CONNECTIONS_MAX}`);
        return;
      }
      known?.start();
      known = new ProbeFlow(flow, row.cookie, this.#replay, this.#hasStates);
      this.#flows.set(flow, known);
    }
    known.take(row);
  }

  noteState(flow: string, state: number): void {
    this.#flows.get(flow)?.noteState(state);
  }

  noteResent(flow: string, timeNs: bigint): void {
    this.#flows.get(flow)?.noteResent(timeNs);
  }

  end(): void {
    for (const flow of this.#flows.values()) flow.start();
  }
}
