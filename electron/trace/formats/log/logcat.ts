/** Android's logcat as text, in the forms brief, time, threadtime and long, with modifiers; recognised by its lines. */
import type { ByteSource, ClockName } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { firstLines, mostAre } from './head.ts';
import { CONTINUATION_LINES_MAX, MESSAGE_BYTES_MAX } from './limits.ts';
import { isDivider, logcatForm, readLogcatLine } from './logcat-line.ts';
import type { LogcatForm } from './logcat-line.ts';
import { textLines } from './text-lines.ts';
import { WallTime } from './wall-time.ts';

export const logcat: LogFamily = {
  name: 'logcat',

  /** Of the long form's lines only each message's first is its own, so it need not be most. */
  detect(file: ByteSource): boolean {
    const lines = firstLines(file).filter((line) => !isDivider(line));
    if (logcatForm(lines[0] ?? '')?.layout === 'long') return true;
    return mostAre(lines, (line) => logcatForm(line) !== undefined);
  },

  open(file: ByteSource, surroundings: Surroundings): OpenLog {
    const form = formOf(firstLines(file));
    const wall = new WallTime(surroundings);
    const words = form.time === 'date' || form.time === 'none' ? [form.layout] : [form.layout, form.time];
    return {
      clock: clockOf(form, wall),
      detail: [...words, ...wall.detail(form.missing)].join(', '),
      entries: (notes) =>
        form.layout === 'long'
          ? longEntries(file, new WallTime(surroundings), notes)
          : lineEntries(file, form, new WallTime(surroundings), notes),
    };
  },
};

function formOf(lines: readonly string[]): LogcatForm {
  for (const line of lines) {
    const form = logcatForm(line);
    if (form !== undefined) return form;
  }
  return { layout: 'brief', time: 'none', missing: {} };
}

function clockOf({ time, missing }: LogcatForm, wall: WallTime): ClockName {
  if (time === 'none') return 'unknown';
  if (time === 'monotonic') return 'mono';
  return time === 'epoch' ? 'realtime' : wall.clock(missing);
}

function* lineEntries(
  file: ByteSource,
  { layout }: LogcatForm,
  wall: WallTime,
  notes: LogNotes,
): Generator<LogEntry, void, void> {
  const entry = emptyEntry();
  for (const { text, number } of textLines(file, notes)) {
    if (isDivider(text)) continue;
    if (!readLogcatLine(text, layout, wall, entry)) {
      notes.unparsed(number, `no line of logcat's form ${layout}`);
      continue;
    }
    entry.at = number;
    countMissing(entry, notes);
    yield entry;
  }
}

/** A message's lines lie below its head, with an empty line behind them. */
function* longEntries(file: ByteSource, wall: WallTime, notes: LogNotes): Generator<LogEntry, void, void> {
  let entry = emptyEntry();
  let next = emptyEntry();
  let lines = -1;
  for (const { text, number } of textLines(file, notes)) {
    if (isDivider(text)) continue;
    if (readLogcatLine(text, 'long', wall, next)) {
      if (lines >= 0) yield entry;
      [entry, next] = [next, entry];
      entry.at = number;
      entry.message = '';
      lines = 0;
    } else if (lines < 0 || lines >= CONTINUATION_LINES_MAX) {
      notes.unparsed(number, 'no head of a message stands above it');
    } else {
      if (entry.message.length < MESSAGE_BYTES_MAX) entry.message += lines === 0 ? text : `\n${text}`;
      lines += 1;
    }
  }
  if (lines >= 0) yield entry;
}

/** Android's logger says in the log itself what it left out of it. */
function countMissing({ tag, message }: LogEntry, notes: LogNotes): void {
  if (tag !== 'chatty') return;
  const count = /\b(?:expire|identical) (\d{1,9}) lines?$/.exec(message)?.[1];
  if (count !== undefined) notes.dropped(Number(count));
}
