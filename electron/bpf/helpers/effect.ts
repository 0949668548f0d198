/**
 * What a program does to the world outside of it: a packet sent on, a signal sent, a socket option set. A
 * replay changes nothing outside; what the program asked for is recorded as one of its outputs.
 */
export interface Effect {
  /** Name of the helper or kernel function that was called, without `bpf_`: `redirect`, `send_signal`. */
  readonly kind: string;
  /** Its arguments by name, as Linux names them; bytes are copies. */
  readonly facts: Readonly<Record<string, number | bigint | string | Uint8Array>>;
}
