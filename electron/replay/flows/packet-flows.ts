/**
 * Flows as the packets of a capture tell them, taken on the sender's side: what each end sent, what the other
 * acknowledged, and what was lost by what was sent again, acknowledged selectively, or acknowledged twice.
 */
import type { FlowReplay, FlowSenders } from './flow-replay.ts';
import { NO_THRESHOLD } from './flow-series.ts';
import { DUPLICATE_THRESHOLD, isBefore, type Range } from './scoreboard.ts';
import { segmentSize } from './segment-size.ts';
import { CA, INITIAL_WINDOW, type Sender } from './sender.ts';
import type { TcpSegment } from './tcp-segment.ts';

const TIMESTAMPS_BYTES = 12;
/** TCP_MIN_SND_MSS. */
const MSS_BYTES_MIN = 48;
/** Ends of connections that are looked at; a capture of a scan has no use for more. */
const DIRECTIONS_MAX = 1 << 16;
/** TCP_RTO_MIN, less what clocks and timers are off by. */
const TIMEOUT_NS_MIN = 190_000_000n;
const NS_PER_US = 1000n;
/** What is sent again so soon after an acknowledgement was sent because of it. */
const AT_ONCE_NS = 1_000_000n;
/** Sends and acknowledgements that wait until the size of segments is known. */
const WAITING_MAX = 64;

interface Happening {
  readonly timeNs: bigint;
  readonly segment: TcpSegment;
  readonly isSent: boolean;
}

/** What one end sends, and what of it the other acknowledges. */
class Direction {
  readonly #flow: string;
  readonly #replay: FlowReplay;
  #waiting: Happening[] = [];
  /** The last acknowledgement: what it led to is told by what is sent again right after it. */
  #held: Happening | undefined;
  #sentAgain: Happening[] = [];
  #opened: FlowSenders | undefined;
  #isStarted = false;
  #duplicates = 0;
  #lastAcknowledged: number | undefined;
  #lastWindow = 0;
  /** Of the end that receives. */
  windowShift: number | undefined;
  mssBytes: number | undefined;
  hasSyn = false;

  constructor(flow: string, replay: FlowReplay) {
    this.#flow = flow;
    this.#replay = replay;
  }

  sent(timeNs: bigint, segment: TcpSegment): void {
    if (segment.payloadBytes > 0) this.#take({ timeNs, segment, isSent: true });
  }

  acknowledged(timeNs: bigint, segment: TcpSegment): void {
    if (this.#isStarted || this.#waiting.length > 0) this.#take({ timeNs, segment, isSent: false });
  }

  #take(happening: Happening): void {
    if (this.#isStarted) return this.#do(happening);
    this.#waiting.push(happening);
    if (this.mssBytes !== undefined || this.#waiting.length >= WAITING_MAX) this.start();
  }

  /** With what waits; where no data was sent, there is nothing. */
  start(): void {
    if (this.#isStarted || this.#waiting.length === 0) return;
    this.#isStarted = true;
    const waiting = this.#waiting.splice(0);
    const sent = waiting.filter(({ isSent }) => isSent);
    const [first] = sent;
    const mssBytes = this.mssBytes ?? segmentSize(sent.map(({ segment }) => segment.payloadBytes));
    if (first === undefined || mssBytes === undefined) return;
    if (this.mssBytes === undefined)
      this.#replay.missing('tcp_sock.mss_cache (worked out from what was sent)');
    if (!this.hasSyn) this.#replay.missing('tcp_sock.snd_cwnd (the capture begins within a connection)');
    this.#opened = this.#replay.open(this.#flow, 'packets', {
      timeNs: first.timeNs,
      una: first.segment.sequence,
      cwnd: INITIAL_WINDOW,
      ssthresh: NO_THRESHOLD,
      mssBytes,
    });
    for (const happening of waiting) this.#do(happening);
  }

  end(): void {
    this.start();
    this.#release();
  }

  #do(happening: Happening): void {
    const { timeNs, segment, isSent } = happening;
    if (isSent && this.#isAgainAtOnce(happening)) {
      this.#sentAgain.push(happening);
      return;
    }
    this.#release();
    if (!isSent) this.#held = happening;
    else for (const sender of this.#opened?.senders ?? []) send(sender, timeNs, segment);
  }

  #isAgainAtOnce({ timeNs, segment }: Happening): boolean {
    const [sender] = this.#opened?.senders ?? [];
    const held = this.#held;
    if (sender === undefined || held === undefined || timeNs - held.timeNs > AT_ONCE_NS) return false;
    return isBefore(segment.sequence, sender.next) && !isBefore(segment.sequence, held.segment.acknowledged);
  }

