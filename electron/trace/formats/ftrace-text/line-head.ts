/**
 * Reads what stands before an event's own text, as trace, trace_pipe and trace-cmd report print it:
 *
 *           <idle>-0     (-----) [002] d..3.   76.211513: sched_switch: ...
 *           <idle>-0       2dN.3   76.211513: sched_switch: ...            latency format
 *           <idle>-0       2-0x5   76.211513: sched_switch: ...            of trace-cmd report -R
 *
 * Hot: read() runs per line, touches bytes only, and leaves what it found in its own fields.
 */

const BLANK = 0x20;
const OPEN = 0x28;
const CLOSE = 0x29;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const LESS = 0x3c;
const ZERO = 0x30;
const LETTER_S = 0x73;
const LETTER_U = 0x75;
const LETTER_X = 0x78;
const BILLION = 1_000_000_000;
const WORD = 4_294_967_296;
/** Digits of a fraction that add up to nanoseconds. */
const SCALE = [BILLION, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];
/** Of a thread id, and of a thread group's with its brackets. */
const DIGITS_MAX = 16;
/** A task's name is padded to this. */
const COMM_WIDTH = 16;
const MICROSECOND_NS = 1000;
/** How the kernel writes interrupts off: TRACE_FLAG_IRQS_OFF and TRACE_FLAG_BH_OFF. */
const IRQS_OFF: Readonly<Record<string, number>> = { d: 0x01, b: 0x80, D: 0x81 };
/** TRACE_FLAG_NEED_RESCHED, _PREEMPT_RESCHED and _NEED_RESCHED_LAZY. */
const RESCHED: Readonly<Record<string, number>> = {
  N: 0x24,
  n: 0x04,
  p: 0x20,
  B: 0x26,
  L: 0x06,
  b: 0x22,
  l: 0x02,
};
/** TRACE_FLAG_HARDIRQ, _SOFTIRQ and _NMI. */
const CONTEXT: Readonly<Record<string, number>> = { h: 0x08, s: 0x10, H: 0x18, z: 0x40, Z: 0x48 };
const flagTables = [IRQS_OFF, RESCHED, CONTEXT].map(byByte);
const isFlagByte = new Uint8Array(256);
for (const byte of Buffer.from('.dbDXNnpBLlhsHzZ')) isFlagByte[byte] = 1;

function byByte(table: Readonly<Record<string, number>>): Uint8Array {
  const values = new Uint8Array(256);
  for (const [letter, value] of Object.entries(table)) values[letter.charCodeAt(0)] = value;
  return values;
}

export class LineHead {
  commStart = 0;
  commEnd = 0;
  tid = 0;
  /** The name may be cut to eight bytes: latency format. */
  isCommShort = false;
  /** -1 where the line has none or dashes. */
  tgid = -1;
  cpu = 0;
  flags = 0;
  preemptCount = 0;
  timeHigh = 0;
  timeLow = 0;
  /** 0 where times are whole numbers. */
  fractionDigits = 0;
  nameStart = 0;
  nameEnd = 0;
  /** The event's own text, without blanks before it. */
  textStart = 0;
  #hint = 0;
  #number = 0;
  #at = 0;
  #seconds = -1;
  #secondsHigh = 0;
  #secondsLow = 0;

  /** Takes over what another found. */
  copy(from: LineHead): void {
    this.tid = from.tid;
    this.tgid = from.tgid;
    this.cpu = from.cpu;
    this.flags = from.flags;
    this.preemptCount = from.preemptCount;
    this.timeHigh = from.timeHigh;
    this.timeLow = from.timeLow;
  }

  /** Whether the bytes up to `end` are an event's line. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const at = start + this.#hint;
    this.isCommShort = false;
    if (bytes[at] === BRACKET && at < end && this.#fromBracket(bytes, start, at, end)) return true;
    for (let open = start; open < end; open++) {
      if (bytes[open] !== BRACKET || !this.#fromBracket(bytes, start, open, end)) continue;
      this.#hint = open - start;
      return true;
    }
    return this.#latency(bytes, start, end);
  }

  /** A CPU in brackets at `open`, a task before it, a time behind it. */
  #fromBracket(bytes: Uint8Array, start: number, open: number, end: number): boolean {
    if (!this.#digits(bytes, open + 1, end) || bytes[this.#at] !== BRACKET_END) return false;
    const at = this.#at + 1;
    this.cpu = this.#number;
    return this.#task(bytes, start, open) && this.#behindCpu(bytes, at, end);
  }

