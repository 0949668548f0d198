/** A bundle of ftrace events of one CPU: each with a message of its own kind, and switches in columns. */
import { CompactSched, type Shift } from './compact-sched.ts';
import { DescribedEvents } from './described-events.ts';
import type { EventKind, EventWriter } from './event-writer.ts';
import { DESCRIBED_EVENTS_FROM, FTRACE_MESSAGES, GENERIC_EVENT } from './ftrace-events.ts';
import { CPUS_MAX } from './limits.ts';
import type { Losses } from './losses.ts';
import { MessageValues } from './message-values.ts';
import { ProtoReader } from './proto.ts';

const BUNDLE = {
  cpu: 1,
  event: 2,
  lost: 3,
  compact: 4,
  clock: 5,
  clockTime: 6,
  bootTime: 7,
  error: 8,
  descriptor: 11,
} as const;
const EVENT = { time: 1, pid: 2, flags: 5 } as const;
const ERROR_STATUS_TEXT = 'a stretch of the ring buffer that the recorder could not read';

export class FtraceBundles {
  cpuCount = 0;
  readonly #writer: EventWriter;
  readonly #losses: Losses;
  readonly #described: DescribedEvents;
  readonly #compact: CompactSched;
  readonly #kinds = new Map<number, EventKind>();
  readonly #bundle = new ProtoReader();
  readonly #event = new ProtoReader();
  readonly #message = new ProtoReader();
  readonly #values = new MessageValues();

  constructor(writer: EventWriter, losses: Losses) {
    this.#writer = writer;
    this.#losses = losses;
    this.#described = new DescribedEvents(writer.types);
    this.#compact = new CompactSched(writer);
    for (const [number, { system, name, fields }] of FTRACE_MESSAGES)
      this.#kinds.set(number, writer.types.kind(system, name, fields));
  }

  /** `at`: where the packet lies in the file. */
  read(packet: ProtoReader, at: number): void {
    const { cpu, shift } = this.#readHead(packet, at);
    if (cpu >= CPUS_MAX) {
      this.#losses.unparsed(at, `events of CPU ${cpu}`);
      return;
    }
    this.cpuCount = Math.max(this.cpuCount, cpu + 1);
    const bundle = this.#bundle.enter(packet);
    while (bundle.next()) {
      if (!bundle.isStretch) continue;
      if (bundle.field === BUNDLE.event) this.#readEvent(bundle, cpu, shift, at);
      else if (bundle.field === BUNDLE.compact) this.#readCompact(bundle, cpu, shift, at);
    }
    if (bundle.isDamaged) this.#losses.unparsed(at, 'a bundle of events that is cut or damaged');
  }

  /** What holds for all events of the bundle, wherever it is told in it. */
  #readHead(packet: ProtoReader, at: number): { readonly cpu: number; readonly shift: Shift } {
    let cpu = 0;
    let clock = 0;
    let clockTime = 0n;
    let bootTime = 0n;
    let isLost = false;
    const bundle = this.#bundle.enter(packet);
    while (bundle.next()) {
      if (bundle.field === BUNDLE.cpu) cpu = bundle.value;
      else if (bundle.field === BUNDLE.lost) isLost = bundle.value !== 0;
      else if (bundle.field === BUNDLE.clock) clock = bundle.value;
      else if (bundle.field === BUNDLE.clockTime) clockTime = bundle.signed;
      else if (bundle.field === BUNDLE.bootTime) bootTime = bundle.signed;
      else if (bundle.field === BUNDLE.error) this.#losses.unparsed(at, ERROR_STATUS_TEXT);
      else if (bundle.field === BUNDLE.descriptor && !this.#described.describe(bundle))
        this.#losses.unparsed(at, 'a description of an event that is damaged');
    }
    if (isLost) {
      this.#losses.lostOnCpu(cpu);
      this.#compact.forget(cpu);
    }
    if (clock === 0) return { cpu, shift: undefined };
    // Times of another trace clock, and one moment on both.
    if (clockTime === 0n || bootTime === 0n)
      this.#losses.note(at, "a bundle on a clock that it does not relate to the trace's");
    const ahead = bootTime - clockTime;
    return { cpu, shift: (timeNs) => timeNs + ahead };
  }

  #readCompact(bundle: ProtoReader, cpu: number, shift: Shift, at: number): void {
    const compact = this.#compact;
    compact.read(bundle, cpu, shift);
    const { untold, damaged, untyped } = compact;
    if (untold > 0)
      this.#losses.unparsedMany(at, untold, 'a first switch of a CPU, which does not tell who ran before');
    if (damaged > 0) this.#losses.unparsedMany(at, damaged, 'columns of switches that do not match');
    if (untyped > 0) this.#losses.unsupported(at, 'events of more types than are kept', untyped);
    compact.untold = 0;
    compact.damaged = 0;
    compact.untyped = 0;
  }

  #readEvent(bundle: ProtoReader, cpu: number, shift: Shift, at: number): void {
    const event = this.#event.enter(bundle);
    let timeHigh = 0;
    let timeLow = 0;
    let pid = -1;
    let number = 0;
    let kind: EventKind | undefined;
    while (event.next()) {
      if (event.field === EVENT.time) {
        timeHigh = event.high;
        timeLow = event.low;
      } else if (event.field === EVENT.pid) pid = event.low | 0;
      else if (event.isStretch) {
        number = event.field;
        kind = this.#readMessage(event);
      }
    }
    if (event.isDamaged) this.#losses.unparsed(at, 'an event that is cut or damaged');
    else if (kind === undefined) this.#losses.unsupported(at, nameOf(number), 1);
    else {
      if (shift !== undefined) {
        const shifted = BigInt.asUintN(64, shift((BigInt(timeHigh) << 32n) | BigInt(timeLow)));
        timeHigh = Number(shifted >> 32n);
        timeLow = Number(shifted & 0xffff_ffffn);
      }
      if (!this.#writer.write(kind, this.#values, timeHigh, timeLow, cpu, pid))
        this.#losses.unsupported(at, 'events of more types than are kept', 1);
    }
  }

  /** Its fields, and what event it is; undefined for one that nothing describes, or is damaged. */
  #readMessage(event: ProtoReader): EventKind | undefined {
    const number = event.field;
    if (number === GENERIC_EVENT) return this.#described.generic(event, this.#values);
    const kind = number >= DESCRIBED_EVENTS_FROM ? this.#described.kindOf(number) : this.#kinds.get(number);
    if (kind === undefined) return undefined;
    const values = this.#values;
    values.restart(event.bytes);
    const message = this.#message.enter(event);
    while (message.next()) values.take(message.field - 1, message);
    if (message.isDamaged) event.isDamaged = true;
    return kind;
  }
}

function nameOf(number: number): string {
  if (number === 0) return 'ftrace events without a message';
  return number === GENERIC_EVENT
    ? 'generic ftrace events without a name'
    : `ftrace events of field ${number}`;
}
