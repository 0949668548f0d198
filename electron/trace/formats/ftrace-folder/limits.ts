/** What a folder of tracefs may ask of us, beside ../trace-dat/limits.ts. */

/** Of header_page and of a CPU's stats, which have a few lines. */
export const TEXT_BYTES_MAX = 64 * 1024;
