/** What is read of a bundle's context. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** A kernel with all its modules has some 250,000 symbols in 16 MiB. */
export const KALLSYMS_BYTES_MAX = 48 * MIB;
/** Everything else that is read whole: a kernel's configuration has 300 KiB, a phone's `ps` 200. */
export const TEXT_BYTES_MAX = 4 * MIB;
/** Format files; a kernel has some 3,000. */
export const EVENT_FORMATS_MAX = 20_000;
export const EVENT_FORMAT_BYTES_MAX = 256 * KIB;
/** Mappings kept of all processes together; a phone has 1,000 processes of 1,000 each. */
export const MAPPINGS_MAX = 2_000_000;
/** Lines of other kinds that are kept. */
export const ROWS_MAX = 200_000;
