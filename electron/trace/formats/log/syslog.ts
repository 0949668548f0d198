/**
 * Syslog's text: RFC 3164 as daemons write it to /var/log (month, day and time, or ISO 8601), with or without the
 * priority, and RFC 5424. In RFC 5424 structured data is taken as the message where there is no other.
 */
import type { ByteSource } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { emptyEntry } from './entry.ts';
import type { LogEntry, LogFamily, LogNotes, OpenLog } from './entry.ts';
import { firstLines, mostAre } from './head.ts';
import { textLines } from './text-lines.ts';
import { fractionNs, monthNamed, WallTime, zoneSeconds } from './wall-time.ts';
import type { Missing } from './wall-time.ts';

const ISO_TIME =
  '(\\d{4})-(\\d\\d)-(\\d\\d)T(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,9}))?(Z|[+-]\\d\\d:?\\d\\d)';
const RFC_5424 = new RegExp(
  `^(?:\\d{1,6} )?<(\\d{1,3})>\\d{1,2} (?:${ISO_TIME}|-) (\\S+) (\\S+) (\\S+) (\\S+) ?(.*)$`,
  's',
);
const PRIORITY = '(?:<(\\d{1,3})>)?';
const TAG = '([^\\s:[\\]]+(?: [^\\s:[\\]]+)?)(?:\\[(\\d+)\\])?: ?(.*)';
const RFC_3164 = new RegExp(
  `^${PRIORITY}([A-Z][a-z]{2}) {1,2}(\\d{1,2}) (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,9}))? (\\S+) ${TAG}$`,
  's',
);
/** rsyslog's own format for files. */
const RFC_3339 = new RegExp(`^${PRIORITY}${ISO_TIME} (\\S+) ${TAG}$`, 's');
/** Lines such as `-- MARK --` and `last message repeated 3 times` have no tag. */
const UNTAGGED = /^(?:<(\d{1,3})>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\S+) (.*)$/s;
const REPEATED = /\bmessage repeated (\d{1,9}) times/;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

type Form = 'RFC 5424' | 'RFC 3164' | 'RFC 3164, ISO 8601';
const MISSING: Readonly<Record<Form, Missing>> = {
  'RFC 5424': {},
  'RFC 3164': { year: true, zone: true },
  'RFC 3164, ISO 8601': {},
};

export const syslog: LogFamily = {
  name: 'syslog',

  detect(file: ByteSource): boolean {
    return mostAre(firstLines(file), (line) => formOf(line) !== undefined);
  },

  open(file: ByteSource, surroundings: Surroundings): OpenLog {
    const form =
      firstLines(file)
        .map(formOf)
        .find((each) => each !== undefined) ?? 'RFC 3164';
    const wall = new WallTime(surroundings);
    return {
      clock: wall.clock(MISSING[form]),
      detail: [form, ...wall.detail(MISSING[form])].join(', '),
      entries: (notes) => readEntries(file, new WallTime(surroundings), notes),
    };
  },
};

function formOf(line: string): Form | undefined {
  if (RFC_5424.test(line)) return 'RFC 5424';
  if (RFC_3164.test(line)) return 'RFC 3164';
  return RFC_3339.test(line) ? 'RFC 3164, ISO 8601' : undefined;
}

function* readEntries(file: ByteSource, wall: WallTime, notes: LogNotes): Generator<LogEntry, void, void> {
  const entry = emptyEntry();
  for (const { text, number } of textLines(file, notes)) {
    if (!readLine(text, wall, entry)) {
      notes.unparsed(number, 'no line of syslog');
      continue;
    }
    entry.at = number;
    const repeated = entry.message.includes('repeated') ? REPEATED.exec(entry.message)?.[1] : undefined;
    if (repeated !== undefined) notes.dropped(Number(repeated));
    yield entry;
  }
}

function readLine(line: string, wall: WallTime, entry: LogEntry): boolean {
  const dated = RFC_3164.exec(line);
  if (dated !== null) {
    const [, priority, month, day, hour, minute, second, fraction, , tag, pid, message] = dated;
    setFacts(entry, priority, tag, pid, message);
    return setTime(entry, wall, [undefined, month, day, hour, minute, second, fraction, undefined]);
  }
  const iso = RFC_3339.exec(line);
  if (iso !== null) {
    const [, priority, ...rest] = iso;
    setFacts(entry, priority, rest[9], rest[10], rest[11]);
    return setTime(entry, wall, rest);
  }
  const modern = RFC_5424.exec(line);
  if (modern !== null) {
    const [, priority, ...rest] = modern;
    const [tag, pid] = [rest[9], rest[10]];
    setFacts(entry, priority, tag === '-' ? '' : tag, pid, messageOf(rest[12] ?? ''));
    return setTime(entry, wall, rest);
  }
  const untagged = UNTAGGED.exec(line);
  if (untagged === null) return false;
  const [, priority, month, day, hour, minute, second, , message] = untagged;
  setFacts(entry, priority, '', undefined, message);
  return setTime(entry, wall, [undefined, month, day, hour, minute, second, undefined, undefined]);
}

function setFacts(
  entry: LogEntry,
  priority: string | undefined,
  tag: string | undefined,
  pid: string | undefined,
  message: string | undefined,
): void {
  entry.level = priority === undefined ? -1 : Number(priority) & 7;
  entry.tag = tag ?? '';
  entry.pid = pid !== undefined && /^\d{1,10}$/.test(pid) ? Number(pid) | 0 : -1;
  entry.message = message ?? '';
}

/** Year, month by number or name, day, hour, minute, second, digits of its fraction, zone. */
function setTime(entry: LogEntry, wall: WallTime, parts: readonly (string | undefined)[]): boolean {
  const [year, month, day, hour, minute, second, fraction, zone] = parts;
  entry.hasTime = month !== undefined;
  if (month === undefined) return true;
  const seconds = wall.seconds(
    year === undefined ? undefined : Number(year),
    /^\d/.test(month) ? Number(month) : monthNamed(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    zone === undefined ? undefined : zoneSeconds(zone),
  );
  entry.seconds = seconds ?? 0;
  entry.nanoseconds = fractionNs(fraction);
  return seconds !== undefined;
}

/** What follows the structured data, `-` or `[id name="value"]...`, in which a backslash escapes. */
function messageOf(rest: string): string {
  let at = 0;
  if (rest.startsWith('-')) at = 1;
  else {
    while (rest[at] === '[') {
      const end = elementEnd(rest, at + 1);
      if (end < 0) return rest;
      at = end;
    }
  }
  const message = rest.slice(rest[at] === ' ' ? at + 1 : at);
  if (message === '') return rest === '-' ? '' : rest;
  return message.startsWith(BYTE_ORDER_MARK) ? message.slice(BYTE_ORDER_MARK.length) : message;
}

function elementEnd(text: string, from: number): number {
  let isQuoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\\' && isQuoted) at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ']' && !isQuoted) return at + 1;
  }
  return -1;
}
