/** What a file of log probes may ask of us. */

export const PROBE_FILE_BYTES_MAX = 256 * 1024;
/** Each is tried on every line of its sources. */
export const PROBES_MAX = 256;
export const PATTERN_CHARACTERS_MAX = 2_000;
export const FIELDS_MAX = 16;
/** Instructions of an expression: a line costs at most its length times this. */
export const INSTRUCTIONS_MAX = 1_000;
/** `a{1000}` is a thousand instructions. */
export const REPEATS_MAX = 1_000;
export const NESTING_MAX = 40;
/** Files that are told to be logs. */
export const LAYOUTS_MAX = 64;
/** Text that a capture keeps. */
export const CAPTURE_BYTES_MAX = 1_024;
/** Begun and not ended, of one probe; the oldest gives way. */
export const PENDING_MAX = 64 * 1024;
/** Templates that a log is told in; lines of no template beyond are counted together. */
export const TEMPLATES_MAX = 2_000;
