/**
 * The sender of one flow under one algorithm: what the kernel does with acknowledgements around the algorithm's
 * functions, after tcp_ack(), tcp_cong_control() and tcp_fastretrans_alert() of Linux 6.18. What is sent and
 * acknowledged is as it was recorded: a window of another size would have sent otherwise, and no recording
 * tells how.
 */
import type { Algorithm } from './algorithm.ts';
import { NO_THRESHOLD, type FlowRecorder } from './flow-series.ts';
import { isBefore, Scoreboard, type Range } from './scoreboard.ts';
import type { SenderSocket } from './sender-socket.ts';

/** TCP_INIT_CWND. */
export const INITIAL_WINDOW = 10;
/** enum tcp_ca_state. */
export const CA = { open: 0, disorder: 1, cwr: 2, recovery: 3, loss: 4 } as const;
/** enum tcp_ca_event. */
const EVENT = { start: 0, restart: 1, completeCwr: 2, loss: 3 } as const;
/** enum tcp_ca_ack_event_flags. */
const ACK_EVENT = { slowPath: 1, windowUpdate: 2, ece: 4 } as const;
const CLAMP_NONE = 0xffff_ffff;
/** As objects are filled whose members no event told yet. */
const NOT_KNOWN = 0xffff_ffff;
/** Of the variation of round trips, in a time-out. */
const RTO_MIN_US = 200_000;
const NS_PER_US = 1000n;
const US_PER_SECOND = 1_000_000;

export interface Acknowledgement {
  readonly timeNs: bigint;
  readonly una: number;
  readonly sacks: readonly Range[];
  readonly isEce: boolean;
  /** Where the recording tells it; else it is measured from when segments were sent. -1: none was measured. */
  readonly rttUs: number | undefined;
  /** Smoothed, in microseconds, where the recording tells it. */
  readonly srttUs: number | undefined;
  /** The state that the recorded sender went to; undefined: the one it was in, or what the acknowledgements show. */
  readonly state: number | undefined;
  /** The recorded sender found that nothing had been lost. */
  readonly isUndone: boolean;
  /** The receiver says that a segment came twice (RFC 2883). */
  readonly isDuplicateSack: boolean;
  /** The window that the receiver offers, in bytes; undefined where its scale is not known. */
  readonly windowBytes: number | undefined;
  /** What the sender sent again because of it, where the recording tells: it took that for lost. */
  readonly sentAgain?: readonly Range[] | undefined;
}

export interface Start {
  readonly timeNs: bigint;
  readonly una: number;
  readonly mssBytes: number;
  readonly cwnd: number;
  readonly ssthresh: number;
  /** How often jiffies count. */
  readonly jiffies: (timeNs: bigint) => number;
}

export class Sender {
  readonly queue = new Scoreboard();
  state: number = CA.open;
  readonly #socket: SenderSocket;
  readonly #algorithm: Algorithm;
  readonly #recorder: FlowRecorder;
  readonly #start: Start;
  #una: number;
  #next: number;
  #highSeq: number;
  #hasUndoMarker = false;
  /** Segments sent again since the loss that may be undone. */
  #undoRetransmitted = 0;
  #usageSeq: number;
  #delivered = 0;
  #srttUs = 0;
  #rttMinUs = 0;

  constructor(socket: SenderSocket, algorithm: Algorithm, recorder: FlowRecorder, start: Start) {
    this.#socket = socket;
    this.#algorithm = algorithm;
    this.#recorder = recorder;
    this.#start = start;
    this.#una = this.#next = this.#highSeq = this.#usageSeq = start.una;
    socket.set('mss_cache', start.mssBytes);
    socket.set('snd_cwnd', start.cwnd);
    socket.set('snd_ssthresh', start.ssthresh);
    socket.set('snd_cwnd_clamp', CLAMP_NONE);
    socket.set('snd_wnd', NOT_KNOWN);
    socket.setSock('sk_max_pacing_rate', Number.MAX_SAFE_INTEGER);
    // min_rtt before the first measurement: ~0U.
    this.#minimumRtt(CLAMP_NONE);
    this.#place(start.timeNs);
    this.#call(start.timeNs, 'init');
    socket.setConnection('icsk_ca_initialized', 1);
  }

  get una(): number {
    return this.#una;
  }

  get next(): number {
    return this.#next;
  }

  get srttUs(): number {
    return this.#srttUs;
  }

