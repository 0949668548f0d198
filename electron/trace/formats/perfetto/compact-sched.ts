/**
 * Switches and wake-ups as a bundle holds them in columns: times as differences, names by their place in a table,
 * and of a switch only who runs next. Who ran before is who was switched to before on that CPU; the first switch of
 * a CPU, and the first after lost events, do not tell and are counted as not read. A task's name and priority may
 * change while it runs, so `prev_comm` and `prev_prio` are no fields of these events.
 */
import type { EventKind, EventWriter } from './event-writer.ts';
import type { MessageField } from './ftrace-events.ts';
import { HalfTime } from './half-time.ts';
import { MessageValues } from './message-values.ts';
import { ProtoReader } from './proto.ts';

const UINT32 = 4_294_967_296;
const SWITCH = { time: 1, prevState: 2, nextPid: 3, nextPrio: 4, nextComm: 6 } as const;
const WAKING = { time: 7, pid: 8, targetCpu: 9, prio: 10, comm: 11, flags: 12 } as const;
const COMM_TABLE = 5;
const FIELD_MAX = 12;

const signed = (name: string): MessageField => ({ name, isSigned: true });
const text = (name: string): MessageField => ({ name, isSigned: false });
const SWITCH_FIELDS = [
  signed('prev_pid'),
  signed('prev_state'),
  text('next_comm'),
  signed('next_pid'),
  signed('next_prio'),
];
/** Places of these in MessageValues. */
const PLACE = { prevPid: 0, prevState: 1, nextComm: 2, nextPid: 3, nextPrio: 4 } as const;
const WAKING_FIELDS = [text('comm'), signed('pid'), signed('prio'), signed('target_cpu')];

/** Moves times of a bundle to the trace's clock; undefined for times that are on it. */
export type Shift = ((timeNs: bigint) => bigint) | undefined;

export class CompactSched {
  /** Switches that do not tell who ran before. */
  untold = 0;
  /** Entries of columns that do not match. */
  damaged = 0;
  /** Events without a type: there are too many. */
  untyped = 0;
  readonly #writer: EventWriter;
  readonly #switch: EventKind;
  readonly #waking: EventKind;
  /** Who runs on each CPU, as its last switch says. */
  readonly #running = new Map<number, number>();
  readonly #values = new MessageValues();
  readonly #columns = Array.from({ length: FIELD_MAX + 1 }, () => new ProtoReader());
  readonly #counts = new Uint32Array(FIELD_MAX + 1);
  /** Where each name of the table lies, and how long it is. */
  readonly #nameStarts: number[] = [];
  readonly #nameLengths: number[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #switchTime = new HalfTime();
  readonly #wakingTime = new HalfTime();
  #shift: Shift;
  #high = 0;
  #low = 0;

  constructor(writer: EventWriter) {
    this.#writer = writer;
    this.#switch = writer.types.kind('sched', 'sched_switch', SWITCH_FIELDS);
    this.#waking = writer.types.kind('sched', 'sched_waking', WAKING_FIELDS);
  }

  /** Events of the CPU were lost: nobody knows what runs there now. */
  forget(cpu: number): void {
    this.#running.delete(cpu);
  }

