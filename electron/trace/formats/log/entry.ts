/** What every family of logs reads its text into, one entry at a time, and the shape a family has. */
import type { ByteSource, ClockName, ClockPair } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { DeclareDerivers } from './deriver.ts';

/** Severities as syslog numbers them, 0 emergency to 7 debug; Android's verbose lies below debug. */
export const LEVEL_VERBOSE = 8;
export const LEVEL_UNKNOWN = -1;
export const ID_UNKNOWN = -1;

/** Text is Latin-1: a character is a byte of the file. A reader yields one object again and again. */
export interface LogEntry {
  /** Line it began on, counted from 1, or byte of a binary log. */
  at: number;
  hasTime: boolean;
  seconds: number;
  nanoseconds: number;
  /** 0 where the log does not say, as every source has it. */
  cpu: number;
  pid: number;
  tid: number;
  level: number;
  tag: string;
  message: string;
}

export function emptyEntry(): LogEntry {
  return {
    at: 0,
    hasTime: false,
    seconds: 0,
    nanoseconds: 0,
    cpu: 0,
    pid: ID_UNKNOWN,
    tid: ID_UNKNOWN,
    level: LEVEL_UNKNOWN,
    tag: '',
    message: '',
  };
}

/** Where a reader says what it met beside entries. */
export interface LogNotes {
  /** Neither an entry nor a part of one. */
  unparsed(at: number, reason: string): void;
  unsupported(): void;
  /** So many entries are missing, as the log itself says. */
  dropped(count: number): void;
  pair(pair: ClockPair): void;
  /** How far the file has been read. */
  reached(offset: number): void;
  comm(tid: number, pid: number, name: string): void;
}

export interface OpenLog {
  readonly clock: ClockName;
  /** The form, and what had to be assumed: `threadtime, year from the bundle's date`. */
  readonly detail: string;
  /** One pass over the file. The object it yields is valid until the next is asked for. */
  entries(notes: LogNotes): Generator<LogEntry, void, void>;
  /** What the family itself makes more of its entries. */
  readonly derivers?: DeclareDerivers;
}

export interface LogFamily {
  /** As Source.format says it: `logcat`. */
  readonly name: string;
  /** By the file's first bytes. */
  detect(file: ByteSource): boolean;
  open(file: ByteSource, surroundings: Surroundings): OpenLog;
}
