/** A CPU that leaves another task than the one it last switched to has lost a switch in between. Hot. */
import { CPUS_MAX } from './limits.ts';

/** No CPU's next task: its first switch, or one behind a loss that was told. */
const UNKNOWN = -2_147_483_648;

export class Switches {
  suspectedLosses = 0;
  readonly #next = new Int32Array(CPUS_MAX + 1).fill(UNKNOWN);

  follow(cpu: number, previous: number, next: number): void {
    const expected = this.#next[cpu] as number;
    if (expected !== UNKNOWN && expected !== previous) this.suspectedLosses += 1;
    this.#next[cpu] = next;
  }

  /** A loss that is told is not suspected as well. */
  forget(cpu: number): void {
    if (cpu <= CPUS_MAX) this.#next[cpu] = UNKNOWN;
  }
}
