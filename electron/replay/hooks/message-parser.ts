/**
 * What a stream_parser makes of streams: it is asked how long the message is that begins where the last one ended, and
 * asked again once more of the stream is there, as net/strparser of Linux 6.18 does. A stream that it finds an error in
 * is not gone on with.
 */
import { PACKET_BYTES_MAX } from '../../bpf/packet-context.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import type { Segment } from './segment.ts';

interface Parsed {
  /** From the beginning of the message that is not whole yet. */
  bytes: Uint8Array;
  /** What its parser said of it; 0 where it asked for more. */
  length: number;
  isBroken: boolean;
}

interface Message {
  readonly bytes: Uint8Array;
  readonly flow: object;
  readonly segment: Segment;
}

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

  /** `ask` gives what the program answers of a message's beginning. */
  take(
    bytes: Uint8Array,
    gapBytes: number,
    flow: object,
    segment: Segment,
    ask: (bytes: Uint8Array) => number | undefined,
  ): void {
    let stream = this.#streams.get(flow);
    if (stream === undefined)
      this.#streams.set(flow, (stream = { bytes: new Uint8Array(0), length: 0, isBroken: false }));
    if (gapBytes > 0) stream.isBroken = true;
    if (stream.isBroken) {
      this.#moment.missing('messages behind what is no message, or was not captured');
      return;
    }
    stream.bytes = joined(stream.bytes, bytes);
    while (stream.bytes.length > 0) {
      if (stream.length === 0) {
        const answer = ask(stream.bytes.subarray(0, PACKET_BYTES_MAX));
        if (answer === undefined || answer < 0 || answer > PACKET_BYTES_MAX) {
          stream.isBroken = true;
          return;
        }
        stream.length = answer;
      }
      if (stream.length === 0 && stream.bytes.length > PACKET_BYTES_MAX) stream.isBroken = true;
      if (stream.length === 0 || stream.length > stream.bytes.length) return;
      const own: Segment = {
        ...segment,
        source: segment.source.slice(),
        destination: segment.destination.slice(),
      };
      this.#messages.push({ bytes: stream.bytes.slice(0, stream.length), flow, segment: own });
      stream.bytes = stream.bytes.slice(stream.length);
      stream.length = 0;
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

/** Between a parser's call and the verdict's, which comes at the same event. */
const MESSAGES_KEPT_MAX = 65_536;

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(before.length + after.length);
  bytes.set(before);
  bytes.set(after, before.length);
  return bytes;
}
