/**
 * A message that a process sends, and the context of the program that sees it, laid into linear memory: struct
 * sk_msg_md, whose `data` and `data_end` are addresses. A message comes in one piece; `data` shows its first.
 */
import { Failure } from '../failure.ts';
import type { Address, LinearMemory } from './vm/memory.ts';

/** struct sk_msg_md of Linux 6.18; pointers are of 64 bits, `size` of 32. */
export const messageOffsets = { data: 0, data_end: 8, size: 68 } as const;
const MESSAGE_CONTEXT_BYTES = 80;
/** Behind it, fields of this machine's own: where all of the message begins, and where its room ends. */
export const MESSAGE_START = MESSAGE_CONTEXT_BYTES;
export const MESSAGE_ROOM_END = MESSAGE_CONTEXT_BYTES + 4;
const PLACE_BYTES = MESSAGE_CONTEXT_BYTES + 8;
/** What one call of send() gives to TCP at most, in this model. */
export const MESSAGE_BYTES_MAX = 65_536;

export class MessagePlace {
  readonly context: Address;
  readonly #memory: LinearMemory;
  readonly #start: Address;

  /** Throws Failure `memory-limit`. */
  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.context = memory.allocate(PLACE_BYTES, 8);
    this.#start = memory.allocate(MESSAGE_BYTES_MAX);
  }

  /** Throws Failure `packet-size`. */
  put(bytes: Uint8Array): void {
    if (bytes.length > MESSAGE_BYTES_MAX) {
      const reason = `a message of ${bytes.length} bytes: at most ${MESSAGE_BYTES_MAX} fit`;
      throw new Failure('vm', 'packet-size', reason);
    }
    const { bytes: memory, view } = this.#memory;
    memory.fill(0, this.context, this.context + PLACE_BYTES);
    memory.set(bytes, this.#start);
    view.setUint32(this.context + messageOffsets.data, this.#start, true);
    view.setUint32(this.context + messageOffsets.data_end, this.#start + bytes.length, true);
    view.setUint32(this.context + messageOffsets.size, bytes.length, true);
    view.setUint32(this.context + MESSAGE_START, this.#start, true);
    view.setUint32(this.context + MESSAGE_ROOM_END, this.#start + MESSAGE_BYTES_MAX, true);
  }

  /** All of the message as the program left it: a view, gone with the next one. */
  taken(): Uint8Array {
    const size = this.#memory.view.getUint32(this.context + messageOffsets.size, true);
    return this.#memory.bytes.subarray(this.#start, this.#start + size);
  }
}