  /** `comm-tid` or `comm-tid (tgid)`, which ends before `end`. */
  #task(bytes: Uint8Array, start: number, end: number): boolean {
    let at = end - 1;
    while (at > start && bytes[at] === BLANK) at -= 1;
    this.tgid = -1;
    if (bytes[at] === CLOSE) {
      const first = Math.max(start, at - DIGITS_MAX);
      let open = at;
      while (open > first && bytes[open] !== OPEN) open -= 1;
      let inside = open + 1;
      while (inside < at && bytes[inside] === BLANK) inside += 1;
      if (this.#digits(bytes, inside, at)) this.tgid = this.#number;
      at = open - 1;
      while (at > start && bytes[at] === BLANK) at -= 1;
    }
    const limit = Math.max(start, at - DIGITS_MAX);
    let first = at;
    while (first > limit && isDigit(bytes[first] as number)) first -= 1;
    if (first === at || bytes[first] !== MINUS || first === start) return false;
    if (!this.#digits(bytes, first + 1, at + 1)) return false;
    this.tid = this.#number;
    let comm = bytes[start] === BLANK ? start : behindPrefix(bytes, start, first);
    while (comm < first && bytes[comm] === BLANK) comm += 1;
    this.commStart = comm;
    this.commEnd = first;
    return true;
  }

  /** Flags if there are any, the time, the event's name. */
  #behindCpu(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end && bytes[at] === BLANK) at += 1;
    this.flags = 0;
    this.preemptCount = 0;
    if (isFlagByte[bytes[at] as number] === 1) {
      const flags = at;
      while (at < end && bytes[at] !== BLANK) at += 1;
      this.#readFlags(bytes, flags, at);
      while (at < end && bytes[at] === BLANK) at += 1;
    }
    at = this.#time(bytes, at, end);
    return at >= 0 && this.#name(bytes, at, end);
  }

