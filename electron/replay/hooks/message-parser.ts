/**
 * What a stream_parser makes of streams, as __strp_recv() of Linux 6.18 does: it is asked how long the message is that
 * begins where the last one ended, and asked again once more of the stream is there. Programs are shown all of what
 * came at once, from its first byte on, wherever in it the message begins: the kernel does not tell them. A stream that
 * a parser finds an error in is not gone on with.
 */
import { PACKET_BYTES_MAX } from '../../bpf/packet-context.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import type { Segment } from './segment.ts';

interface Parsed {
  /** What came since the message began, from the first byte of what it began in; undefined between messages. */
  head: Uint8Array | undefined;
  /** Where the message begins in it. */
  offset: number;
  /** Bytes of the message that are there. */
  held: number;
  /** What its parser said of it; 0 where it asked for more. */
  length: number;
  isBroken: boolean;
}

interface Message {
  readonly bytes: Uint8Array;
  readonly flow: object;
  readonly segment: Segment;
}

/** Between a parser's call and the verdict's, which comes at the same event. */
const MESSAGES_KEPT_MAX = 65_536;

export class MessageParser {
  /** Whether the object has one: without, a verdict is asked for what comes at once. */
  isThere = false;
  /** Asks the program that messages go to, once it is known. */
  verdict: ((bytes: Uint8Array, flow: object, segment: Segment) => void) | undefined;
  readonly #moment: ReplayMoment;
  readonly #streams = new WeakMap<object, Parsed>();
  #messages: Message[] = [];

  constructor(moment: ReplayMoment) {
    this.#moment = moment;
  }

  /** `ask` gives what the program answers of what is there. */
  take(
    bytes: Uint8Array,
    gapBytes: number,
    flow: object,
    segment: Segment,
    ask: (bytes: Uint8Array) => number | undefined,
  ): void {
    let stream = this.#streams.get(flow);
    if (stream === undefined)
      this.#streams.set(flow, (stream = { head: undefined, offset: 0, held: 0, length: 0, isBroken: false }));
    if (gapBytes > 0) stream.isBroken = true;
    for (let eaten = 0; eaten < bytes.length && !stream.isBroken;) {
      const used = step(stream, bytes, eaten, ask);
      eaten += used;
      if (stream.isBroken || stream.head === undefined || stream.length === 0) continue;
      if (stream.held < stream.length) continue;
      const own = { ...segment, source: segment.source.slice(), destination: segment.destination.slice() };
      this.#messages.push({ bytes: stream.head, flow, segment: own });
      stream.head = undefined;
    }
    if (stream.isBroken) {
      stream.head = undefined;
      this.#moment.missing('messages behind what is no message, or was not captured');
    }
  }

  /** Hands on what is whole, in order. */
  deliver(): void {
    const { verdict } = this;
    if (verdict === undefined) {
      // An object of a parser alone has nobody to hand messages to.
      if (this.#messages.length > MESSAGES_KEPT_MAX) this.#messages = [];
      return;
    }
    const messages = this.#messages;
    this.#messages = [];
    for (const { bytes, flow, segment } of messages) verdict(bytes, flow, segment);
  }
}

/** Takes of what came the rest of a message, or all where it goes on behind; how many bytes that were. */
function step(
  stream: Parsed,
  bytes: Uint8Array,
  eaten: number,
  ask: (bytes: Uint8Array) => number | undefined,
): number {
  const there = bytes.length - eaten;
  if (stream.head === undefined) {
    Object.assign(stream, { head: bytes.slice(), offset: eaten, held: 0, length: 0 });
  } else stream.head = joined(stream.head, bytes);
  const head = stream.head ?? bytes;
  if (head.length > PACKET_BYTES_MAX) {
    stream.isBroken = true;
    return there;
  }
  if (stream.length === 0) {
    const answer = ask(head);
    // What was there before was too little to tell: the message is longer.
    const isError = answer === undefined || answer < 0 || answer > PACKET_BYTES_MAX;
    if (isError || (answer !== 0 && answer <= head.length - bytes.length - stream.offset)) {
      stream.isBroken = true;
      return there;
    }
    stream.length = answer;
  }
  const used = stream.length === 0 ? there : Math.min(there, stream.length - stream.held);
  stream.held += used;
  return used;
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(before.length + after.length);
  bytes.set(before);
  bytes.set(after, before.length);
  return bytes;
}
