/** A table of flows that forgets the oldest where too many are there. */

/** As many as a machine has ports, some times over. */
const FLOWS_MAX = 262_144;

export class RecentFlows<T> {
  readonly #flows = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#flows.get(key);
  }

  set(key: string, value: T): void {
    if (this.#flows.size >= FLOWS_MAX && !this.#flows.has(key)) {
      const [oldest = ''] = this.#flows.keys();
      this.#flows.delete(oldest);
    }
    this.#flows.set(key, value);
  }

  delete(key: string): void {
    this.#flows.delete(key);
  }
}
