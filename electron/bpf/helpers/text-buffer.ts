/** Text that is written into a buffer of so many bytes, and is counted on where it does not fit. */
export class TextBuffer {
  /** Bytes of the whole text, without a NUL. */
  length = 0;
  readonly #bytes: Uint8Array;

  /** `sizeBytes` of the buffer, with the closing NUL. */
  constructor(sizeBytes: number) {
    this.#bytes = new Uint8Array(Math.max(0, sizeBytes));
  }

  /** Whether what comes next is seen, but for the NUL. */
  get hasRoom(): boolean {
    return this.length < this.#bytes.length;
  }

  /** What the buffer holds: the start of the text, without the NUL. */
  get kept(): Uint8Array {
    return this.#bytes.subarray(0, Math.max(0, Math.min(this.length, this.#bytes.length - 1)));
  }

  /** Latin-1: a character is a byte. */
  add(text: string): void {
    const end = Math.min(text.length, this.#bytes.length - this.length);
    for (let index = 0; index < end; index += 1) this.#bytes[this.length + index] = text.charCodeAt(index);
    this.length += text.length;
  }

  fill(character: string, count: number): void {
    this.#bytes.fill(character.charCodeAt(0), this.length, this.length + count);
    this.length += count;
  }

  toString(): string {
    return Buffer.from(this.kept).toString('latin1');
  }
}