  get highSeq(): number {
    return this.#highSeq;
  }

  get isLimited(): boolean {
    return this.#socket.get('is_cwnd_limited') !== 0;
  }

  /** Before data is sent after a pause: tcp_slow_start_after_idle_check(), tcp_event_data_sent(). */
  #wake(timeNs: bigint, idleSince: number | undefined): void {
    if (this.queue.inFlight > 0) return;
    const rto = this.#rtoJiffies();
    if (idleSince !== undefined && rto > 0) {
      let idle = this.#start.jiffies(timeNs) - idleSince;
      if (idle > rto) {
        const cwnd = this.#socket.get('snd_cwnd');
        const least = Math.min(INITIAL_WINDOW, cwnd);
        this.#event(timeNs, EVENT.restart);
        this.#socket.set('snd_ssthresh', this.#currentThreshold());
        let window = cwnd;
        while ((idle -= rto) > 0 && window > least) window >>= 1;
        this.#setWindow(Math.max(window, least), timeNs);
      }
    }
    this.#event(timeNs, EVENT.start);
  }

  /** As RFC 6298 has it, with the least variation that Linux assumes, TCP_RTO_MIN; 0 before a measurement. */
  #rtoJiffies(): number {
    if (this.#srttUs === 0) return 0;
    const rtoNs = BigInt(Math.round(this.#srttUs) + RTO_MIN_US) * NS_PER_US;
    return this.#start.jiffies(this.#start.timeNs + rtoNs) - this.#start.jiffies(this.#start.timeNs);
  }

  /** New data. `sentNs` is undefined where the recording tells only that it was sent by `timeNs`. */
  send(timeNs: bigint, end: number, sentNs: bigint | undefined, recordedCwnd: number | undefined): void {
    if (!isBefore(this.#next, end)) return;
    const hasSent = this.#next !== this.#start.una;
    this.#wake(timeNs, hasSent ? this.#socket.get('lsndtime') : undefined);
    const count = this.queue.send({ start: this.#next, end }, this.#start.mssBytes, sentNs);
    if (this.state === CA.cwr || this.state === CA.recovery) this.#add('prr_out', count);
    this.#add('bytes_sent', (end - this.#next) >>> 0);
    this.#next = end;
    this.#socket.set('lsndtime', this.#start.jiffies(timeNs));
    this.#validate(timeNs, recordedCwnd);
    this.#place(timeNs);
  }

  resend(timeNs: bigint, range: Range): void {
    const count = this.queue.resend(range, timeNs);
    if (this.state === CA.recovery || this.state === CA.cwr) this.#add('prr_out', count);
    this.#add('total_retrans', Math.max(1, count));
    if (this.#hasUndoMarker) this.#undoRetransmitted += count;
    this.#place(timeNs);
  }

  /** tcp_cwnd_validate(): whether the window, and not the application, holds the sender back. */
  #validate(timeNs: bigint, recordedCwnd = Number.POSITIVE_INFINITY): void {
    const { packetsOut, inFlight } = this.queue;
    const isLimited = inFlight >= Math.min(this.#socket.get('snd_cwnd'), recordedCwnd);
    const isNew = !isBefore(this.#una, this.#usageSeq);
    if (isNew || isLimited || (!this.isLimited && packetsOut > this.#socket.get('max_packets_out'))) {
      this.#socket.set('is_cwnd_limited', isLimited ? 1 : 0);
      this.#socket.set('max_packets_out', packetsOut);
      this.#usageSeq = this.#next;
    }
    if (isLimited) this.#socket.set('snd_cwnd_stamp', this.#start.jiffies(timeNs));
  }

  /** tcp_ack(). */
  acknowledge(ack: Acknowledgement): void {
    const { timeNs, una, sacks, isEce } = ack;
    const isAdvance = isBefore(this.#una, una);
    const priorInFlight = this.queue.inFlight;
    const hadPackets = this.queue.packetsOut > 0;
    if (isAdvance) {
      this.#add('bytes_acked', (una - this.#una) >>> 0);
      this.#una = una;
    }
    if (ack.windowBytes !== undefined) this.#socket.set('snd_wnd', ack.windowBytes);
    const { delivered, acked, lastSentNs } = this.queue.acknowledge(una, sacks);
    const rttUs = this.#measure(ack, lastSentNs);
    this.#delivered += delivered;
    this.#socket.set('delivered', this.#delivered);
    if (isEce) this.#add('delivered_ce', delivered);
    this.#place(timeNs);
    if (hadPackets) {
      const inFlightBytes = priorInFlight * this.#start.mssBytes;
      this.#algorithm.packetsAcked(timeNs, this.#socket.address, {
        packetsAcked: acked,
        rttUs,
        inFlightBytes,
      });
    }
    const isPlain = isAdvance && sacks.length === 0;
    const flags = (isPlain ? ACK_EVENT.windowUpdate : ACK_EVENT.slowPath) | (isEce ? ACK_EVENT.ece : 0);
    this.#call(timeNs, 'in_ack_event', flags);
    const lost = ack.state === undefined ? this.#markLost(ack.sentAgain) : 0;
    this.#add('lost', lost);
    this.#alert(ack, isAdvance);
    this.#place(timeNs);
    if (hadPackets) this.#control(ack, delivered, acked, isAdvance, lost);
    this.#pace();
    this.#place(timeNs);
  }

  /** After an acknowledgement: the windows that it led to are kept. */
  note(timeNs: bigint, recordedCwnd: number | undefined): void {
    const [cwnd, ssthresh] = [this.#socket.get('snd_cwnd'), this.#socket.get('snd_ssthresh')];
    this.#recorder.add(timeNs, this.una, cwnd, ssthresh, recordedCwnd);
  }

  /** By what was acknowledged above, and by what the sender sent again at once. */
  #markLost(sentAgain: readonly Range[] = []): number {
    return sentAgain.reduce((count, range) => count + this.queue.markLostIn(range), this.queue.markLost());
  }

  /** tcp_rack_reo_timeout(): a timer found a loss that no acknowledgement did. */
  lose(timeNs: bigint, range: Range): void {
    const lost = this.queue.markLostIn(range);
    if (lost === 0) return;
    this.#add('lost', lost);
    if (this.state >= CA.recovery) return;
    this.enter(timeNs, CA.recovery);
    this.#reduce(timeNs, 1, 0, false);
    this.#place(timeNs);
  }

  /** tcp_cong_control(). */
  #control(
    { timeNs, una }: Acknowledgement,
    delivered: number,
    acked: number,
    isAdvance: boolean,
    lost: number,
  ): void {
    if (this.state === CA.cwr || this.state === CA.recovery) this.#reduce(timeNs, delivered, lost, isAdvance);
    else if (acked > 0) {
      this.#call(timeNs, 'cong_avoid', una, delivered);
      this.#socket.set('snd_cwnd_stamp', this.#start.jiffies(timeNs));
    }
  }

  /** tcp_fastretrans_alert(): the states that this acknowledgement leads to. */
  #alert(ack: Acknowledgement, isAdvance: boolean): void {
    const { timeNs, isEce } = ack;
    if (isEce) this.#socket.set('prior_ssthresh', 0);
    const isUndone = ack.isUndone || this.#isUndoneBy(ack);
    if (isUndone && this.#hasUndoMarker) this.#undo(timeNs);
    // What answers a mark is held until something above was acknowledged, which the receiver saw marked as such.
    const isAtEnd = this.state === CA.cwr ? isBefore : (a: number, b: number): boolean => !isBefore(b, a);
    const isDone = this.state >= CA.cwr && isAdvance && isAtEnd(this.#highSeq, this.#una);
    const target = ack.state ?? (isDone || isUndone ? CA.open : this.state);
    if (target < this.state) this.#leave(timeNs, target);
    if (ack.state === undefined) this.#enterByEvidence(timeNs, isEce);
    else if (target > this.state) this.enter(timeNs, target);
  }

  /** Whether every segment that was sent again came twice: tcp_try_undo_dsack(). */
  #isUndoneBy({ isDuplicateSack }: Acknowledgement): boolean {
    if (!isDuplicateSack || !this.#hasUndoMarker || this.#undoRetransmitted === 0) return false;
    this.#undoRetransmitted -= 1;
    return this.#undoRetransmitted === 0;
  }

  #enterByEvidence(timeNs: bigint, isEce: boolean): void {
    if (this.state < CA.recovery && this.queue.lostOut > 0) this.enter(timeNs, CA.recovery);
    else if (this.state < CA.cwr && isEce) this.enter(timeNs, CA.cwr);
    else if (this.state < CA.cwr) {
      const target = this.queue.sackedOut > 0 ? CA.disorder : CA.open;
      if (target !== this.state) this.#setState(timeNs, target);
    }
  }

  /** Into a state that holds less: tcp_enter_recovery(), tcp_enter_cwr(), tcp_enter_loss(). */
  enter(timeNs: bigint, state: number): void {
    if (state === CA.loss) return this.#enterLoss(timeNs);
    if (state === CA.disorder) return this.#setState(timeNs, state);
    const isReducing = this.state === CA.cwr || this.state === CA.recovery;
    if (state === CA.recovery) {
      this.#recorder.recoveries += 1;
      this.#socket.set('prior_ssthresh', 0);
      this.#mark(true);
      if (this.queue.lostOut === 0) this.#add('lost', this.queue.markFirstLost());
    } else this.#mark(false);
    if (!isReducing) {
      if (state === CA.recovery) this.#socket.set('prior_ssthresh', this.#currentThreshold());
      this.#highSeq = this.#next;
      this.#socket.set('snd_cwnd_cnt', 0);
      this.#socket.set('prior_cwnd', this.#socket.get('snd_cwnd'));
      this.#socket.set('prr_delivered', 0);
      this.#socket.set('prr_out', 0);
      this.#askThreshold(timeNs);
    }
    this.#setState(timeNs, state);
  }

  #enterLoss(timeNs: bigint): void {
    this.#recorder.timeouts += 1;
    this.#add('lost', this.queue.markAllLost());
    if (this.state <= CA.disorder || isBefore(this.#highSeq, this.#una) || this.#highSeq === this.#una) {
      this.#socket.set('prior_ssthresh', this.#currentThreshold());
      this.#socket.set('prior_cwnd', this.#socket.get('snd_cwnd'));
      this.#askThreshold(timeNs);
      this.#event(timeNs, EVENT.loss);
      this.#mark(true);
    }
    this.#socket.set('snd_cwnd_cnt', 0);
    this.#setWindow(this.queue.inFlight + 1, timeNs);
    this.#setState(timeNs, CA.loss);
    this.#highSeq = this.#next;
    this.#place(timeNs);
  }

  /** Back to a state that holds more: tcp_end_cwnd_reduction(), where nothing was undone. */
  #leave(timeNs: bigint, state: number): void {
    const left = this.state;
    if (left === CA.recovery) this.#setState(timeNs, state);
    if (left === CA.cwr || left === CA.recovery) {
      const threshold = this.#socket.get('snd_ssthresh');
      if (threshold < NO_THRESHOLD && (left === CA.cwr || this.#hasUndoMarker))
        this.#setWindow(threshold, timeNs);
      this.#event(timeNs, EVENT.completeCwr);
    }
    if (left !== CA.recovery) this.#setState(timeNs, state);
    this.#mark(false);
    this.queue.unmarkLost();
  }

  /** tcp_undo_cwnd_reduction(). */
  #undo(timeNs: bigint): void {
    const prior = this.#socket.get('prior_ssthresh');
    if (prior > 0) {
      const window = this.#call(timeNs, 'undo_cwnd');
      if (window !== undefined) this.#setWindow(Number(BigInt.asUintN(32, window)), timeNs);
      if (prior > this.#socket.get('snd_ssthresh')) this.#socket.set('snd_ssthresh', prior);
    }
    this.#mark(false);
    this.queue.unmarkLost();
  }

  /** tcp_cwnd_reduction(): proportional rate reduction, RFC 6937. */
  #reduce(timeNs: bigint, delivered: number, lost: number, isAdvance: boolean): void {
    const prior = this.#socket.get('prior_cwnd');
    if (delivered <= 0 || prior === 0) return;
    const { inFlight } = this.queue;
    const threshold = this.#socket.get('snd_ssthresh');
    this.#add('prr_delivered', delivered);
    const [arrived, out] = [this.#socket.get('prr_delivered'), this.#socket.get('prr_out')];
    const room = threshold - inFlight;
    let count: number;
    if (room < 0) count = Math.floor((threshold * arrived + prior - 1) / prior) - out;
    else {
      count = Math.max(arrived - out, delivered);
      if (isAdvance && lost === 0) count += 1;
      count = Math.min(room, count);
    }
    this.#setWindow(inFlight + Math.max(count, out > 0 ? 0 : 1), timeNs);
  }

  /** tcp_rtt_estimator(), tcp_update_rtt_min(): of the round trip that this acknowledgement shows. */
  #measure({ timeNs, rttUs, srttUs }: Acknowledgement, lastSentNs: bigint | undefined): number {
    const measured = rttUs ?? (lastSentNs === undefined ? -1 : Number((timeNs - lastSentNs) / NS_PER_US));
    if (measured >= 0) {
      const least = Math.max(1, measured);
      this.#srttUs = srttUs ?? (this.#srttUs === 0 ? least : this.#srttUs + (least - this.#srttUs) / 8);
      if (this.#rttMinUs === 0 || least < this.#rttMinUs) this.#minimumRtt((this.#rttMinUs = least));
      // Kept eight times as large.
      this.#socket.set('srtt_us', Math.round(8 * this.#srttUs));
    }
    return measured;
  }

  /** Of the three that a kernel keeps for a window of time the first is read. */
  #minimumRtt(value: number): void {
    this.#socket.setFirst('rtt_min', [0, value]);
  }

  /** tcp_update_pacing_rate(). */
  #pace(): void {
    if (this.#srttUs === 0) return;
    const cwnd = this.#socket.get('snd_cwnd');
    const percent = cwnd < this.#socket.get('snd_ssthresh') / 2 ? 200 : 120;
    const packets = Math.max(cwnd, this.queue.packetsOut);
    const rate = (this.#start.mssBytes * packets * (percent / 100) * US_PER_SECOND) / this.#srttUs;
    this.#socket.setSock('sk_pacing_rate', Math.floor(rate));
  }

  /** tcp_current_ssthresh(). */
  #currentThreshold(): number {
    const [cwnd, threshold] = [this.#socket.get('snd_cwnd'), this.#socket.get('snd_ssthresh')];
    if (this.state === CA.cwr || this.state === CA.recovery) return threshold;
    return Math.max(threshold, Math.floor(cwnd / 2) + Math.floor(cwnd / 4));
  }

  #askThreshold(timeNs: bigint): void {
    this.#place(timeNs);
    const threshold = this.#call(timeNs, 'ssthresh');
    if (threshold !== undefined) this.#socket.set('snd_ssthresh', Number(BigInt.asUintN(32, threshold)));
  }

  #setState(timeNs: bigint, state: number): void {
    this.#call(timeNs, 'set_state', state);
    this.state = state;
    this.#socket.setConnection('icsk_ca_state', state);
  }

  #setWindow(window: number, timeNs: bigint): void {
    this.#socket.set('snd_cwnd', Math.max(1, window));
    this.#socket.set('snd_cwnd_stamp', this.#start.jiffies(timeNs));
  }

  #mark(isOn: boolean): void {
    this.#hasUndoMarker = isOn;
    this.#undoRetransmitted = 0;
    this.#socket.set('undo_marker', isOn ? this.#una : 0);
  }

  #event(timeNs: bigint, event: number): void {
    this.#call(timeNs, 'cwnd_event', event);
  }

  #call(timeNs: bigint, member: string, ...parameters: readonly number[]): bigint | undefined {
    return this.#algorithm.call(timeNs, member, this.#socket.address, ...parameters);
  }

  #add(member: string, count: number): void {
    if (count !== 0) this.#socket.set(member, this.#socket.get(member) + count);
  }

  /** What the sender knows of itself, where programs read it. */
  #place(timeNs: bigint): void {
    const { queue } = this;
    this.#socket.set('tcp_mstamp', Number(timeNs / NS_PER_US));
    this.#socket.set('snd_una', this.#una);
    this.#socket.set('snd_nxt', this.#next);
    this.#socket.set('high_seq', this.#highSeq);
    this.#socket.set('packets_out', queue.packetsOut);
    this.#socket.set('sacked_out', queue.sackedOut);
    this.#socket.set('lost_out', queue.lostOut);
    this.#socket.set('retrans_out', queue.retransmittedOut);
  }

  /** The connection ends. */
  release(timeNs: bigint): void {
    this.#call(timeNs, 'release');
  }

  series(flow: string, from: 'tcp:tcp_probe' | 'packets'): ReturnType<FlowRecorder['series']> {
    return this.#recorder.series({
      algorithm: this.#algorithm.name,
      flow,
      from,
      mssBytes: this.#start.mssBytes,
    });
  }
}
