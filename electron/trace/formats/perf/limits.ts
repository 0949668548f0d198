/** What a perf.data may ask of us before it is refused or cut: far above what perf writes. */

const MIB = 1024 * 1024;

/** An event has one attribute and an id a CPU; Batch.type is 16 bits wide. */
export const ATTRIBUTES_MAX = 16_384;
export const ATTRIBUTE_BYTES_MAX = 4_096;
export const IDS_MAX = 4 * MIB;
/** A header section is read whole; the largest is the event formats, about 3 MB. */
export const SECTION_BYTES_MAX = 256 * MIB;
/** Read at a time; a record has 64 KiB at most, which its 16-bit size says. */
export const PIECE_BYTES = MIB;
/** Records of a pipe that come before its data: event descriptions and header sections. */
export const HEADER_RECORDS_MAX = 4 * MIB;
/** What waits to be put in order. perf's own buffers hold 512 KiB a CPU between two rounds. */
export const WINDOW_EVENTS = 512 * 1024;
export const WINDOW_BYTES = 48 * MIB;
/** What one run of compressed records may become: a round of 64 CPUs, uncompressed. */
export const DECOMPRESSED_BYTES_MAX = 48 * MIB;
/** Compressed bytes handed on at once. */
export const COMPRESSED_RUN_BYTES = 128 * 1024;
/** Distinct callchains, and addresses in all of them; later ones are left off their events. */
export const CALLCHAINS_MAX = 256 * 1024;
export const CALLCHAIN_ADDRESSES_MAX = 4 * MIB;
/** Mappings and build ids that are kept for symbols. */
export const MAPPINGS_MAX = 65_536;
export const BUILD_IDS_MAX = 65_536;
/** Thread names and groups: pid_max reaches 4 Mi. */
export const TASKS_MAX = MIB;
export const NAME_BYTES_MAX = 4_096;
export const CPUS_MAX = 8_192;
/** Places of trouble that a ledger keeps. */
export const PLACES_MAX = 20;
