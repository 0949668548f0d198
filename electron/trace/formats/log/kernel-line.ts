/** What stands before a message of the kernel log: priority, time in any of dmesg's formats, caller. */
import { fractionNs, monthNamed, zoneSeconds } from './wall-time.ts';
import type { WallTime } from './wall-time.ts';
import { facilityOf, levelNamed } from './severity.ts';
import type { LogEntry } from './entry.ts';

/** `raw` is /dev/kmsg, `seconds` since boot, `delta` the time since the line before, `relative` both by turns. */
export type KernelTimeForm = 'raw' | 'seconds' | 'ctime' | 'relative' | 'delta' | 'iso';

const PRIORITY = /^(?:<(\d{1,3})>|([a-z]+\d?) *:([a-z]+) *: ?)/;
const RAW = /^(\d{1,4}),(\d+),(\d+),([^;,]*)(?:,caller=([TC])(\d+))?[^;]*;/;
const SECONDS = /^\[ *(\d+)\.(\d{6})(?: <[ \d.-]*>)?\] ?/;
const CTIME =
  /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})(?: <[ \d.-]*>)?\] ?/;
const MINUTE = /^\[([A-Z][a-z]{2}) ?(\d{1,2}) (\d\d):(\d\d)\] ?/;
const PLUS = /^\[ *([+-])(\d+)\.(\d{6})\] ?/;
const DELTA = /^\[< *(-?)(\d+)\.(\d{6})>\] ?/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d),(\d{1,9})([+-]\d\d:?\d\d|Z) /;
const CALLER = /^\[ *([TC])(\d+)\] ?/;

/** Of a whole line, for telling the format; undefined where it is none of the kernel log's. */
export function kernelTimeForm(line: string): KernelTimeForm | undefined {
  if (RAW.test(line)) return 'raw';
  const hasPriority = PRIORITY.exec(line);
  const rest = line.slice(hasPriority?.[0].length ?? 0);
  if (SECONDS.test(rest)) return 'seconds';
  if (CTIME.test(rest)) return 'ctime';
  if (MINUTE.test(rest) || PLUS.test(rest)) return 'relative';
  if (DELTA.test(rest)) return 'delta';
  return ISO.test(rest) ? 'iso' : undefined;
}

/** Reads lines of one form. Keeps the time of the line before, from which the next may be told. */
export class KernelLineReader {
  /** Of /dev/kmsg: the number of the last record. */
  sequence: number | undefined;
  readonly #form: KernelTimeForm;
  readonly #wall: WallTime;
  #seconds = 0;
  #nanoseconds = 0;

  constructor(form: KernelTimeForm, wall: WallTime) {
    this.#form = form;
    this.#wall = wall;
  }

  /** Fills the entry, but for `at`; false where the line does not begin one. */
  read(line: string, entry: LogEntry): boolean {
    entry.pid = entry.tid = entry.level = -1;
    entry.cpu = 0;
    entry.tag = '';
    entry.hasTime = true;
    if (this.#form === 'raw') return this.#readRaw(line, entry);
    let at = 0;
    const priority = PRIORITY.exec(line);
    if (priority !== null) {
      at = priority[0].length;
      const [, number, facility = '', level = ''] = priority;
      if (number === undefined) {
        entry.tag = facility;
        entry.level = levelNamed(level);
      } else this.#setPriority(entry, Number(number));
    }
    const rest = at === 0 ? line : line.slice(at);
    const length = this.#time(rest, entry);
    if (length === 0) return false;
    const caller = rest.charCodeAt(length) === 0x5b ? CALLER.exec(rest.slice(length)) : null;
    if (caller !== null) setCaller(entry, caller[1], caller[2]);
    entry.message = rest.slice(length + (caller?.[0].length ?? 0));
    return true;
  }

  #readRaw(line: string, entry: LogEntry): boolean {
    const match = RAW.exec(line);
    if (match === null) return false;
    const [head, priority = '', sequence = '', microseconds = '', , callerKind, caller] = match;
    this.#setPriority(entry, Number(priority));
    this.sequence = Number(sequence);
    const time = Number(microseconds);
    entry.seconds = Math.floor(time / 1e6);
    entry.nanoseconds = (time % 1e6) * 1000;
    setCaller(entry, callerKind, caller);
    entry.message = unescaped(line.slice(head.length));
    return true;
  }

