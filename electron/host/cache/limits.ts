/** What the cache of summaries may take. It is safe to delete at any time. */

const MIB = 1024 * 1024;

/** A summary has some 20 KiB; a bug report's, with all its members, a few hundred. */
export const SUMMARIES_BYTES_MAX = 64 * MIB;
export const SUMMARY_BYTES_MAX = 8 * MIB;
/** Files whose hashes are remembered; a folder may hold thousands. */
export const HASHES_MAX = 20_000;
/** A file written to this recently may be written to again within one tick of its file system's clock. */
export const SETTLED_MS = 2_000;
