/** Which processes the user stacks were of that programs asked for: a stack that is kept no longer says it. */

export class StackOwners {
  /** One process mostly: a set only where there are more. */
  readonly #processes = new Map<BigUint64Array, number | Set<number>>();

  /** Hot: at every user stack that is asked for. The chains of a recording are the same arrays each time. */
  note(chain: BigUint64Array, tgid: number): void {
    const before = this.#processes.get(chain);
    if (before === tgid) return;
    if (before === undefined) this.#processes.set(chain, tgid);
    else if (typeof before === 'number') this.#processes.set(chain, new Set([before, tgid]));
    else before.add(tgid);
  }

  /** Of every address, all processes that a stack with it was of; -1 among them for one that is not known. */
  byAddress(): ReadonlyMap<bigint, ReadonlySet<number>> {
    const owners = new Map<bigint, Set<number>>();
    for (const [chain, processes] of this.#processes) {
      for (const address of chain) {
        let known = owners.get(address);
        if (known === undefined) owners.set(address, (known = new Set()));
        for (const each of typeof processes === 'number' ? [processes] : processes) known.add(each);
      }
    }
    return owners;
  }
}
