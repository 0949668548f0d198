/**
 * A packet as an event of system `packet`, named by its link layer. Its record has the fields below, then the
 * comment, then the packet to the record's end.
 */
import type { EventType } from '../../event.ts';
import { COMMON_DECLARATIONS, declareFields } from '../../known-events/declare.ts';
import { linkTypeName } from './link-types.ts';

/**
 * A location has 16 bits for a length: of a packet longer than 65,535 bytes `data` tells that many, and
 * `captured_length` all. `original_length` is greater where the capture cut the packet.
 */
const DECLARATIONS = `${COMMON_DECLARATIONS}; u32 interface; u32 link_type; u32 captured_length; u32 original_length; u32 flags`;

/** Where what a packet's record holds lies. */
export const AT = {
  interface: 8,
  linkType: 12,
  capturedLength: 16,
  originalLength: 20,
  flags: 24,
  data: 28,
  comment: 32,
} as const;

/** A multiple of 8; the comment follows, then, where a multiple of 8 comes next, the packet. */
export const FIXED_BYTES = 40;
export const LOCATED_BYTES_MAX = 0xffff;

/** What a kind of capture does not tell is no field of its packets. */
export interface CaptureFacts {
  readonly hasInterface: boolean;
  readonly hasFlags: boolean;
  readonly hasComment: boolean;
}

export function packetType(linkType: number, index: number, facts: CaptureFacts): EventType {
  const all = declareFields(
    `${DECLARATIONS}; __data_loc u8[] data; __data_loc char[] comment; u32 padding`,
    0,
  );
  const fields = all.filter(({ name }) => {
    if (name === 'interface') return facts.hasInterface;
    if (name === 'flags') return facts.hasFlags;
    if (name === 'comment') return facts.hasComment;
    return name !== 'padding';
  });
  return {
    index,
    system: 'packet',
    name: linkTypeName(linkType),
    recordId: undefined,
    fields,
    sizeBytes: FIXED_BYTES,
    printFormat: undefined,
  };
}
