/**
 * A pcapng file of the packets that programs let go on, as they left them, each on the interface it came by or was sent
 * to, with the answer as a comment; dropped ones are left out. No file where there are none.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';

import { Failure } from '../../failure.ts';
import type { AnsweredPacket } from '../../replay/hooks/packet.ts';
import { PcapngWriter } from '../../trace/formats/pcapng/writer.ts';

/** Written at once. */
const PIECE_BYTES = 1024 * 1024;

export class PacketFile {
  readonly #path: string;
  /** Opened for the first piece: a run that is refused leaves a file of that name alone. */
  #fd: number | undefined;
  readonly #writer = new PcapngWriter();
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws Failure `unwritable`. */
  add({ program, verdict, on, ...packet }: AnsweredPacket): void {
    if (this.#fd === undefined) {
      this.#fd = this.#checked(() => openSync(this.#path, 'w'));
      this.#put(this.#writer.head());
    }
    this.#put(this.#writer.packet({ ...packet, interfaceName: on.name, comment: `${program}: ${verdict}` }));
    if (this.#bytes >= PIECE_BYTES) this.#flush();
  }

  close(): void {
    if (this.#fd === undefined) return;
    try {
      this.#flush();
    } finally {
      closeSync(this.#fd);
    }
  }

  #put(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    const fd = this.#fd;
    if (fd === undefined) return;
    for (let at = 0; at < bytes.length;) at += this.#checked(() => writeSync(fd, bytes, at));
  }

  #checked<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new Failure('host', 'unwritable', `cannot be written (${reason})`, {
        file: basename(this.#path),
      });
    }
  }
}