  /** As print_lat_fmt writes them: irqs, rescheduling, context, preempt count, migration count. */
  #readFlags(bytes: Uint8Array, start: number, end: number): void {
    for (let index = 0; index < 3 && start + index < end; index++) {
      const table = flagTables[index];
      if (table !== undefined) this.flags |= table[bytes[start + index] as number] as number;
    }
    const low = end > start + 3 ? hexDigit(bytes[start + 3] as number) : 0;
    const high = end > start + 4 ? hexDigit(bytes[start + 4] as number) : 0;
    this.preemptCount = (high << 4) | low;
  }

  /** Seconds with a fraction, nanoseconds without, or `5us`; the place behind the colon, or -1. */
  #time(bytes: Uint8Array, start: number, end: number): number {
    if (!this.#digits(bytes, start, end)) return -1;
    let at = this.#at;
    const whole = this.#number;
    if (bytes[at] === DOT) {
      const fraction = at + 1;
      if (!this.#digits(bytes, fraction, end)) return -1;
      at = this.#at;
      const digits = at - fraction;
      const scale = SCALE[digits];
      if (scale === undefined) return -1;
      this.fractionDigits = digits;
      this.#setTime(whole, this.#number * scale);
    } else if (bytes[at] === LETTER_U && bytes[at + 1] === LETTER_S) {
      // Behind the microseconds a mark of a long delay may stand.
      at += 2;
      while (at < end && bytes[at] !== COLON && bytes[at] !== BLANK) at += 1;
      this.fractionDigits = 6;
      this.#setTime(Math.floor(whole / 1e6), (whole % 1e6) * MICROSECOND_NS);
    } else {
      this.fractionDigits = 0;
      this.#setWhole(bytes, start, at);
    }
    while (at < end && bytes[at] === BLANK) at += 1;
    return bytes[at] === COLON ? at + 1 : -1;
  }

  /** A number of up to 64 bits, which a double does not hold. */
  #setWhole(bytes: Uint8Array, start: number, end: number): void {
    let low = 0;
    let high = 0;
    for (let at = start; at < end; at++) {
      const product = low * 10 + (bytes[at] as number) - ZERO;
      low = product >>> 0;
      high = (high * 10 + Math.floor(product / WORD)) >>> 0;
    }
    this.timeHigh = high;
    this.timeLow = low;
  }

  #setTime(seconds: number, nanoseconds: number): void {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      const upper = Math.floor(seconds / 65_536) * BILLION;
      const lower = (seconds % 65_536) * BILLION;
      const low = (upper % 65_536) * 65_536 + lower;
      this.#secondsLow = low >>> 0;
      this.#secondsHigh = (Math.floor(upper / 65_536) + Math.floor(low / WORD)) >>> 0;
    }
    const low = this.#secondsLow + nanoseconds;
    this.timeLow = low >>> 0;
    this.timeHigh = this.#secondsHigh + (low >= WORD ? 1 : 0);
  }

  /** The name up to its colon, and where the event's text begins. A name with anything else in it is empty. */
  #name(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end && bytes[at] === BLANK) at += 1;
    const next = bytes[at + 1];
    if (bytes[at] === OPEN && (next === PLUS || next === MINUS) && at + 1 < end) {
      // trace-cmd report --ts-diff: the time since the event before.
      while (at < end && bytes[at] !== CLOSE) at += 1;
      at += 1;
      while (at < end && bytes[at] === BLANK) at += 1;
    }
    this.nameStart = at;
    while (at < end && isNameByte(bytes[at] as number)) at += 1;
    const isNamed = at < end && bytes[at] === COLON && at > this.nameStart;
    this.nameEnd = isNamed ? at : this.nameStart;
    at = isNamed ? at + 1 : this.nameStart;
    while (at < end && bytes[at] === BLANK) at += 1;
    this.textStart = at;
    return at < end || isNamed;
  }

  /** `comm-tid  cpu` and the flags right behind it, no brackets. */
  #latency(bytes: Uint8Array, start: number, end: number): boolean {
    this.isCommShort = true;
    for (let dash = start + 1; dash < end; dash++) {
      if (bytes[dash] !== MINUS || !this.#digits(bytes, dash + 1, end)) continue;
      let at = this.#at;
      if (bytes[at] !== BLANK) continue;
      while (at < end && bytes[at] === BLANK) at += 1;
      if (!this.#digits(bytes, at, end)) continue;
      const cpu = this.#number;
      const flags = this.#at;
      const isRaw = bytes[flags] === MINUS && bytes[flags + 1] === ZERO && bytes[flags + 2] === LETTER_X;
      if ((!isRaw && isFlagByte[bytes[flags] as number] !== 1) || !this.#task(bytes, start, at)) continue;
      this.cpu = cpu;
      if (isRaw ? this.#behindRawFlags(bytes, flags + 3, end) : this.#behindCpu(bytes, flags, end))
        return true;
    }
    return false;
  }

  /** trace-cmd report -l -R prints the flags as the number that they are, `3-0x5`. */
  #behindRawFlags(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let flags = 0;
    while (at < end && bytes[at] !== BLANK) flags = (flags << 4) | hexDigit(bytes[at++] as number);
    if (!this.#behindCpu(bytes, at, end)) return false;
    this.flags = flags & 0xff;
    return true;
  }

  /** A number of digits from `start` on; false where there is none. */
  #digits(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = at;
    this.#number = value;
    return at > start;
  }
}

/** trace-cmd report names the instance before each line, `name: `, and pads the task to 16 behind it. */
function behindPrefix(bytes: Uint8Array, start: number, dash: number): number {
  for (let at = start; at + 2 + COMM_WIDTH <= dash; at++) {
    const byte = bytes[at] as number;
    if (byte === BLANK) break;
    if (byte === COLON && bytes[at + 1] === BLANK) return at + 2;
  }
  return start;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : 0;
}

/** What tracepoints and probes are called by; `<` begins `<stack trace>`, which is none. */
function isNameByte(byte: number): boolean {
  return byte !== COLON && byte > BLANK && byte !== LESS && byte !== OPEN;
}
