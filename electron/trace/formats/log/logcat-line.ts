/** One line of logcat's text, in each of its forms: brief, time, threadtime and long, with its modifiers of time. */
import type { LogEntry } from './entry.ts';
import { levelOfLetter } from './severity.ts';
import { fractionNs, zoneSeconds } from './wall-time.ts';
import type { Missing, WallTime } from './wall-time.ts';

export interface LogcatForm {
  readonly layout: 'brief' | 'time' | 'threadtime' | 'long';
  readonly time: 'none' | 'date' | 'epoch' | 'monotonic';
  readonly missing: Missing;
}

/** With the modifiers year, zone and UTC, usec and nsec; or epoch and monotonic. */
const TIME =
  '(?:(?:(\\d{4})-)?(\\d\\d)-(\\d\\d) (\\d\\d):(\\d\\d):(\\d\\d)\\.(\\d{3,9})(?: ([+-]\\d{4}))?| *(\\d+)\\.(\\d{3,9}))';
/** Padded with blanks. Bounded, so that no line takes long. */
const TAG = '(.{0,256}?) {0,64}';
const LETTER = '([VDIWEFAS])';
/** A uid may stand before the numbers, by number or by name. */
const THREADTIME = new RegExp(`^${TIME} +(?:[\\w.-]+ +)?(\\d+) +(\\d+) ${LETTER} ${TAG}: ?(.*)$`, 's');
const PLAIN = new RegExp(`^(?:${TIME} )?${LETTER}/${TAG}\\( *(?:[\\w.-]+: *)?(\\d+)\\): ?(.*)$`, 's');
const LONG = new RegExp(`^\\[ ${TIME} +(?:[\\w.-]+: *)?(\\d+): *(\\d+) ${LETTER}/${TAG}\\]$`);
const TIME_GROUPS = 10;
/** Since boot no machine has run for so long, since 1970 every log has. */
const EPOCH_SECONDS_MIN = 100_000_000;

/** `--------- beginning of main`: which buffer follows. */
export function isDivider(line: string): boolean {
  return /^-{5,} (?:beginning of|switch to) /.test(line);
}

/** Of a line that begins an entry; undefined where it does not. */
export function logcatForm(line: string): LogcatForm | undefined {
  const long = LONG.exec(line);
  if (long !== null) return { layout: 'long', ...timeForm(long) };
  const threadtime = THREADTIME.exec(line);
  if (threadtime !== null) return { layout: 'threadtime', ...timeForm(threadtime) };
  const plain = PLAIN.exec(line);
  if (plain === null) return undefined;
  const time = timeForm(plain);
  return { layout: time.time === 'none' ? 'brief' : 'time', ...time };
}

function timeForm(match: RegExpExecArray): Pick<LogcatForm, 'time' | 'missing'> {
  const [, year, month, , , , , , zone, seconds] = match;
  if (seconds !== undefined)
    return { time: Number(seconds) < EPOCH_SECONDS_MIN ? 'monotonic' : 'epoch', missing: {} };
  if (month === undefined) return { time: 'none', missing: {} };
  return { time: 'date', missing: { year: year === undefined, zone: zone === undefined } };
}

/** Fills the entry, but for `at`; false where the line is none of the layout or its date none of a calendar. */
export function readLogcatLine(
  line: string,
  layout: LogcatForm['layout'],
  wall: WallTime,
  entry: LogEntry,
): boolean {
  const match = (layout === 'long' ? LONG : layout === 'threadtime' ? THREADTIME : PLAIN).exec(line);
  if (match === null || !readTime(match, wall, entry)) return false;
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = match.slice(TIME_GROUPS + 1);
  if (layout === 'threadtime' || layout === 'long') {
    entry.pid = Number(first) | 0;
    entry.tid = Number(second) | 0;
    entry.level = levelOfLetter(third);
    entry.tag = fourth;
    entry.message = fifth;
    return true;
  }
  entry.level = levelOfLetter(first);
  entry.tag = second;
  entry.pid = Number(third) | 0;
  entry.tid = -1;
  entry.message = fourth;
  return true;
}

function readTime(match: RegExpExecArray, wall: WallTime, entry: LogEntry): boolean {
  const [, year, month, day, hour, minute, second, fraction, zone, seconds, part] = match;
  entry.hasTime = true;
  if (seconds !== undefined) {
    entry.seconds = Number(seconds);
    entry.nanoseconds = fractionNs(part);
    return true;
  }
  if (month === undefined) {
    entry.hasTime = false;
    return true;
  }
  const time = wall.seconds(
    year === undefined ? undefined : Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    zone === undefined ? undefined : zoneSeconds(zone),
  );
  entry.seconds = time ?? 0;
  entry.nanoseconds = fractionNs(fraction);
  return time !== undefined;
}
