/**
 * The kernel log: dmesg in each of its time formats, with and without priorities and callers, and /dev/kmsg. A
 * message of several lines is one entry.
 */
import type { ByteSource } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { firstLines, mostAre } from './head.ts';
import { KernelLineReader, kernelTimeForm } from './kernel-line.ts';
import type { KernelTimeForm } from './kernel-line.ts';
import { wallTimeIn } from './kernel-clock.ts';
import { CONTINUATION_LINES_MAX, MESSAGE_BYTES_MAX } from './limits.ts';
import { textLines } from './text-lines.ts';
import { WallTime } from './wall-time.ts';
import type { Missing } from './wall-time.ts';

const DETAILS: Readonly<Record<KernelTimeForm, string>> = {
  raw: '/dev/kmsg',
  seconds: 'seconds since boot',
  ctime: 'dates, to the second',
  relative: 'minutes, and time since the line before',
  delta: 'time since the line before',
  iso: 'ISO 8601',
};
const MISSING: Readonly<Record<KernelTimeForm, Missing>> = {
  raw: {},
  seconds: {},
  ctime: { zone: true },
  relative: { year: true, zone: true },
  delta: {},
  iso: {},
};

export const kernelLog: LogFamily = {
  name: 'kernel-log',

  detect(file: ByteSource): boolean {
    return mostAre(firstLines(file).filter(beginsEntry), (line) => kernelTimeForm(line) !== undefined);
  },

  open(file: ByteSource, surroundings: Surroundings): OpenLog {
    const form = formOf(firstLines(file));
    const wall = new WallTime(surroundings);
    return {
      clock: clockOf(form, wall),
      detail: [DETAILS[form], ...wall.detail(MISSING[form])].join(', '),
      entries: (notes) => readEntries(file, form, new WallTime(surroundings), notes),
    };
  },
};

/** Printk's time is sched_clock's, as is that of ftrace's clock `local`. */
function clockOf(form: KernelTimeForm, wall: WallTime): string {
  if (form === 'raw' || form === 'seconds') return 'local';
  return form === 'delta' ? 'unknown' : wall.clock(MISSING[form]);
}

function formOf(lines: readonly string[]): KernelTimeForm {
  for (const line of lines) {
    const form = kernelTimeForm(line);
    if (form !== undefined) return form;
  }
  return 'seconds';
}

/** A blank begins the further lines of a message, and the facts below one of /dev/kmsg. */
function beginsEntry(line: string): boolean {
  return !line.startsWith(' ') && !line.startsWith('\t');
}

function* readEntries(
  file: ByteSource,
  form: KernelTimeForm,
  wall: WallTime,
  notes: LogNotes,
): Generator<LogEntry, void, void> {
  const reader = new KernelLineReader(form, wall);
  let entry = emptyEntry();
  let next = emptyEntry();
  let isOpen = false;
  let continued = 0;
  let sequence: number | undefined;
  for (const { text, number } of textLines(file, notes)) {
    if (isOpen && !beginsEntry(text) && continued < CONTINUATION_LINES_MAX) {
      continued += 1;
      // The facts below a record of /dev/kmsg (SUBSYSTEM=, DEVICE=) are no part of its message.
      if (form !== 'raw' && entry.message.length < MESSAGE_BYTES_MAX)
        entry.message += `\n${text.trimStart()}`;
      continue;
    }
    if (!reader.read(text, next)) {
      notes.unparsed(number, 'it does not begin as a line of the kernel log');
      continue;
    }
    if (isOpen) yield finished(entry, form, notes);
    [entry, next] = [next, entry];
    entry.at = number;
    isOpen = true;
    continued = 0;
    if (sequence !== undefined && reader.sequence !== undefined && reader.sequence > sequence + 1)
      notes.dropped(reader.sequence - sequence - 1);
    sequence = reader.sequence;
  }
  if (isOpen) yield finished(entry, form, notes);
}

function finished(entry: LogEntry, form: KernelTimeForm, notes: LogNotes): LogEntry {
  if (form !== 'raw' && form !== 'seconds') return entry;
  const otherTimeNs = wallTimeIn(entry.message);
  if (otherTimeNs === undefined) return entry;
  notes.pair({
    clock: 'local',
    timeNs: BigInt(entry.seconds) * 1_000_000_000n + BigInt(entry.nanoseconds),
    otherClock: 'realtime',
    otherTimeNs,
    origin: `line ${entry.at}`,
  });
  return entry;
}