  #setPriority(entry: LogEntry, priority: number): void {
    entry.level = priority & 7;
    entry.tag = facilityOf(priority);
  }

  /** Gives how many characters the time takes, 0 where there is none. */
  #time(text: string, entry: LogEntry): number {
    switch (this.#form) {
      case 'raw':
        return 0;
      case 'seconds':
        return this.#keep(SECONDS.exec(text), entry, ([, seconds, fraction]) => {
          this.#set(Number(seconds), fractionNs(fraction));
        });
      case 'ctime':
        return this.#keep(CTIME.exec(text), entry, ([, month = '', day, hour, minute, second, year]) =>
          this.#setWall(
            [year, String(monthNamed(month)), day, hour, minute, second].map(Number),
            0,
            undefined,
          ),
        );
      case 'iso':
        return this.#keep(ISO.exec(text), entry, (match) =>
          this.#setWall(match.slice(1, 7).map(Number), fractionNs(match[7]), zoneSeconds(match[8] ?? '')),
        );
      case 'delta':
        return this.#keep(DELTA.exec(text), entry, ([, sign, seconds, fraction]) =>
          this.#add(sign === '-', Number(seconds), fractionNs(fraction)),
        );
      case 'relative': {
        const plus = this.#keep(PLUS.exec(text), entry, ([, sign, seconds, fraction]) =>
          this.#add(sign === '-', Number(seconds), fractionNs(fraction)),
        );
        return plus > 0 ? plus : this.#keep(MINUTE.exec(text), entry, (match) => this.#setMinute(match));
      }
    }
  }

  #keep(
    match: RegExpExecArray | null,
    entry: LogEntry,
    read: (match: RegExpExecArray) => boolean | void,
  ): number {
    if (match === null || read(match) === false) return 0;
    entry.seconds = this.#seconds;
    entry.nanoseconds = this.#nanoseconds;
    return match[0].length;
  }

  #set(seconds: number, nanoseconds: number): void {
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }

  #setWall(
    [year, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[],
    nanoseconds: number,
    zone: number | undefined,
  ): boolean {
    const seconds = this.#wall.seconds(year, month, day, hour, minute, second, zone);
    if (seconds === undefined) return false;
    this.#set(seconds, nanoseconds);
    return true;
  }

  #add(isBack: boolean, seconds: number, nanoseconds: number): boolean {
    const sign = isBack ? -1 : 1;
    const sum = this.#nanoseconds + sign * nanoseconds;
    const carry = Math.floor(sum / 1e9);
    this.#set(this.#seconds + sign * seconds + carry, sum - carry * 1e9);
    return true;
  }

  /** The minute in which the message came; what was added up may know the second within it. */
  #setMinute([, month = '', day, hour, minute]: RegExpExecArray): boolean {
    const [summed, summedNs] = [this.#seconds, this.#nanoseconds];
    const fields = [monthNamed(month), Number(day), Number(hour), Number(minute)] as const;
    const seconds = this.#wall.seconds(undefined, ...fields, 0);
    if (seconds === undefined) return false;
    const isWithin = summed >= seconds && summed < seconds + 60;
    this.#set(isWithin ? summed : seconds, isWithin ? summedNs : 0);
    return true;
  }
}

function setCaller(entry: LogEntry, kind: string | undefined, number: string | undefined): void {
  if (kind === 'T') entry.tid = Number(number);
  else if (kind === 'C') entry.cpu = Math.min(0xffff, Number(number));
}

/** /dev/kmsg writes what is not printable as `\x0a`. */
function unescaped(text: string): string {
  if (!text.includes('\\x')) return text;
  return text.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
