/** What a log may ask of us. */

/** Lines by which a log is recognised; a bundle shows the first 4 KiB of a member. */
export const DETECT_BYTES = 64 * 1024;
export const DETECT_LINES = 60;
/** Of the lines looked at, the part that must read as the family's own. */
export const DETECT_SHARE = 0.6;
/** A message; a kernel's has 1 KiB, Android's 4 KiB, a journal's a few. More is cut, and the record says so in its length. */
export const MESSAGE_BYTES_MAX = 16 * 1024;
export const TAG_BYTES_MAX = 256;
/** Lines that one entry goes on for: a stack trace in logcat's long form. */
export const CONTINUATION_LINES_MAX = 4096;
/** One entry of a journal: a core dump may lie in a field; its message is what is kept. */
export const JOURNAL_FIELD_BYTES_MAX = 768 * 1024 * 1024;
/** Entries that wait to be put in time order: loggers take turns by lines, not by thousands. */
export const WINDOW_EVENTS = 16 * 1024;
export const PLACES_MAX = 20;
/** Pairs of clocks kept of one log. */
export const CLOCK_PAIRS_MAX = 64;
/** Names of tasks kept. */
export const TASKS_MAX = 1024 * 1024;
/** Calls that have begun and not ended: as many as threads. */
export const UNFINISHED_CALLS_MAX = 64 * 1024;
/** Beyond these a number is no time: the year 2554, where 64 bits of nanoseconds end. */
export const SECONDS_MAX = 18_446_744_072;
