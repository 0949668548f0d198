/** Times as a user writes them. */
import { Failure } from '../../failure.ts';

const TIME = /^(\+?)(\d{1,12})(?:\.(\d{1,9}))?s?$/;

/** Nanoseconds of a time in seconds, `12.5`, or `+1.5` after the first event. Throws Failure `bad-option`. */
export function secondsOf(text: string, firstNs: bigint): bigint {
  const [, after, seconds = '', fraction = ''] = TIME.exec(text) ?? [];
  if (seconds === '')
    throw new Failure(
      'usage',
      'bad-option',
      `${text} is no time: seconds, or +seconds after the first event`,
    );
  const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return after === '+' ? firstNs + timeNs : timeNs;
}

/** Whether secondsOf() takes it. */
export function isTime(text: string): boolean {
  return TIME.test(text);
}
