/** What was mapped where in which process and when: mappings as they were told, copied by forks and cleared by exec. */
import type { SourceContext, SourceMapping, SpaceChange } from '../trace/event.ts';
import { COPIED_MAPPINGS_MAX } from './limits.ts';

/** From when until when on the recording's clock; what was there before the recording began has no beginning. */
interface Period {
  readonly mapping: SourceMapping;
  readonly fromNs: bigint;
  toNs: bigint | undefined;
}

const BEFORE = -1n;

export class AddressSpaces {
  readonly #spaces = new Map<number, Period[]>();
  /** Mappings that were not copied any more. */
  copiesCut = 0;
  #copies = 0;

  constructor({ mappings = [], spaceChanges = [] }: Pick<SourceContext, 'mappings' | 'spaceChanges'>) {
    const steps: {
      readonly timeNs: bigint;
      readonly mapping?: SourceMapping;
      readonly change?: SpaceChange;
    }[] = [
      // At one time a program is begun first, and mapped then.
      ...spaceChanges.map((change) => ({ timeNs: change.timeNs, change })),
      ...mappings.map((mapping) => ({ timeNs: mapping.timeNs ?? BEFORE, mapping })),
    ];
    steps.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
    for (const { timeNs, mapping, change } of steps) {
      if (mapping !== undefined)
        this.#spaceOf(mapping.pid).push({ mapping, fromNs: timeNs, toNs: undefined });
      if (change !== undefined) this.#change(change);
    }
  }

  knows(pid: number): boolean {
    return this.#spaces.has(pid);
  }

  /**
   * The latest mapping over the address; at a time the one that was there then. Without a time the process as it was
   * at its end goes before what it had been until it began another program.
   */
  find(pid: number, address: bigint, timeNs?: bigint): SourceMapping | undefined {
    let ended: SourceMapping | undefined;
    const space = this.#spaces.get(pid) ?? [];
    for (let index = space.length - 1; index >= 0; index--) {
      const { mapping, fromNs, toNs } = space[index] as Period;
      if (address < mapping.start || address >= mapping.start + mapping.sizeBytes) continue;
      if (timeNs === undefined) {
        if (toNs === undefined) return mapping;
        ended ??= mapping;
      } else if (fromNs <= timeNs && (toNs === undefined || timeNs < toNs)) return mapping;
    }
    return ended;
  }

  #spaceOf(pid: number): Period[] {
    let space = this.#spaces.get(pid);
    if (space === undefined) this.#spaces.set(pid, (space = []));
    return space;
  }

  /** A process id that comes again is another process: whatever was mapped in it is over. */
  #change({ pid, copyOf, timeNs }: SpaceChange): void {
    const copied = (copyOf === undefined ? [] : (this.#spaces.get(copyOf) ?? [])).filter(
      ({ toNs }) => toNs === undefined,
    );
    const space = this.#spaceOf(pid);
    for (const period of space) period.toNs ??= timeNs;
    for (const { mapping } of copied) {
      if (this.#copies >= COPIED_MAPPINGS_MAX) {
        this.copiesCut += 1;
        continue;
      }
      this.#copies += 1;
      space.push({ mapping, fromNs: timeNs, toNs: undefined });
    }
  }
}
