/**
 * strace's text, of any of its times, with and without -f, -T and -y. Every line is an event `log:line`, and every
 * call is what the kernel's own tracepoints say of it (strace-calls.ts).
 */
import { basename } from 'node:path';
import type { ByteSource, ClockName } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { firstLines, mostAre } from './head.ts';
import { syscallDeriver } from './strace-calls.ts';
import { textLines } from './text-lines.ts';
import { fractionNs, WallTime } from './wall-time.ts';
import type { Missing } from './wall-time.ts';

/** Thread; time of day, since 1970 or since the line before; then a call, the rest of one, a signal or an end. */
const LINE =
  /^(?:\[pid +(\d{1,10})\] +|(\d{1,10}) +)?(?:(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? +| *(\d+)\.(\d{1,9}) +)?(?:\(\+ *\d+\.\d+\) +)?(?=[a-z_]\w*\(|<\.\.\. |--- |\+\+\+ )/;
/** strace speaks of itself. */
const OWN = /^(?:\/\S*\/)?strace: /;
const EPOCH_SECONDS_MIN = 100_000_000;

type TimeForm = 'none' | 'day' | 'epoch' | 'relative';
const DETAILS: Readonly<Record<TimeForm, string>> = {
  none: 'no times',
  day: 'times of day',
  epoch: 'seconds since 1970',
  relative: 'time since the line before',
};
const MISSING: Readonly<Record<TimeForm, Missing>> = {
  none: {},
  day: { date: true, zone: true },
  epoch: {},
  relative: {},
};

export const strace: LogFamily = {
  name: 'strace',

  /** A line alone might be code: a call that returned, or a thread or time before it, is what tells. */
  detect(file: ByteSource): boolean {
    const lines = firstLines(file).filter((line) => !OWN.test(line));
    const isSure = lines.some(
      (line) => LINE.test(line) && / = (?:-?\d|0x|\?)|<unfinished \.\.\.>$/.test(line),
    );
    return isSure && mostAre(lines, (line) => LINE.test(line));
  },

  open(file: ByteSource, surroundings: Surroundings): OpenLog {
    const form = timeFormOf(firstLines(file));
    const wall = new WallTime(surroundings);
    return {
      clock: clockOf(form, wall),
      detail: [DETAILS[form], ...wall.detail(MISSING[form])].join(', '),
      entries: (notes) => readEntries(file, form, new WallTime(surroundings), notes),
      derivers: (types) => [syscallDeriver(types, surroundings)],
    };
  },
};

function timeFormOf(lines: readonly string[]): TimeForm {
  for (const line of lines) {
    const match = LINE.exec(line);
    if (match === null) continue;
    if (match[3] !== undefined) return 'day';
    if (match[7] !== undefined) return Number(match[7]) < EPOCH_SECONDS_MIN ? 'relative' : 'epoch';
    return 'none';
  }
  return 'none';
}

function clockOf(form: TimeForm, wall: WallTime): ClockName {
  if (form === 'epoch') return 'realtime';
  return form === 'day' ? wall.clock(MISSING.day) : 'unknown';
}

function* readEntries(
  file: ByteSource,
  form: TimeForm,
  wall: WallTime,
  notes: LogNotes,
): Generator<LogEntry, void, void> {
  const entry = emptyEntry();
  entry.tag = 'strace';
  // `strace -ff -o FILE` writes each thread's calls to FILE.TID, and no thread in its lines.
  const ofFile = Number(/\.(\d{1,10})$/.exec(basename(file.name))?.[1] ?? -1) | 0;
  let summedNs = 0;
  for (const { text, number } of textLines(file, notes)) {
    const match = LINE.exec(text);
    if (match === null && !OWN.test(text)) {
      notes.unparsed(number, 'no line of strace');
      continue;
    }
    const [head = '', inBrackets, inColumn, hour, minute, second, fraction, seconds, part] = match ?? [];
    entry.at = number;
    entry.tid = Number(inBrackets ?? inColumn ?? ofFile) | 0;
    entry.message = text.slice(head.length);
    let time: number | undefined;
    if (form === 'day' && hour !== undefined)
      time = wall.secondsOfDay(Number(hour), Number(minute), Number(second));
    else if (form === 'epoch' && seconds !== undefined) time = Number(seconds);
    else if (form === 'relative' && seconds !== undefined) {
      summedNs += Number(seconds) * 1e9 + fractionNs(part);
      time = Math.floor(summedNs / 1e9);
    }
    entry.hasTime = time !== undefined;
    entry.seconds = time ?? 0;
    entry.nanoseconds = form === 'relative' ? summedNs % 1e9 : fractionNs(form === 'day' ? fraction : part);
    yield entry;
  }
}
