/**
 * Messages in which the kernel says what time it is: the audit subsystem's, the real-time clock being read, and
 * suspend. Suspend's are to the nanosecond, audit's to the millisecond, the clock's to the second.
 */
import { daysOf, fractionNs } from './wall-time.ts';

const AUDIT = /^audit: type=\d+ audit\((\d{9,11})\.(\d{3}):\d+\)/;
const SUSPEND = /\bPM: suspend (?:entry|exit) (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3,9}) UTC/;
const RTC = /setting system clock to [-\dT: ]+ UTC \((\d{9,11})\)/;

/** Nanoseconds since 1970 in UTC, where the message says when it is. */
export function wallTimeIn(message: string): bigint | undefined {
  if (message.startsWith('audit: ')) return ofSeconds(AUDIT.exec(message.slice(0, 128)));
  if (message.includes('PM: suspend ')) return ofDate(SUSPEND.exec(message.slice(0, 256)));
  if (message.includes('setting system clock to ')) return ofSeconds(RTC.exec(message.slice(0, 256)));
  return undefined;
}

function ofSeconds(match: RegExpExecArray | null): bigint | undefined {
  if (match === null) return undefined;
  return BigInt(match[1] ?? 0) * 1_000_000_000n + BigInt(fractionNs(match[2]));
}

function ofDate(match: RegExpExecArray | null): bigint | undefined {
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const days = daysOf(year, month, day);
  if (days === undefined) return undefined;
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fractionNs(match[7]));
}
