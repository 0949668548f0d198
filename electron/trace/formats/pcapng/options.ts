/** Options behind a block's fixed part: a code and a length of 16 bits each, a value, zeros up to 4 bytes. */

export interface BlockOption {
  readonly code: number;
  /** Where the value lies in the bytes that were given. */
  readonly at: number;
  readonly length: number;
}

export const COMMENT = 1;

/** Those that are whole, up to the one that says it is the last. */
export function* optionsOf(
  view: DataView,
  from: number,
  end: number,
  isLittleEndian: boolean,
): Generator<BlockOption, void, void> {
  for (let at = from; at + 4 <= end;) {
    const code = view.getUint16(at, isLittleEndian);
    const length = view.getUint16(at + 2, isLittleEndian);
    if (code === 0 || at + 4 + length > end) return;
    yield { code, at: at + 4, length };
    at += 4 + ((length + 3) & -4);
  }
}

export function textOf(bytes: Uint8Array, { at, length }: BlockOption): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
