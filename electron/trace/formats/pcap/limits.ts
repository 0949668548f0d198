/** What a capture may ask of us before it is refused or cut: far above what recorders write. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** The longest snapshot tcpdump takes (MAXIMUM_SNAPLEN). */
export const PACKET_BYTES_MAX = 256 * KIB;
/** Read at a time. */
export const PIECE_BYTES = MIB;
/** What waits to be put in order: interfaces and queues of a card are written in turn. */
export const WINDOW_EVENTS = 32 * KIB;
export const WINDOW_BYTES = 16 * MIB;
/** Of a pcapng block that holds no packet; its options are a few hundred. */
export const HEADER_BLOCK_BYTES_MAX = MIB;
/** Interfaces of all sections; a merged capture has some hundred. */
export const INTERFACES_MAX = 65_536;
/** Link layers, each an event type; tcpdump.org lists some 300. */
export const LINK_TYPES_MAX = 4_096;
/** A packet's comments; a location in its record has 16 bits, and the packet lies behind them. */
export const COMMENT_BYTES_MAX = 16 * KIB;
/** Interface names that a description of the file tells. */
export const NAMES_SHOWN = 4;
/** Places of trouble that a ledger keeps. */
export const PLACES_MAX = 20;
