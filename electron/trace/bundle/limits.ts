/** What a bundle may ask of us before it is refused. */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Entries of an archive, or files of a folder; a bundle has tens. */
export const MEMBERS_MAX = 10_000;
/** Folders within folders. */
export const FOLDER_DEPTH_MAX = 16;
/** All members of an archive, unpacked. */
export const UNPACKED_BYTES_MAX = 64 * GIB;
/** Unpacked bytes to packed ones, for members beyond RATIO_FREE_BYTES: recordings reach about 20. */
export const UNPACKED_RATIO_MAX = 400;
export const RATIO_FREE_BYTES = 16 * MIB;
/** Larger members are unpacked to a file, smaller ones to memory. */
export const MEMORY_MEMBER_BYTES_MAX = 64 * MIB;
export const CASE_FILE_BYTES_MAX = 1 * MIB;
/** First bytes by which a member's format is recognised. */
export const HEAD_BYTES = 4 * KIB;
