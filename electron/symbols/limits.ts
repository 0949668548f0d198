/** What is read of files that may have symbols. */

const MIB = 1024 * 1024;

/** A kernel with all its debug information has 900 MiB. */
export const SYMBOL_FILE_BYTES_MAX = 1536 * MIB;
/** /proc/kallsyms of a kernel with many modules has 20 MiB. */
export const KERNEL_TEXT_BYTES_MAX = 256 * MIB;
/** A system's /usr/lib/debug; each is opened once to ask for its build id. */
export const SYMBOL_FILES_MAX = 20_000;
/** Mappings that forks copied, of all processes together. */
export const COPIED_MAPPINGS_MAX = 2_000_000;
/** Addresses remembered with what was found. */
export const FRAMES_REMEMBERED_MAX = 500_000;
