/** An entry of systemd's journal, by the fields that journald and its clients write. */
import type { LogEntry, LogNotes } from './entry.ts';

/** The fields that are looked at; of one given twice, the first. Text is Latin-1. */
const WANTED: ReadonlySet<string> = new Set([
  '__REALTIME_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
  '_BOOT_ID',
  '_PID',
  'SYSLOG_PID',
  '_TID',
  'TID',
  '_COMM',
  'PRIORITY',
  'SYSLOG_IDENTIFIER',
  'MESSAGE',
]);
const NUMBER = /^\d{1,20}$/;
const SUPPRESSED = /^(?:Suppressed|Missed) (\d{1,9}) (?:kernel )?messages/;
const MICROSECONDS_PER_SECOND = 1_000_000;

export function isWantedField(name: string): boolean {
  return WANTED.has(name);
}

export interface JournalMoment {
  boot: string;
  realtimeUs: string;
  monotonicUs: string;
  at: number;
}

/** Makes entries of fields; keeps where the last boot began, to place its monotonic clock beside the real one. */
export class JournalReader {
  #moment: JournalMoment | undefined;

  /** False where the entry has no message or no field at all that is one of a journal's. */
  read(fields: ReadonlyMap<string, string>, at: number, entry: LogEntry, notes: LogNotes): boolean {
    if (fields.size === 0) return false;
    const realtimeUs = fields.get('__REALTIME_TIMESTAMP') ?? '';
    entry.at = at;
    entry.hasTime = NUMBER.test(realtimeUs);
    entry.seconds = entry.hasTime ? Math.floor(Number(realtimeUs) / MICROSECONDS_PER_SECOND) : 0;
    entry.nanoseconds = entry.hasTime ? (Number(realtimeUs) % MICROSECONDS_PER_SECOND) * 1000 : 0;
    entry.pid = id(fields.get('_PID') ?? fields.get('SYSLOG_PID'));
    entry.tid = id(fields.get('_TID') ?? fields.get('TID'));
    const priority = fields.get('PRIORITY') ?? '';
    entry.level = /^[0-7]$/.test(priority) ? Number(priority) : -1;
    entry.tag = fields.get('SYSLOG_IDENTIFIER') ?? fields.get('_COMM') ?? '';
    entry.message = fields.get('MESSAGE') ?? '';
    // What /proc says of a process is its first thread's.
    notes.comm(entry.pid, entry.pid, fields.get('_COMM') ?? '');
    const suppressed = SUPPRESSED.exec(entry.message.slice(0, 64))?.[1];
    if (suppressed !== undefined) notes.dropped(Number(suppressed));
    this.#noteMoment(fields, realtimeUs, at);
    return true;
  }

  end(notes: LogNotes): void {
    if (this.#moment === undefined) return;
    const { at, realtimeUs, monotonicUs } = this.#moment;
    notes.pair({
      clock: 'realtime',
      timeNs: BigInt(realtimeUs) * 1000n,
      otherClock: 'mono',
      otherTimeNs: BigInt(monotonicUs) * 1000n,
      origin: `entry at ${at}`,
    });
  }

  #noteMoment(fields: ReadonlyMap<string, string>, realtimeUs: string, at: number): void {
    const monotonicUs = fields.get('__MONOTONIC_TIMESTAMP') ?? '';
    const boot = fields.get('_BOOT_ID') ?? '';
    if (!NUMBER.test(monotonicUs) || !NUMBER.test(realtimeUs) || this.#moment?.boot === boot) return;
    this.#moment = { boot, realtimeUs, monotonicUs, at };
  }
}

function id(text: string | undefined): number {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) | 0 : -1;
}
