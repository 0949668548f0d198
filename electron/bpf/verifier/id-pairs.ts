/** Ids mean nothing by themselves: two states are alike where those of one can be paired with those of the other. */

/** Pairs ids of the old state with those of the current one, each with one. */
export class IdPairs {
  // Most comparisons end before they meet an id: nothing is allocated for those.
  #byOld: Map<number, number> | undefined;
  #byCurrent: Map<number, number> | undefined;
  #unique = 0;

  matches(old: number, current: number): boolean {
    if (old === 0 && current === 0) return true;
    if (old === 0 || current === 0) return false;
    this.#byOld ??= new Map();
    this.#byCurrent ??= new Map();
    const known = this.#byOld.get(old);
    if (known !== undefined) return known === current;
    if (this.#byCurrent.has(current)) return false;
    this.#byOld.set(old, current);
    this.#byCurrent.set(current, old);
    return true;
  }

  /** Of numbers: one without an id is tied to nothing, as is one whose id no other has. check_scalar_ids(). */
  matchesNumber(old: number, current: number): boolean {
    if (old === 0) return true;
    if (current !== 0) return this.matches(old, current);
    this.#unique -= 1;
    return this.matches(old, this.#unique);
  }
}
