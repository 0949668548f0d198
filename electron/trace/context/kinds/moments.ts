/** When the device's state was written down: `date`, `timedatectl`, /proc/uptime. Together they place its clocks. */
import type { ContextKind } from '../context.ts';
import { wholeLines } from '../text.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** `Tue May 21 10:19:53 CEST 2024`, and as some locales have it, `Tue May 21 10:19:53 AM CEST 2024`. */
const DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)( [AP]M)? (\S{1,6}) (\d{4})\s*$/;
const UPTIME = /^(\d{1,12}\.\d\d) \d+\.\d\d\s*$/;
const LOCAL_TIME = /^\s*Local time: \w{3} (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) (\S+)\s*$/m;
const ZONE = /^\s*Time ?zone: (\S+) \((?:\S+, )?([+-])(\d\d)(\d\d)\)\s*$/m;

export const date: ContextKind = {
  name: 'date',
  detect: ({ text }) => DATE.test(text),
  read(_file, { text }, facts) {
    const [, month = '', day, hour, minute, second, half, zone = '', year] = DATE.exec(text) ?? [];
    const inDay = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === ' PM' ? 12 : 0);
    const wallMs = Date.UTC(
      Number(year),
      MONTHS.indexOf(month),
      Number(day),
      inDay,
      Number(minute),
      Number(second),
    );
    // Abbreviations of zones mean several things each; these two do not.
    if (zone === 'UTC' || zone === 'GMT') facts.takenAtMs ??= wallMs;
    else facts.takenAtWallMs ??= wallMs;
    return text.trim();
  },
};

export const timedatectl: ContextKind = {
  name: 'time zone',
  detect: ({ text }) => LOCAL_TIME.test(text) && ZONE.test(text),
  read(_file, { text }, facts) {
    const [, zone = '', sign, hours, minutes] = ZONE.exec(text) ?? [];
    facts.timeZone ??= zone;
    facts.utcOffsetMinutes ??= (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    const [, year, month, day, hour, minute, second] = LOCAL_TIME.exec(text) ?? [];
    facts.takenAtWallMs ??= Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
    return `${zone}, ${sign ?? ''}${hours ?? ''}:${minutes ?? ''}`;
  },
};

export const uptime: ContextKind = {
  name: 'uptime',
  detect: ({ text }) => wholeLines(text).length === 1 && UPTIME.test(text),
  read(_file, { text }, facts) {
    const seconds = Number(UPTIME.exec(text)?.[1]);
    facts.uptimeSeconds ??= seconds;
    return `${seconds.toFixed(2)} s`;
  },
};
