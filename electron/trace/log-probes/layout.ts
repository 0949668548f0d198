/** How a text is a log that no format knows: its lines by a template, and where in them which time stands. */
import { emptyEntry } from '../formats/log/entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from '../formats/log/entry.ts';
import { CONTINUATION_LINES_MAX, MESSAGE_BYTES_MAX } from '../formats/log/limits.ts';
import { levelNamed } from '../formats/log/severity.ts';
import { textLines } from '../formats/log/text-lines.ts';
import { compileTimeFormat } from '../formats/log/time-format.ts';
import type { TimeFormat } from '../formats/log/time-format.ts';
import { WallTime } from '../formats/log/wall-time.ts';
import type { ByteSource } from '../event.ts';
import type { Surroundings } from '../surroundings.ts';
import { captured, parseTemplate } from './pattern.ts';
import type { Pattern } from './pattern.ts';
import { badExpression } from './expression/parse.ts';

/** What a layout's template may capture; `time` it must. */
const PARTS: ReadonlySet<string> = new Set(['time', 'level', 'tag', 'pid', 'tid', 'message']);

export interface LogLayout {
  /** End of the file's name. */
  readonly file: string;
  readonly line: Pattern;
  readonly time: TimeFormat;
}

/** Throws Failure `bad-expression` or `bad-time-format`. */
export function makeLayout(file: string, line: string, time: string): LogLayout {
  const pattern = parseTemplate(line);
  const unknown = pattern.captures.find(({ name }) => !PARTS.has(name));
  if (unknown !== undefined)
    throw badExpression(`'${unknown.name}' is no part of a line; there are ${[...PARTS].join(', ')}`, 0);
  if (!pattern.captures.some(({ name }) => name === 'time'))
    throw badExpression('it captures no {time:text}', 0);
  const number = pattern.captures.find(
    ({ name, type }) => /^[pt]id$/.test(name) && type.declaration !== 'int',
  );
  if (number !== undefined) throw badExpression(`'${number.name}' is an int`, 0);
  return { file, line: pattern, time: compileTimeFormat(time) };
}

export function isLaidOut({ file }: LogLayout, name: string): boolean {
  return name === file || name.endsWith(`/${file}`);
}

/** A family of one layout: it is the file's name that tells, not its bytes. */
export function familyOf(layout: LogLayout): LogFamily {
  return {
    name: 'text-log',
    detect: () => true,
    open(file: ByteSource, surroundings: Surroundings): OpenLog {
      const wall = new WallTime(surroundings);
      const { missing, format } = layout.time;
      return {
        clock: wall.clock(missing),
        detail: [`lines as laid out, times as ${format}`, ...wall.detail(missing)].join(', '),
        entries: (notes) => readEntries(file, layout, new WallTime(surroundings), notes),
      };
    },
  };
}

function* readEntries(
  file: ByteSource,
  layout: LogLayout,
  wall: WallTime,
  notes: LogNotes,
): Generator<LogEntry, void, void> {
  const expression = new RegExp(`^ *${layout.time.expression} *$`);
  let entry = emptyEntry();
  let next = emptyEntry();
  let lines = 0;
  for (const { text, number } of textLines(file, notes)) {
    if (readLine(text, layout, expression, wall, next)) {
      if (lines > 0) yield entry;
      [entry, next] = [next, entry];
      entry.at = number;
      lines = 1;
    } else if (lines === 0 || lines > CONTINUATION_LINES_MAX) {
      notes.unparsed(number, 'not laid out as its file is, and no entry above it');
    } else {
      lines += 1;
      if (entry.message.length < MESSAGE_BYTES_MAX) entry.message += `\n${text}`;
    }
  }
  if (lines > 0) yield entry;
}

function readLine(
  text: string,
  { line, time }: LogLayout,
  expression: RegExp,
  wall: WallTime,
  entry: LogEntry,
): boolean {
  if (!line.matcher.find(text)) return false;
  const parts = new Map(line.captures.map((capture) => [capture.name, captured(line, text, capture)]));
  const match = expression.exec(parts.get('time') ?? '');
  const moment = match === null ? undefined : time.read(match.groups ?? {}, wall);
  if (moment === undefined) return false;
  entry.hasTime = true;
  entry.seconds = moment.seconds;
  entry.nanoseconds = moment.nanoseconds;
  entry.pid = idOf(parts.get('pid'));
  entry.tid = idOf(parts.get('tid'));
  entry.level = levelNamed((parts.get('level') ?? '').trim());
  entry.tag = (parts.get('tag') ?? '').trim();
  entry.message = parts.get('message') ?? text;
  return true;
}

function idOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) | 0 : -1;
}
