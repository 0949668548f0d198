/** Names of severities and facilities as syslog numbers them. */
import { LEVEL_UNKNOWN, LEVEL_VERBOSE } from './entry.ts';

const LEVELS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    emerg: 0,
    emergency: 0,
    panic: 0,
    alert: 1,
    crit: 2,
    critical: 2,
    fatal: 2,
    err: 3,
    error: 3,
    severe: 3,
    warn: 4,
    warning: 4,
    notice: 5,
    info: 6,
    information: 6,
    debug: 7,
    trace: LEVEL_VERBOSE,
    verbose: LEVEL_VERBOSE,
  }),
);

/** Android's, by their letter; its fatal and silent are what syslog calls critical. */
const LETTERS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    F: 2,
    A: 2,
    S: 2,
    E: 3,
    W: 4,
    I: 6,
    D: 7,
    V: LEVEL_VERBOSE,
  }),
);

const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
];

export function levelNamed(name: string): number {
  return LEVELS.get(name.toLowerCase()) ?? LETTERS.get(name) ?? LEVEL_UNKNOWN;
}

export function levelOfLetter(letter: string): number {
  return LETTERS.get(letter) ?? LEVEL_UNKNOWN;
}

/** Of a priority, facility times eight and severity; empty for one without a name. */
export function facilityOf(priority: number): string {
  return FACILITIES[priority >>> 3] ?? '';
}
