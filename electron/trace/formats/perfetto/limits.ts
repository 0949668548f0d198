/** What a Perfetto trace may ask of us before it is refused or cut: far above what recorders write. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** The service cuts packets at what its shared memory holds; a symbol table may be larger. */
export const PACKET_BYTES_MAX = 64 * MIB;
/** Compressed packets hold less than 512 KiB each, which deflate packs to a thousandth at best. */
export const DECOMPRESSED_BYTES_MAX = 64 * MIB;
/** Looked at to tell a trace from other files. */
export const DETECT_BYTES = 64 * KIB;
/** Read on opening for what the trace says of itself; the first pass over events completes it. */
export const OPEN_BYTES = 4 * MIB;
/** What waits to be put in order: all CPUs' events of a few flushes. */
export const WINDOW_EVENTS = 384 * KIB;
export const WINDOW_BYTES = 40 * MIB;
/** Stretches of the file that belong to one writer; beyond, the file is read as it comes. */
export const RUNS_MAX = 2 * MIB;
/** Writers of packets: two a thread that was traced. */
export const SEQUENCES_MAX = 64 * KIB;
/** Batch.type is 16 bits wide. */
export const EVENT_TYPES_MAX = 16_384;
/** Fields of one event; a wider one is left alone. */
export const FIELDS_MAX = 31;
export const CPUS_MAX = 8_192;
/** Interned names of one writer, tracks and threads of the whole trace. */
export const NAMES_MAX = MIB;
export const TRACKS_MAX = MIB;
export const TASKS_MAX = MIB;
/** Slices open at once on one track. */
export const SLICE_DEPTH_MAX = 512;
export const CLOCK_PAIRS_MAX = 65_536;
/** A text in a record; a location has 16 bits for where it lies. */
export const TEXT_BYTES_MAX = 8 * KIB;
/** All of a track event's annotations as text. */
export const ANNOTATIONS_BYTES_MAX = 8 * KIB;
export const ANNOTATION_DEPTH_MAX = 8;
/** Tracks above a track, up to its thread or process. */
export const TRACK_DEPTH_MAX = 16;
/** Places of trouble that a ledger keeps. */
export const PLACES_MAX = 20;
