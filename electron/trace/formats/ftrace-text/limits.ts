/** What a text of ftrace may ask of us. */

/** Read at a time, and looked at on opening: many lines, so that the common event types are known at once. */
export const PIECE_BYTES = 1024 * 1024;
/** A line is about 130 bytes; one that is longer than this is counted as unparsed. */
export const LINE_BYTES_MAX = 256 * 1024;
/** Looked at to tell the format. */
export const DETECT_BYTES = 64 * 1024;
/** Lines of it, header lines among them. */
export const DETECT_LINES_MAX = 200;
export const CPUS_MAX = 65_535;
/** Task names that are kept. */
export const TASKS_MAX = 1024 * 1024;
/** Events that wait to be put in time order: trace_pipe and joined texts are a little out of it. */
export const WINDOW_EVENTS = 32 * 1024;
export const PLACES_MAX = 20;
export const CLOCK_PAIRS_MAX = 1024;
/** A header line or a message that is not an event. */
export const NOTE_CHARACTERS_MAX = 1024;
/** Of an HTML page, up to the trace inside it. */
export const PAGE_BYTES_MAX = 64 * 1024 * 1024;
/** Frames of a stack; the kernel records 64 by default. */
export const FRAMES_MAX = 1024;