  /** What was held, now that it is known what the sender made of it. */
  #release(): void {
    const held = this.#held;
    if (held === undefined) return;
    const sentAgain = this.#sentAgain;
    this.#held = undefined;
    this.#sentAgain = [];
    this.#hear(
      held,
      sentAgain.map(({ segment }) => rangeOf(segment)),
    );
    for (const { timeNs, segment } of sentAgain)
      for (const sender of this.#opened?.senders ?? []) send(sender, timeNs, segment);
  }

  #hear({ timeNs, segment }: Happening, sentAgain: readonly Range[]): void {
    const isDuplicate =
      segment.acknowledged === this.#lastAcknowledged &&
      segment.payloadBytes === 0 &&
      segment.window === this.#lastWindow &&
      !segment.isSyn &&
      !segment.isFin;
    this.#duplicates = isDuplicate ? this.#duplicates + 1 : 0;
    this.#lastAcknowledged = segment.acknowledged;
    this.#lastWindow = segment.window;
    for (const sender of this.#opened?.senders ?? []) this.#acknowledge(sender, timeNs, segment, sentAgain);
  }

  #acknowledge(sender: Sender, timeNs: bigint, segment: TcpSegment, sentAgain: readonly Range[]): void {
    const { acknowledged, sacks, payloadBytes, isEce, window } = segment;
    const isOld = isBefore(acknowledged, sender.una) || isBefore(sender.next, acknowledged);
    // One beyond what was sent acknowledges a FIN.
    const una = acknowledged === (sender.next + 1) >>> 0 ? sender.next : acknowledged;
    if (isOld && una === acknowledged) return;
    const isAdvance = isBefore(sender.una, una);
    if (!isAdvance && payloadBytes > 0 && sacks.length === 0) return;
    const [first] = sacks;
    const isDuplicateSack = first !== undefined && isBefore(first.start, acknowledged);
    if (this.#duplicates === DUPLICATE_THRESHOLD && sacks.length === 0) sender.queue.markFirstLost();
    sender.acknowledge({
      timeNs,
      una,
      sacks: isDuplicateSack ? sacks.slice(1) : sacks,
      isEce,
      rttUs: undefined,
      srttUs: undefined,
      state: undefined,
      isUndone: false,
      isDuplicateSack,
      sentAgain,
      windowBytes: this.windowShift === undefined ? undefined : window * 2 ** this.windowShift,
    });
    sender.note(timeNs, undefined);
  }
}

function rangeOf({ sequence, payloadBytes }: TcpSegment): Range {
  return { start: sequence, end: (sequence + payloadBytes) >>> 0 };
}

function send(sender: Sender, timeNs: bigint, segment: TcpSegment): void {
  const { start: sequence, end } = rangeOf(segment);
  const isNew = !isBefore(sequence, sender.next);
  // What lies before was acknowledged already, or asks whether the other end is there.
  if (!isNew && !isBefore(sender.una, end)) return;
  if (isNew) {
    sender.send(timeNs, end, timeNs, undefined);
    return;
  }
  const { firstSentNs, firstStart } = sender.queue;
  const isFirst = firstStart !== undefined && !isBefore(firstStart, sequence);
  const waitedNs = firstSentNs === undefined ? 0n : timeNs - firstSentNs;
  const leastNs = BigInt(Math.round(sender.srttUs)) * NS_PER_US;
  const hasTimedOut = isFirst && waitedNs >= (leastNs > TIMEOUT_NS_MIN ? leastNs : TIMEOUT_NS_MIN);
  if (hasTimedOut && sender.state < CA.recovery) sender.enter(timeNs, CA.loss);
  // A probe for the tail of what was sent is no loss.
  else if (sender.queue.sackedOut > 0 && isBefore(end, sender.next))
    sender.lose(timeNs, { start: sequence, end });
  sender.resend(timeNs, { start: sequence, end });
  if (isBefore(sender.next, end)) sender.send(timeNs, end, timeNs, undefined);
}

export class PacketFlows {
  readonly #directions = new Map<string, Direction>();
  readonly #replay: FlowReplay;

  constructor(replay: FlowReplay) {
    this.#replay = replay;
  }

  take(timeNs: bigint, segment: TcpSegment): void {
    const own = `${segment.from} > ${segment.to}`;
    const other = `${segment.to} > ${segment.from}`;
    if (segment.isSyn && !segment.isAck) this.#forget(own, other);
    if (this.#directions.size >= DIRECTIONS_MAX && !this.#directions.has(own)) {
      this.#replay.missing(`connections beyond ${DIRECTIONS_MAX / 2}`);
      return;
    }
    const [sends, receives] = [this.#direction(own), this.#direction(other)];
    if (segment.isSyn) this.#begin(segment, sends, receives);
    if (segment.isReset) return;
    sends.sent(timeNs, segment);
    if (segment.isAck && !segment.isSyn) receives.acknowledged(timeNs, segment);
  }

  /** Those that were recorded whole, or in part, and never told the size of their segments. */
  end(): void {
    for (const direction of this.#directions.values()) direction.end();
  }

  /** What a SYN says is of what the other end may send. */
  #begin({ mssBytes, windowShift, hasTimestamps }: TcpSegment, sends: Direction, receives: Direction): void {
    sends.hasSyn = true;
    if (mssBytes !== undefined)
      receives.mssBytes = Math.max(MSS_BYTES_MIN, mssBytes - (hasTimestamps ? TIMESTAMPS_BYTES : 0));
    receives.windowShift = windowShift ?? 0;
  }

  /** The same addresses, and a connection that is another. */
  #forget(...flows: readonly string[]): void {
    for (const flow of flows) {
      this.#directions.get(flow)?.end();
      this.#directions.delete(flow);
    }
  }

  #direction(flow: string): Direction {
    let known = this.#directions.get(flow);
    if (known === undefined) this.#directions.set(flow, (known = new Direction(flow, this.#replay)));
    return known;
  }
}
