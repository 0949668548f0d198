/** How often something that crashes is started again before it is left alone. */

export class RestartBudget {
  readonly #restartsMax: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #restartedAtMs: number[] = [];

  /** At most `restartsMax` restarts in any `windowMs`. */
  constructor(restartsMax: number, windowMs: number, now: () => number = () => performance.now()) {
    this.#restartsMax = restartsMax;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Takes one restart; false where there is none left. */
  take(): boolean {
    const now = this.#now();
    this.#restartedAtMs = this.#restartedAtMs.filter((at) => now - at < this.#windowMs);
    if (this.#restartedAtMs.length >= this.#restartsMax) return false;
    this.#restartedAtMs.push(now);
    return true;
  }
}
