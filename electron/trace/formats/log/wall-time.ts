/**
 * Dates and times as people write them, to seconds since 1970 in UTC. A log may leave out the year and the zone:
 * the year is then the latest that does not lie after the bundle was made, the zone the device's, and where
 * nothing says either, that is said in words and the clock is not taken for the real one.
 */
import type { ClockName } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';

const DAY_SECONDS = 86_400;
/** A device's clock may be ahead of the one that made the bundle. */
const AHEAD_SECONDS_MAX = DAY_SECONDS;
const HALF_YEAR_MONTHS = 6;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** 1 to 12 of an English name, 0 of none. */
export function monthNamed(name: string): number {
  return MONTHS.indexOf(name.toLowerCase()) + 1;
}

/** Days since 1970-01-01 of a date in the Gregorian calendar; undefined where there is no such day. */
export function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that is none comes back as another.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || month < 1) return undefined;
  return Math.floor(date.getTime() / 1000 / DAY_SECONDS);
}

/** Nanoseconds of digits behind a point; digits beyond nine are left out. */
export function fractionNs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 9).padEnd(9, '0'));
}

/** Seconds that `Z`, `+02:00`, `-0730`, `+02` or `UTC` is ahead of UTC; undefined for any other text. */
export function zoneSeconds(zone: string): number | undefined {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 0;
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (match === null) return undefined;
  const [, sign, hours, minutes = '0'] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** What a form of time leaves out. */
export interface Missing {
  readonly year?: boolean;
  /** Year, month and day. */
  readonly date?: boolean;
  readonly zone?: boolean;
}

export class WallTime {
  readonly #offsetSeconds: number;
  readonly #madeAtSeconds: number | undefined;
  readonly #hasOffset: boolean;
  /** Dates repeat from line to line: the last one's days. */
  #key = -1;
  #keyZone: number | undefined;
  #daySeconds = 0;
  /** Where no date of the bundle tells the year: counted from 1970. */
  #year = 1970;
  #month = 0;
  #timeOfDay = -1;
  #day = 0;
  #first: number | undefined;

  constructor({ madeAtMs, utcOffsetMinutes }: Surroundings) {
    this.#madeAtSeconds = madeAtMs === undefined ? undefined : Math.floor(madeAtMs / 1000);
    this.#offsetSeconds = (utcOffsetMinutes ?? 0) * 60;
    this.#hasOffset = utcOffsetMinutes !== undefined;
  }

  /** `realtime` where year and zone are known, `wall` where the zone is not, `unknown` where the year is not. */
  clock(missing: Missing): ClockName {
    if ((missing.year || missing.date) && this.#madeAtSeconds === undefined) return 'unknown';
    return missing.zone && !this.#hasOffset ? 'wall' : 'realtime';
  }

  /** What was assumed, in words, for people. */
  detail(missing: Missing): string[] {
    const what = missing.date ? 'date' : 'year';
    const zone = missing.zone ? (this.#hasOffset ? "zone of the device's clock" : 'zone not known') : '';
    if (!missing.year && !missing.date) return zone === '' ? [] : [zone];
    const from =
      this.#madeAtSeconds === undefined ? `${what} not known` : `${what} from when it was collected`;
    return zone === '' ? [from] : [from, zone];
  }

  /** Seconds since 1970; a year of undefined is one the log leaves out, a zone of undefined the device's. */
  seconds(
    year: number | undefined,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
    zone?: number,
  ): number | undefined {
    const key = ((year ?? 0) * 16 + month) * 32 + day;
    // A leap second is the last one again.
    if (hour > 23 || minute > 59 || second > 60) return undefined;
    if (key !== this.#key || zone !== this.#keyZone) {
      const days = year === undefined ? this.#daysWithoutYear(month, day) : daysOf(year, month, day);
      if (days === undefined) return undefined;
      this.#key = key;
      this.#keyZone = zone;
      this.#daySeconds = days * DAY_SECONDS - (zone ?? this.#offsetSeconds);
    }
    return this.#daySeconds + hour * 3600 + minute * 60 + Math.min(59, second);
  }

  /** Seconds since 1970 of a time of day without a date: the day goes on where the time falls back by hours. */
  secondsOfDay(hour: number, minute: number, second: number): number | undefined {
    if (hour > 23 || minute > 59 || second > 60) return undefined;
    const timeOfDay = hour * 3600 + minute * 60 + Math.min(59, second);
    if (timeOfDay < this.#timeOfDay - DAY_SECONDS / 2) this.#day += 1;
    this.#timeOfDay = timeOfDay;
    const seconds = (this.#firstDay(timeOfDay) + this.#day) * DAY_SECONDS + timeOfDay;
    return this.#madeAtSeconds === undefined ? seconds : seconds - this.#offsetSeconds;
  }

  /** The latest day on which the log's first time had passed when it was collected. */
  #firstDay(timeOfDay: number): number {
    this.#first ??=
      this.#madeAtSeconds === undefined
        ? 0
        : Math.floor((this.#madeAtSeconds + this.#offsetSeconds - timeOfDay) / DAY_SECONDS);
    return this.#first;
  }

  #daysWithoutYear(month: number, day: number): number | undefined {
    if (this.#madeAtSeconds === undefined) {
      if (this.#month - month > HALF_YEAR_MONTHS) this.#year += 1;
      this.#month = month;
      return daysOf(this.#year, month, day) ?? daysOf(1972, month, day);
    }
    const latest = this.#madeAtSeconds + AHEAD_SECONDS_MAX;
    const year = new Date(latest * 1000).getUTCFullYear();
    // 29 February may be up to eight years back.
    for (let back = 0; back <= 8; back++) {
      const days = daysOf(year - back, month, day);
      if (days !== undefined && days * DAY_SECONDS <= latest) return days;
    }
    return undefined;
  }
}
