/** Several files one behind the other, as one. */
import type { ByteSource } from '../../event.ts';

export class JoinedBytes implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #files: readonly ByteSource[];
  /** Where each file begins. */
  readonly starts: readonly number[];

  constructor(files: readonly ByteSource[], name: string) {
    this.name = name;
    this.#files = files;
    let end = 0;
    this.starts = files.map(({ sizeBytes }) => {
      const start = end;
      end += sizeBytes;
      return start;
    });
    this.sizeBytes = end;
  }

  /** What is asked for lies in one file where it lies in one CPU's pages. */
  read(offset: number, length: number): Uint8Array {
    const { file, start } = this.#fileAt(offset);
    if (offset - start + length <= file.sizeBytes) return file.read(offset - start, length);
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const at = this.#fileAt(offset + filled);
      const within = offset + filled - at.start;
      const count = Math.min(length - filled, at.file.sizeBytes - within);
      if (count <= 0) throw new Error(`${this.name} has no byte ${offset + filled}`);
      bytes.set(at.file.read(within, count), filled);
      filled += count;
    }
    return bytes;
  }

  /** The file that a place lies in, and the place in it. */
  placeOf(offset: number): { readonly file: string; readonly at: number } {
    const { file, start } = this.#fileAt(offset);
    return { file: file.name, at: offset - start };
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #fileAt(offset: number): { readonly file: ByteSource; readonly start: number } {
    const index = this.starts.findLastIndex((start) => start <= offset);
    const file = this.#files[index];
    if (file === undefined) throw new Error(`${this.name} has no byte ${offset}`);
    return { file, start: this.starts[index] ?? 0 };
  }
}
