/** What a bundle may ask of us before it is refused. */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Members of a bundle, those of archives within it too; a bundle has tens, a sosreport thousands. */
export const MEMBERS_MAX = 50_000;
/** Folders within folders. */
export const FOLDER_DEPTH_MAX = 16;
/** An archive, and archives within it: a bugreport lies in the zip that was mailed, its parts are packed again. */
export const ARCHIVE_LEVELS_MAX = 2;
/** All that is unpacked of one bundle. */
export const UNPACKED_BYTES_MAX = 64 * GIB;
/** Unpacked bytes to packed ones, for members beyond RATIO_FREE_BYTES: recordings reach about 30. */
export const UNPACKED_RATIO_MAX = 400;
export const RATIO_FREE_BYTES = 16 * MIB;
/** Larger members are unpacked to a file, smaller ones to memory; so are those that come when memory holds enough. */
export const MEMORY_MEMBER_BYTES_MAX = 16 * MIB;
export const MEMORY_MEMBERS_BYTES_MAX = 64 * MIB;
export const CASE_FILE_BYTES_MAX = 1 * MIB;
/** First bytes by which a member's format is recognised. */
export const HEAD_BYTES = 4 * KIB;
/** Bytes of a path within an archive; file systems take 4,096. */
export const PATH_BYTES_MAX = 4 * KIB;
/** What xz -9 asks for; the decoder holds up to twice as much. */
export const XZ_DICTIONARY_BYTES_MAX = 64 * MIB;
/** Blocks of an xz stream: `xz -T` makes one a few MiB. */
export const XZ_BLOCKS_MAX = 1_000_000;
/** zstd -19 asks for 8 MiB, --long for 128 MiB; as much as zstd itself takes unless told. */
export const ZSTD_WINDOW_BITS_MAX = 27;
/** Frames of a zstd file, each with a decoder of its own: pzstd makes one a few MiB. */
export const ZSTD_FRAMES_MAX = 100_000;
/** Sections of a bug report; a device has some 200. */
export const SECTIONS_MAX = 5_000;
