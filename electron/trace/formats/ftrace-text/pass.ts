/**
 * One pass over a text: pieces in, events into the window. Hot: feed() runs per line, and makes no string of a line
 * that is an event whose way of printing was met before.
 */
import type { ClockPair, Ledger } from '../../event.ts';
import type { EventCatalog, EventReader, NamedEvents } from '../../text/event-catalog.ts';
import { NAME_BYTES_MAX } from '../../text/event-catalog.ts';
import { Matcher } from '../../text/matcher.ts';
import type { PerfCallchains } from '../perf/callchains.ts';
import type { Window } from '../perf/window.ts';
import { CallGraph, type GraphEvent } from './call-graph.ts';
import { clockPairOf, isClockMark } from './clock-marks.ts';
import { LineHead } from './line-head.ts';
import { CLOCK_PAIRS_MAX, CPUS_MAX, LINE_BYTES_MAX, PLACES_MAX } from './limits.ts';
import { emptyFacts, readNote } from './notes.ts';
import { PageLines } from './page.ts';
import { isStackName, StackLines } from './stack-lines.ts';
import { Switches } from './switches.ts';
import type { Tasks } from './tasks.ts';
import { UnnamedEvent } from './unnamed.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const BAR = 0x7c;
/** The latency format cuts names to this. */
const SHORT_COMM_BYTES = 8;
const NO_BYTES = new Uint8Array(0);
const TOO_LONG = `a line of more than ${LINE_BYTES_MAX} bytes`;

export interface PassTarget {
  readonly file: string;
  readonly catalog: EventCatalog;
  readonly tasks: Tasks;
  readonly chains: PerfCallchains;
  readonly window: Window;
  readonly ledger: Ledger;
  readonly clock: string;
  readonly isPage: boolean;
}

export class TextPass {
  readonly facts = emptyFacts();
  readonly clockPairs: ClockPair[] = [];
  /** Most digits behind the point of a time. */
  fractionDigits = 0;
  readonly #target: PassTarget;
  #head = new LineHead();
  readonly #waitHead = new LineHead();
  readonly #matcher = new Matcher();
  readonly #page: PageLines | undefined;
  #rest: Uint8Array = NO_BYTES;
  #line = 0;
  #isSkipping = false;
  readonly #unnamed = new UnnamedEvent();
  readonly #switches = new Switches();
  readonly #stack = new StackLines();
  readonly #graph = new CallGraph();
  readonly #graphHead = new LineHead();
  /** By CPU: row of its last event in the window and the thread it was of, for the stack that may follow. */
  readonly #lastRow = new Int32Array(CPUS_MAX + 1).fill(-1);
  readonly #lastTid = new Int32Array(CPUS_MAX + 1);
  #hasStacks: boolean;

  constructor(target: PassTarget) {
    this.#target = target;
    this.#hasStacks = target.catalog.types.some(({ name }) => isStackName(name));
    this.#page = target.isPage ? new PageLines() : undefined;
  }

  /** Takes the next bytes; the last line waits for its end, the last event for its stack. */
  feed(piece: Uint8Array): void {
    let start = 0;
    if (this.#rest.length > 0) {
      const first = piece.indexOf(NEWLINE);
      start = first < 0 ? piece.length : first + 1;
      const joined = new Uint8Array(this.#rest.length + start);
      joined.set(this.#rest);
      joined.set(piece.subarray(0, start), this.#rest.length);
      this.#keep(joined, this.#takeLines(joined, 0, joined.length));
      if (first < 0) return;
    }
    const limit = this.#hasStacks ? this.#lastEventStart(piece, start) : piece.length;
    this.#keep(piece, this.#takeLines(piece, start, limit));
  }

  /** Takes the lines that end before `limit`; where the next begins. */
  #takeLines(bytes: Uint8Array, from: number, limit: number): number {
    let start = from;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0 || end >= limit) return start;
      this.#takeLine(bytes, start, end);
      start = end + 1;
    }
  }

  /** What is left waits for the next piece; a line that is too long is given up. */
  #keep(bytes: Uint8Array, start: number): void {
    const isTooLong = bytes.length - start > LINE_BYTES_MAX && bytes.indexOf(NEWLINE, start) < 0;
    if (isTooLong && !this.#isSkipping) {
      // A page's own scripts have such lines.
      if (this.#page?.isInside !== false) this.#unparsed(TOO_LONG, this.#line + 1);
      this.#isSkipping = true;
    }
    this.#rest = isTooLong ? NO_BYTES : new Uint8Array(bytes.subarray(start));
  }

  /** The window moved its rows: what was remembered of them is void. */
  forgetRows(): void {
    this.#endStack();
    this.#lastRow.fill(-1);
  }

  /** Takes the last line, which may have no end. */
  finish(): void {
    const { ledger } = this.#target;
    const rest = this.#rest;
    this.#rest = NO_BYTES;
    const start = this.#takeLines(rest, 0, rest.length);
    if (start < rest.length) this.#takeLine(rest, start, rest.length);
    this.#endStack();
    // Lines between the events tell of the same losses as the header does.
    ledger.dropped += Math.max(this.facts.lost, this.facts.overwritten);
    ledger.suspectedLosses += this.#switches.suspectedLosses;
  }