  read(outer: ProtoReader, cpu: number, shift: Shift): void {
    this.#shift = shift;
    this.#openColumns(outer);
    const switches = this.#countOf([
      SWITCH.time,
      SWITCH.prevState,
      SWITCH.nextPid,
      SWITCH.nextPrio,
      SWITCH.nextComm,
    ]);
    const wakings = this.#countOf([WAKING.time, WAKING.pid, WAKING.targetCpu, WAKING.prio, WAKING.comm]);
    let switchesLeft = switches;
    let wakingsLeft = wakings;
    this.#switchTime.restart();
    this.#wakingTime.restart();
    if (switchesLeft > 0) this.#advance(this.#switchTime, SWITCH.time);
    if (wakingsLeft > 0) this.#advance(this.#wakingTime, WAKING.time);
    while (switchesLeft > 0 || wakingsLeft > 0) {
      const isSwitch = wakingsLeft === 0 || (switchesLeft > 0 && !this.#switchTime.isAfter(this.#wakingTime));
      if (isSwitch) {
        this.#readSwitch(cpu);
        if (--switchesLeft > 0) this.#advance(this.#switchTime, SWITCH.time);
      } else {
        this.#readWaking(cpu);
        if (--wakingsLeft > 0) this.#advance(this.#wakingTime, WAKING.time);
      }
    }
  }

  #advance(time: HalfTime, field: number): void {
    this.#take(field);
    time.add(this.#high, this.#low);
  }

  #openColumns(outer: ProtoReader): void {
    const message = new ProtoReader().enter(outer);
    this.#bytes = message.bytes;
    this.#nameStarts.length = 0;
    this.#nameLengths.length = 0;
    this.#counts.fill(0);
    for (const column of this.#columns) column.reset(message.bytes, 0, 0);
    while (message.next()) {
      if (!message.isStretch || message.field > FIELD_MAX) continue;
      if (message.field === COMM_TABLE) {
        this.#nameStarts.push(message.start);
        this.#nameLengths.push(message.length);
      } else {
        this.#columns[message.field]?.enter(message);
        this.#counts[message.field] = numbersIn(message.bytes, message.start, message.start + message.length);
      }
    }
    if (message.isDamaged) this.damaged += 1;
  }

  /** Entries that all columns have. */
  #countOf(fields: readonly number[]): number {
    const counts = fields.map((field) => this.#counts[field] as number);
    const least = Math.min(...counts);
    this.damaged += Math.max(...counts) - least;
    return least;
  }

  #take(field: number): number {
    const column = this.#columns[field] as ProtoReader;
    column.number();
    this.#high = column.high;
    this.#low = column.low;
    return column.high * UINT32 + column.low;
  }

  #readSwitch(cpu: number): void {
    const values = this.#values;
    values.restart(this.#bytes);
    this.#takeNumber(PLACE.prevState, SWITCH.prevState);
    const pid = this.#takeNumber(PLACE.nextPid, SWITCH.nextPid);
    this.#takeNumber(PLACE.nextPrio, SWITCH.nextPrio);
    const hasName = this.#takeName(PLACE.nextComm, SWITCH.nextComm);
    const before = this.#running.get(cpu);
    this.#running.set(cpu, pid);
    if (!hasName) this.damaged += 1;
    else if (before === undefined) this.untold += 1;
    else {
      values.setNumber(PLACE.prevPid, before >>> 0, before < 0 ? 0xffff_ffff : 0);
      this.#write(this.#switch, this.#switchTime, cpu, before);
    }
  }

  #readWaking(cpu: number): void {
    this.#values.restart(this.#bytes);
    this.#takeNumber(1, WAKING.pid);
    this.#takeNumber(2, WAKING.prio);
    this.#takeNumber(3, WAKING.targetCpu);
    if (this.#takeName(0, WAKING.comm))
      this.#write(this.#waking, this.#wakingTime, cpu, this.#running.get(cpu) ?? -1);
    else this.damaged += 1;
  }

  #takeNumber(place: number, field: number): number {
    this.#take(field);
    this.#values.setNumber(place, this.#low, this.#high);
    return this.#low | 0;
  }

  /** False where the table has no such name. */
  #takeName(place: number, field: number): boolean {
    const index = this.#take(field);
    const start = this.#nameStarts[index];
    if (start === undefined) return false;
    this.#values.setText(place, start, this.#nameLengths[index] ?? 0);
    return true;
  }

  #write(kind: EventKind, time: HalfTime, cpu: number, tid: number): void {
    let { high, low } = time;
    if (this.#shift !== undefined) {
      const shifted = BigInt.asUintN(64, this.#shift((BigInt(high) << 32n) | BigInt(low)));
      high = Number(shifted >> 32n);
      low = Number(shifted & 0xffff_ffffn);
    }
    if (!this.#writer.write(kind, this.#values, high, low, cpu, tid)) this.untyped += 1;
  }
}

/** Numbers of varying length end in a byte without the highest bit. */
function numbersIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at] as number) < 0x80) count += 1;
  return count;
}
