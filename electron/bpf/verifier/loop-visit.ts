/**
 * Loops whose rounds come to look alike, one visit each: what is known to matter in a state that was cut
 * within the loop is not complete until every path through the loop ended. As the visits of strongly
 * connected components in Linux 6.18 (maybe_enter_scc(), propagate_backedges()).
 */
import type { Checkpoint, Path } from './checkpoint.ts';
import type { Precision } from './precision.ts';
import type { State } from './state.ts';

/** A path that was cut because its state is like that of a checkpoint of the same loop. */
interface Backedge {
  readonly pc: number;
  readonly path: Path;
  readonly like: Checkpoint;
}

/** Rounds of tracing back before all numbers are taken to matter: MAX_BACKEDGE_ITERS. */
const ROUNDS_MAX = 64;

export class LoopVisit {
  entry: Checkpoint | undefined = undefined;
  #backedges: Backedge[] = [];

  /** Whether what matters in its checkpoints is not known in full yet. */
  get isIncomplete(): boolean {
    return this.#backedges.length > 0;
  }

  add(pc: number, path: Path, like: Checkpoint): void {
    this.#backedges.push({ pc, path, like });
  }

  /** Every path through the loop ended: carries what matters over the cut paths, until nothing is added. */
  finish(precision: Precision): void {
    this.entry = undefined;
    for (let round = 0; this.isIncomplete; round += 1) {
      if (round > ROUNDS_MAX) {
        for (const { path } of this.#backedges) path.parent?.markAllPrecise();
        break;
      }
      let isChanged = false;
      for (const { pc, path, like } of this.#backedges) {
        if (precision.adopt(like, pc, path)) isChanged = true;
      }
      if (!isChanged) break;
    }
    this.#backedges = [];
  }
}

/** The visits under way and past, by loop and the calls that lead to it. */
export class LoopVisits {
  readonly #componentOf: Int32Array;
  readonly #visits = new Map<string, LoopVisit>();

  /** `componentOf`: number of the loop each slot is part of, 0 for none. */
  constructor(componentOf: Int32Array) {
    this.#componentOf = componentOf;
  }

  /** The visit that a new checkpoint belongs to: that of the outermost loop. */
  enter(checkpoint: Checkpoint): void {
    const { state, pc } = checkpoint;
    const visit = this.#visitOf(state, pc);
    if (visit === undefined) return;
    visit.entry ??= checkpoint;
    checkpoint.visit = visit;
  }

  #visitOf({ frames }: State, pc: number): LoopVisit | undefined {
    let key = '';
    for (let index = 0; index < frames.length; index += 1) {
      const slot = frames[index + 1]?.callSite ?? pc;
      const component = this.#componentOf[slot] ?? 0;
      if (component === 0) {
        key += `${slot},`;
        continue;
      }
      key += `:${component}`;
      let visit = this.#visits.get(key);
      if (visit === undefined) this.#visits.set(key, (visit = new LoopVisit()));
      return visit;
    }
    return undefined;
  }
}
