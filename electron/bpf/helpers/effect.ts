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

/** An effect with its facts beside its kind: numbers beyond 2^53 are decimal text, bytes hexadecimal. */
export interface ShownEffect {
  readonly kind: string;
  readonly [fact: string]: string | number;
}

export function shownEffect({ kind, facts }: Effect): ShownEffect {
  const shown = Object.entries(facts).map(([name, fact]): [string, string | number] => {
    if (fact instanceof Uint8Array) return [name, Buffer.from(fact).toString('hex')];
    if (typeof fact !== 'bigint') return [name, fact];
    return [name, fact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(fact) : String(fact)];
  });
  return { kind, ...Object.fromEntries(shown) };
}
