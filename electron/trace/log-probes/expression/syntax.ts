/** The tree of an expression. A class is a set of bytes: expressions work on the bytes of UTF-8. */

export type Node =
  | { readonly kind: 'class'; readonly bytes: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | {
      readonly kind: 'repeat';
      readonly part: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'capture'; readonly part: Node; readonly index: number }
  | { readonly kind: 'assertion'; readonly at: Assertion };

export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

export interface Expression {
  readonly root: Node;
  /** Names by index; a group without a name has an empty one. */
  readonly names: readonly string[];
}

/** 256 bits. */
export type ByteSet = Uint8Array;

export function byteSet(...ranges: readonly (readonly [number, number])[]): ByteSet {
  const set = new Uint8Array(256);
  for (const [first, last] of ranges) set.fill(1, first, last + 1);
  return set;
}

export function inverse(set: ByteSet): ByteSet {
  return set.map((bit) => 1 - bit);
}

export function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x5f ||
    (byte >= 0x61 && byte <= 0x7a)
  );
}
