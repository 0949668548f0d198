/**
 * When reads of processes' memory found nothing, by thread: whoever prints what a program put out must tell a text
 * that was empty from one that no source holds.
 */

/** Beyond so many, what is empty counts as not recorded. */
const NOTES_MAX = 1_000_000;

export class UserReads {
  /** By thread, in the order of time. */
  readonly #failed = new Map<number, bigint[]>();
  #count = 0;

  note(tid: number, timeNs: bigint): void {
    this.#count += 1;
    if (this.#count > NOTES_MAX) return;
    const times = this.#failed.get(tid);
    if (times === undefined) this.#failed.set(tid, [timeNs]);
    else if (times.at(-1) !== timeNs) times.push(timeNs);
  }

  /** Whether the thread's last read that failed lies between `sinceNs` and `timeNs`. */
  hasFailed(tid: number, sinceNs: bigint, timeNs: bigint): boolean {
    if (this.#count > NOTES_MAX) return true;
    return this.#failed.get(tid)?.some((failedNs) => failedNs > sinceNs && failedNs <= timeNs) ?? false;
  }
}
