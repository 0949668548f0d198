/** What a trace.dat may ask of us before it is refused: far above what recorders write. */

const MIB = 1024 * 1024;

/** Kernels write about 2 MB of event formats and 15 MB of symbols. */
export const METADATA_BYTES_MAX = 256 * MIB;
/** trace-cmd compresses trace data in chunks of a few hundred KiB. */
export const CHUNK_BYTES_MAX = 64 * MIB;
/** One format file; the longest in Linux 6.18 is 20 KB. */
export const EVENT_FORMAT_BYTES_MAX = 1 * MIB;
export const EVENT_SYSTEMS_MAX = 16_384;
/** Batch.type is 16 bits wide. */
export const EVENT_TYPES_MAX = 65_535;
/** Linux's NR_CPUS reaches 8,192. */
export const CPUS_MAX = 8_192;
export const OPTION_BYTES_MAX = 16 * MIB;
export const OPTIONS_MAX = 65_536;
export const OPTION_SECTIONS_MAX = 1_024;
export const STRING_BYTES_MAX = 4_096;
/** Sub-buffers reach 2 MiB by order, with room above. */
export const PAGE_BYTES_MIN = 64;
export const PAGE_BYTES_MAX = 16 * MIB;
/** Bytes of trace data read at a time over all CPUs, and for one. */
export const PIECES_BYTES = 64 * MIB;
export const PIECE_BYTES = 256 * 1024;
/** Distinct callchains that are kept; later ones are left off their events. */
export const CALLCHAINS_MAX = 1_000_000;
/** Places of trouble that a ledger keeps. */
export const PLACES_MAX = 20;
/** Pages, or chunks of them, that an outline looks at on each CPU, and on all together. */
export const SAMPLES_PER_CPU = 64;
export const SAMPLES_MAX = 1024;
/** Places among which they are chosen; a damaged file may tell of more than a disk holds. */
export const SAMPLED_PLACES_MAX = 256 * 1024;
