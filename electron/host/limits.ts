/** Which events programs are called for, from text: `--from`, `--cpu 0,2-3` on a command line, fields on the page. */
import type { Failure } from '../failure.ts';
import type { LIMIT_NAMES } from './contract.ts';
import type { LimitSettings } from './jobs/protocol.ts';
import { isTime } from './jobs/seconds.ts';

type LimitName = (typeof LIMIT_NAMES)[number];

/** Each as often as it was given; names stand as they are, numbers may stand several in a text. */
export type LimitTexts = Readonly<Partial<Record<LimitName, string | readonly string[] | undefined>>>;

export const TIME_MEANT = 'seconds are meant, or +seconds after the first event';
/** More CPUs than any machine has, and the most a pid can be. */
const NUMBER_MAX = 4_194_304;
/** Of one text. */
const NUMBERS_MAX = 65_536;

/** undefined where no limit is set. Throws what `failure` makes of a text that is none. */
export function readLimits(
  texts: LimitTexts,
  failure: (name: LimitName, text: string, reason: string) => Failure,
): LimitSettings | undefined {
  const all = (name: LimitName): readonly string[] | undefined => {
    const given = texts[name];
    return typeof given === 'string' ? [given] : given;
  };
  const time = (name: 'from' | 'to'): string | undefined => {
    const text = all(name)?.[0];
    if (text !== undefined && !isTime(text)) throw failure(name, text, TIME_MEANT);
    return text;
  };
  const numbers = (name: 'cpu' | 'pid' | 'tid'): readonly number[] | undefined =>
    all(name)?.flatMap((text) => {
      const read = numbersOf(text);
      if (read === undefined) throw failure(name, text, 'numbers such as 0,2-3 are meant');
      return read;
    });
  const limits = {
    from: time('from'),
    to: time('to'),
    cpus: numbers('cpu'),
    pids: numbers('pid'),
    tids: numbers('tid'),
    comms: all('comm'),
  };
  return Object.values(limits).every((each) => each === undefined) ? undefined : limits;
}

/** `0,2-3`, as taskset has it. */
function numbersOf(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [low, high] = [Number(first), Number(last)];
    if (first === '' || high < low || high > NUMBER_MAX || numbers.length + high - low >= NUMBERS_MAX)
      return undefined;
    for (let number = low; number <= high; number += 1) numbers.push(number);
  }
  return numbers;
}
