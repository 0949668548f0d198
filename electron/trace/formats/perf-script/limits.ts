/** What text of perf script may ask of us. */

/** Before the text of a sample: a name of 16 bytes, numbers, an event's name. */
export const HEAD_CHARACTERS_MAX = 512;
/** A tracepoint's text; more is cut. */
export const TEXT_BYTES_MAX = 4_096;
/** perf records 127 addresses at most by default, and 1,024 where it is asked to. */
export const CALLCHAIN_DEPTH_MAX = 4_096;
export const EVENT_TYPES_MAX = 16_384;
/** Lines looked at to tell the format: header lines come first, about 60. */
export const HEADER_LINES_MAX = 2_000;
export const DETECT_BYTES = 64 * 1024;
export const TASKS_MAX = 1024 * 1024;
/** Samples that wait to be put in time order; perf script prints them in it. */
export const WINDOW_EVENTS = 64 * 1024;
export const PLACES_MAX = 20;
