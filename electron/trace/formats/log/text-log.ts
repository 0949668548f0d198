/**
 * Any text whose lines begin with a time, in one of the forms people use. A severity may follow; lines without a
 * time belong to the entry above them, as the lines of a stack trace do.
 */
import type { ByteSource } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { emptyEntry, LEVEL_UNKNOWN } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { firstLines } from './head.ts';
import { CONTINUATION_LINES_MAX, MESSAGE_BYTES_MAX } from './limits.ts';
import { levelNamed } from './severity.ts';
import { textLines } from './text-lines.ts';
import { compileTimeFormat } from './time-format.ts';
import type { TimeFormat } from './time-format.ts';
import { WallTime } from './wall-time.ts';

interface Layout {
  readonly time: TimeFormat;
  readonly expression: RegExp;
}

const LEVEL =
  '(?:[<[(]?(?<level>emerg|alert|crit|critical|fatal|severe|err|error|warn|warning|notice|info|debug|trace|verbose|[VDIWEF](?=[\\]\\/:]))\\b *[>\\])]?[:,|]? *)?';
/** Most telling first: `2024-03-05 09:57:12` is also the beginning of one with a zone. */
const AT_START = [
  '%FT%T%f%z',
  '%F %T%f%z',
  '%FT%T%f',
  '%F %T%f',
  '%Y/%m/%d %T%f%z',
  '%Y/%m/%d %T%f',
  '%a %b %e %T %Y',
  '%d/%b/%Y:%T%f%z',
  '%m-%d %T%f',
  '%s%f',
];
/** A web server's: host, user, time in brackets. */
const IN_BRACKETS = '%d/%b/%Y:%T%f%z';

const LAYOUTS: readonly Layout[] = [
  ...AT_START.map((format) => {
    const time = compileTimeFormat(format);
    return {
      time,
      expression: new RegExp(`^[[(]?${time.expression}[\\])]?(?:[:,|] *| +-? *|\\t|$)${LEVEL}`, 'i'),
    };
  }),
  ...[IN_BRACKETS].map((format) => {
    const time = compileTimeFormat(format);
    return {
      time,
      expression: new RegExp(`^(?<host>\\S{1,128}) \\S{1,64} \\S{1,64} \\[${time.expression}\\] +`),
    };
  }),
];

export const textLog: LogFamily = {
  name: 'text-log',

  /** The first line has a time, and as many as one in three: stack traces have many lines. */
  detect(file: ByteSource): boolean {
    const lines = firstLines(file);
    const layout = layoutOf(lines);
    if (layout === undefined || !layout.expression.test(lines[0] ?? '')) return false;
    return lines.filter((line) => layout.expression.test(line)).length * 3 >= lines.length;
  },

  open(file: ByteSource, surroundings: Surroundings): OpenLog {
    const layout = layoutOf(firstLines(file)) ?? LAYOUTS[0];
    if (layout === undefined) throw new Error('there are layouts');
    const wall = new WallTime(surroundings);
    return {
      clock: wall.clock(layout.time.missing),
      detail: [`times as ${layout.time.format}`, ...wall.detail(layout.time.missing)].join(', '),
      entries: (notes) => readEntries(file, layout, new WallTime(surroundings), notes),
    };
  },
};

function layoutOf(lines: readonly string[]): Layout | undefined {
  return LAYOUTS.find(({ expression }) => expression.test(lines[0] ?? ''));
}

function* readEntries(
  file: ByteSource,
  { time, expression }: Layout,
  wall: WallTime,
  notes: LogNotes,
): Generator<LogEntry, void, void> {
  const entry = emptyEntry();
  let lines = 0;
  for (const { text, number } of textLines(file, notes)) {
    const match = expression.exec(text);
    const moment = match === null ? undefined : time.read(match.groups ?? {}, wall);
    if (match === null || moment === undefined) {
      if (lines === 0 || lines > CONTINUATION_LINES_MAX)
        notes.unparsed(number, 'no time, and no entry above it');
      else {
        lines += 1;
        if (entry.message.length < MESSAGE_BYTES_MAX) entry.message += `\n${text}`;
      }
      continue;
    }
    if (lines > 0) yield entry;
    lines = 1;
    entry.at = number;
    entry.hasTime = true;
    entry.seconds = moment.seconds;
    entry.nanoseconds = moment.nanoseconds;
    const { level, host } = match.groups ?? {};
    entry.level = level === undefined ? LEVEL_UNKNOWN : levelNamed(level);
    entry.tag = host ?? '';
    entry.message = text.slice(match[0].length);
  }
  if (lines > 0) yield entry;
}
