/** Names and thread groups of the tasks that the lines name. Hot: note() runs per line. */
import { TASKS_MAX } from './limits.ts';

const LESS = 0x3c;

export class Tasks {
  readonly comms = new Map<number, string>();
  readonly tgids = new Map<number, number>();
  /** By a hash of the thread id: thread id, hash of its name, thread group. */
  readonly #seen = new Int32Array(3 * 4096).fill(-1);

  /** The line says that thread `tid` is called so, and belongs to `tgid` (-1 where it does not say). */
  note(bytes: Uint8Array, start: number, end: number, tid: number, tgid: number): void {
    // `<idle>` and `<...>` are no names.
    if (bytes[start] === LESS) return;
    let hash = 0;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = 3 * ((tid ^ (tid >>> 12)) & 4095);
    const seen = this.#seen;
    if (seen[slot] === tid && seen[slot + 1] === hash && seen[slot + 2] === tgid) return;
    seen[slot] = tid;
    seen[slot + 1] = hash;
    seen[slot + 2] = tgid;
    if (this.comms.size >= TASKS_MAX && !this.comms.has(tid)) return;
    this.comms.set(tid, Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
    if (tgid >= 0) this.tgids.set(tid, tgid);
  }
}