  /**
   * An event waits for the stack behind it: the start of the last line that may still get one, so that a release of
   * the window never comes between. All of the bytes where no line of theirs is an event.
   */
  #lastEventStart(bytes: Uint8Array, from: number): number {
    const head = this.#waitHead;
    for (let end = bytes.lastIndexOf(NEWLINE); end > from;) {
      const start = Math.max(from, bytes.lastIndexOf(NEWLINE, end - 1) + 1);
      if (head.read(bytes, start, end) && !isStack(latin1(bytes, head.nameStart, end))) return start;
      end = start - 1;
    }
    return bytes.length;
  }

  #takeLine(bytes: Uint8Array, start: number, lineEnd: number): void {
    this.#line += 1;
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    if (lineEnd - start > LINE_BYTES_MAX) {
      if (this.#page?.isInside !== false) this.#unparsed(TOO_LONG);
      return;
    }
    let end = lineEnd;
    if (end > start && bytes[end - 1] === RETURN) end -= 1;
    // A text that was the value of a script ends its lines with a line feed spelled out and a backslash.
    if (end > start + 2 && bytes[end - 1] === BACKSLASH && bytes[end - 2] === LETTER_N) {
      if (bytes[end - 3] === BACKSLASH) end -= 3;
    }
    let from = start;
    if (this.#page !== undefined) {
      const inside = this.#page.inside(latin1(bytes, start, end));
      if (inside === undefined) return;
      from = start + inside[0];
      end = start + inside[1];
    }
    if (end === from) return;
    if (bytes[from] !== HASH && this.#head.read(bytes, from, end)) this.#event(bytes, end);
    else this.#note(bytes, from, end);
  }

  #event(bytes: Uint8Array, end: number): void {
    const head = this.#head;
    const { catalog, tasks } = this.#target;
    if (this.#stack.name !== undefined) this.#endStack();
    if (head.cpu > CPUS_MAX || head.nameEnd - head.nameStart > NAME_BYTES_MAX) {
      this.#unparsed(head.cpu > CPUS_MAX ? `CPU ${head.cpu}` : 'the name of the event is too long');
      return;
    }
    const isWhole = !head.isCommShort || head.commEnd - head.commStart < SHORT_COMM_BYTES;
    if (isWhole) tasks.note(bytes, head.commStart, head.commEnd, head.tid, head.tgid);
    if (head.fractionDigits > this.fractionDigits) this.fractionDigits = head.fractionDigits;
    if (head.nameEnd > head.nameStart) {
      const events = catalog.find(bytes, head.nameStart, head.nameEnd);
      if (events?.isStack === true) {
        this.#beginStack(events.name, latin1(bytes, head.textStart, end));
        return;
      }
      if (isGraph(events?.name) && hasBar(bytes, head.textStart, end)) {
        this.#takeReportedGraph(latin1(bytes, head.textStart, end));
        return;
      }
      if (isClockMark(bytes, head.textStart, end)) this.#clockMark(bytes, end);
      this.#read(events, bytes, head.textStart, end);
      this.#remember();
      return;
    }
    const unnamed = this.#unnamed;
    if (!unnamed.read(bytes, head.nameStart, end)) {
      this.#unparsed('no event is named behind the time');
    } else if (unnamed.isStack) {
      this.#beginStack(latin1(unnamed.name, 0, unnamed.nameLength), '');
    } else {
      const events = catalog.find(unnamed.name, 0, unnamed.nameLength);
      this.#read(events, bytes, unnamed.textStart, unnamed.textEnd);
      this.#remember();
    }
  }

  /** As trace-cmd report prints the graph: a line without a bar is of another kind of printing. */
  #takeReportedGraph(text: string): void {
    const { timeHigh, timeLow, cpu, tid } = this.#head;
    const timeNs = (BigInt(timeHigh) << 32n) | BigInt(timeLow);
    this.#takeGraph(this.#graph.text(text, { timeNs, cpu, tid }));
  }

  /** Hot. The row that was appended last is its CPU's last. */
  #remember(): void {
    const { cpu, tid } = this.#head;
    this.#lastRow[cpu] = this.#target.window.count - 1;
    this.#lastTid[cpu] = tid;
  }

  #beginStack(name: string, text: string): void {
    const { cpu, tid } = this.#head;
    if (!isStackName(name)) return;
    this.#hasStacks = true;
    const row = this.#lastTid[cpu] === tid ? (this.#lastRow[cpu] as number) : -1;
    this.#stack.begin(name, this.#head, row, text);
  }

  /** All frames were read: the stack is an event too, as in the kernel's buffer. */
  #endStack(): void {
    const stack = this.#stack;
    const { name } = stack;
    if (name === undefined) return;
    stack.name = name;
    const { catalog, window, chains } = this.#target;
    const chain = stack.intern(chains);
    stack.name = undefined;
    if (chain >= 0 && stack.row >= 0) window.setStack(stack.row, chain);
    const head = this.#head;
    this.#head = stack.head;
    const named = Buffer.from(name);
    const text = Buffer.from(stack.text, 'latin1');
    this.#read(catalog.find(named, 0, named.length), text, 0, text.length);
    this.#head = head;
  }

  #read(events: NamedEvents | undefined, text: Uint8Array, start: number, end: number): void {
    if (events === undefined) {
      this.#unparsed('too many names of events');
      return;
    }
    const { readers } = events;
    for (let index = 0; index < readers.length; index++) {
      const reader = readers[index] as EventReader;
      if (!this.#readAs(events, reader, text, start, end)) continue;
      // What fitted is tried first for the next line.
      if (index > 0) {
        readers.splice(index, 1);
        readers.unshift(reader);
      }
      return;
    }
    const learned = this.#target.catalog.learn(
      events,
      Buffer.from(text.subarray(start, end)).toString('utf8'),
    );
    if (learned !== undefined && this.#readAs(events, learned, text, start, end)) return;
    this.#unparsed(`the text of ${events.name} is not as its format prints it`);
  }

  #readAs(events: NamedEvents, reader: EventReader, text: Uint8Array, start: number, end: number): boolean {
    const { window, catalog } = this.#target;
    const head = this.#head;
    const { steps, sizeBytes } = reader;
    const at = window.reserve(sizeBytes + (end - start) + 2 * steps.length + 8);
    const matcher = this.#matcher;
    const bytes = window.bytes;
    matcher.bytes = bytes;
    bytes.fill(0, at, at + sizeBytes);
    if (!matcher.match(steps, text, start, end, at, sizeBytes)) return false;
    if (reader.type < 0 && !catalog.giveType(events, reader)) return false;
    const { tid } = head;
    bytes[at] = reader.recordId;
    bytes[at + 1] = reader.recordId >>> 8;
    bytes[at + 2] = head.flags;
    bytes[at + 3] = head.preemptCount;
    bytes[at + 4] = tid;
    bytes[at + 5] = tid >>> 8;
    bytes[at + 6] = tid >>> 16;
    bytes[at + 7] = tid >>> 24;
    const { switchOffsets } = reader;
    if (switchOffsets !== undefined) {
      const { view } = window;
      const previous = view.getInt32(at + switchOffsets[0], true);
      this.#switches.follow(head.cpu, previous, view.getInt32(at + switchOffsets[1], true));
    }
    window.append(head.timeHigh, head.timeLow, head.cpu, tid, reader.type, -1, matcher.end - at);
    return true;
  }

  #clockMark(bytes: Uint8Array, end: number): void {
    const head = this.#head;
    const timeNs = BigInt(head.timeHigh) * 4_294_967_296n + BigInt(head.timeLow);
    const pair = clockPairOf(latin1(bytes, head.textStart, end), this.#target.clock, timeNs, this.#line);
    if (pair !== undefined && this.clockPairs.length < CLOCK_PAIRS_MAX) this.clockPairs.push(pair);
  }

  #note(bytes: Uint8Array, start: number, end: number): void {
    const line = latin1(bytes, start, end);
    if (this.#stack.take(line)) return;
    const note = readNote(line, this.facts, this.#target.ledger, (cpu) => this.#switches.forget(cpu));
    if (note === 'note') return;
    if (note === undefined) {
      this.#unparsed('neither an event nor a header');
      return;
    }
    this.#takeGraph(this.#graph.line(line));
  }

  #takeGraph(found: readonly GraphEvent[] | string): void {
    if (typeof found === 'string') {
      this.#target.ledger.unsupported += 1;
      this.#place(found, this.#line);
      return;
    }
    const own = this.#head;
    this.#head = this.#graphHead;
    for (const { name, text, timeNs, cpu, tid } of found) {
      const head = this.#graphHead;
      head.cpu = cpu;
      head.tid = tid;
      head.timeHigh = Number(timeNs >> 32n);
      head.timeLow = Number(timeNs & 0xffff_ffffn);
      const named = Buffer.from(name);
      const bytes = Buffer.from(text, 'latin1');
      if (cpu > CPUS_MAX || named.length > NAME_BYTES_MAX) this.#unparsed(`CPU ${cpu}, ${name}`);
      else this.#read(this.#target.catalog.find(named, 0, named.length), bytes, 0, bytes.length);
    }
    this.#head = own;
  }

  #unparsed(reason: string, line = this.#line): void {
    this.#target.ledger.unparsed += 1;
    this.#place(reason, line);
  }

  #place(reason: string, at: number): void {
    const { places } = this.#target.ledger;
    if (places.length < PLACES_MAX) places.push({ file: this.#target.file, at, reason });
  }
}

function isStack(text: string): boolean {
  return /^(kernel_stack|user_stack|<stack trace>|<user stack trace>)/.test(text);
}

function hasBar(bytes: Uint8Array, start: number, end: number): boolean {
  const at = bytes.indexOf(BAR, start);
  return at >= 0 && at < end;
}

function isGraph(name: string | undefined): boolean {
  return name === 'funcgraph_entry' || name === 'funcgraph_exit';
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
