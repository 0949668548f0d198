/** Times by a format of strftime's words: what to find in a line, and what it means. */
import { Failure } from '../../../failure.ts';
import { fractionNs, monthNamed, zoneSeconds } from './wall-time.ts';
import type { Missing, WallTime } from './wall-time.ts';

/** `%f` is a fraction with its point or comma, or nothing; `%s` seconds since 1970. */
const DIRECTIVES: ReadonlyMap<string, string> = new Map([
  ['Y', '(?<Y>\\d{4})'],
  ['m', '(?<m>\\d\\d)'],
  ['d', '(?<d>\\d\\d)'],
  ['e', ' ?(?<d>\\d{1,2})'],
  ['b', '(?<b>[A-Z][a-z]{2})'],
  ['a', '[A-Z][a-z]{2}'],
  ['H', '(?<H>\\d\\d)'],
  ['M', '(?<M>\\d\\d)'],
  ['S', '(?<S>\\d\\d)'],
  ['f', '(?:[.,](?<f>\\d{1,9}))?'],
  ['z', ' ?(?<z>Z|UTC|GMT|[+-]\\d\\d(?::?\\d\\d)?)'],
  ['s', '(?<s>\\d{9,11})'],
  ['%', '%'],
]);
const SHORT: ReadonlyMap<string, string> = new Map([
  ['F', '%Y-%m-%d'],
  ['T', '%H:%M:%S'],
]);
const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;
const FORMAT_CHARACTERS_MAX = 100;

export interface ReadTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface TimeFormat {
  readonly format: string;
  /** Of a RegExp, with groups of its own names; bounded, so that no line takes long. */
  readonly expression: string;
  readonly missing: Missing;
  /** undefined where the groups say no time. */
  read(groups: Readonly<Record<string, string | undefined>>, wall: WallTime): ReadTime | undefined;
}

/** Throws Failure `bad-time-format` for a word that is not known, one given twice, or too few of them. */
export function compileTimeFormat(format: string): TimeFormat {
  const full = format.replace(/%([FT])/g, (_, letter: string) => SHORT.get(letter) ?? '');
  if (full.length > FORMAT_CHARACTERS_MAX) throw badFormat('it is too long');
  const has = new Set<string>();
  const expression = full.replace(/%(.)|[^%]+|%$/gs, (text, letter?: string) => {
    if (letter === undefined) return text.replace(SPECIAL, '\\$&');
    const directive = DIRECTIVES.get(letter);
    if (directive === undefined) throw badFormat(`%${letter} is not known`);
    const group = letter === 'e' ? 'd' : letter;
    if (has.has(group) && /[YmdbHMSfzs]/.test(group)) throw badFormat(`%${letter} is there twice`);
    has.add(group);
    return directive;
  });
  const isEpoch = has.has('s');
  if (!isEpoch && !(has.has('H') && has.has('M'))) throw badFormat('it tells no hour and minute, and no %s');
  const hasDate = (has.has('m') || has.has('b')) && has.has('d');
  const missing: Missing = isEpoch
    ? {}
    : { year: hasDate && !has.has('Y'), date: !hasDate, zone: !has.has('z') };
  return { format, expression, missing, read: (groups, wall) => readTime(groups, wall, hasDate) };
}

function readTime(
  { Y, m, d, b, H, M, S, f, z, s }: Readonly<Record<string, string | undefined>>,
  wall: WallTime,
  hasDate: boolean,
): ReadTime | undefined {
  const nanoseconds = fractionNs(f);
  if (s !== undefined) return { seconds: Number(s), nanoseconds };
  const [hour, minute, second] = [Number(H), Number(M), Number(S ?? 0)];
  const month = m === undefined ? monthNamed(b ?? '') : Number(m);
  const year = Y === undefined ? undefined : Number(Y);
  const zone = z === undefined ? undefined : zoneSeconds(z);
  const seconds = hasDate
    ? wall.seconds(year, month, Number(d), hour, minute, second, zone)
    : wall.secondsOfDay(hour, minute, second);
  return seconds === undefined ? undefined : { seconds, nanoseconds };
}

function badFormat(reason: string): Failure {
  return new Failure('trace', 'bad-time-format', reason);
}
