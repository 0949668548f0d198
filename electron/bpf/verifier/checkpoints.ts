/**
 * The states that a walk remembers at the slots where paths meet: when one is kept, what it is compared
 * with, and when it is dropped. Whether one state covers another is prune.ts; what a checkpoint holds is
 * checkpoint.ts; the walk itself is explore.ts.
 */
import { isIteratorNext, type ControlFlow } from './cfg.ts';
import { Checkpoint } from './checkpoint.ts';
import { STEPS_MAX, UNPRIVILEGED_STATES_MAX } from './limits.ts';
import type { Relevance } from './liveness.ts';
import type { LiveStack } from './live-stack.ts';
import { LoopVisits } from './loop-visit.ts';
import { mayGiveMore } from './open-coded-iterator.ts';
import { covers, isSameCall, mayBeSame, type Comparison } from './prune.ts';
import type { State } from './state.ts';
import type { Walk } from './walk.ts';

/** A remembered state that was compared in vain this often for each time it helped is dropped. */
const MISSES_A_HIT = 3;
const LOOP_HEAD_MISSES_A_HIT = 64;
/** Jumps or instructions between states remembered in a loop. */
const LOOP_JUMPS = 20;
const LOOP_STEPS = 100;

export class Checkpoints {
  /** Jumps that were followed. */
  jumps = 0;
  readonly #walk: Walk;
  readonly #flow: ControlFlow;
  readonly #loops: LoopVisits;
  /** The last one remembered, by slot. */
  readonly #bySlot: (Checkpoint | undefined)[];
  readonly #comparison: Comparison;
  #jumpsAtCheckpoint = 0;
  #processedAtCheckpoint = 0;

  constructor(walk: Walk, flow: ControlFlow, relevance: Relevance, liveStack: LiveStack) {
    this.#walk = walk;
    this.#flow = flow;
    this.#loops = new LoopVisits(flow.loopOf);
    this.#bySlot = new Array<Checkpoint | undefined>(walk.program.instructions.length).fill(undefined);
    const { isPrivileged, isBpfCapable, speculation } = walk;
    this.#comparison = { relevance, liveStack, speculation, isPrivileged, isAllPrecise: !isBpfCapable };
  }

  forget(): void {
    this.#bySlot.fill(undefined);
  }

  /** The last state remembered at the slot on the way here, in the same calls: find_prev_entry(). */
  previousEntry(pc: number, { frames }: State, below: number): Checkpoint | undefined {
    for (let each = this.#bySlot[pc]; each !== undefined; each = each.next) {
      if (each.openPaths === 0 || each.depth >= below || each.state.frames.length !== frames.length) continue;
      const areSame = each.state.frames.every((frame, index) => {
        const other = frames[index];
        return other !== undefined && isSameCall(frame, other);
      });
      if (areSame) return each;
    }
    return undefined;
  }

  /**
   * Whether a path from an equal or wider state was walked to its end; remembers this state where not.
   * `processed` counts the instructions that were followed. Hot.
   * When to remember and when to drop what never helps is as in is_state_visited() of Linux 6.18.
   */
  isCovered(pc: number, processed: number): boolean {
    const walk = this.#walk;
    const jumps = this.jumps - this.#jumpsAtCheckpoint;
    const steps = processed - this.#processedAtCheckpoint;
    const isForced = this.#flow.isLoopHead[pc] === 1 || (walk.precision.last?.count ?? 0) > STEPS_MAX;
    let isAdded = isForced || (jumps >= 2 && steps >= 8);
    let kept: Checkpoint | undefined;
    let count = 0;
    for (let each = this.#bySlot[pc]; each !== undefined; each = each.next) {
      if (each.state.frame.callSite !== walk.frame.callSite) {
        kept = each;
        continue;
      }
      count += 1;
      if (this.#isLike(each, pc)) {
        each.hits += 1;
        return true;
      }
      // In a loop that is still being walked, states are worth keeping only now and then.
      if (each.openPaths > 0 && !isForced && jumps < LOOP_JUMPS && steps < LOOP_STEPS) isAdded = false;
      if (isAdded) each.misses += 1;
      const isOpenHead = this.#flow.isLoopHead[pc] === 1 && each.openPaths > 0;
      const allowed = isOpenHead ? LOOP_HEAD_MISSES_A_HIT : MISSES_A_HIT;
      if (each.misses <= allowed * (each.hits + 1)) kept = each;
      else if (kept === undefined) this.#bySlot[pc] = each.next;
      else kept.next = each.next;
    }
    const isFull = !walk.isBpfCapable && count > UNPRIVILEGED_STATES_MAX;
    if (isAdded && !isFull) this.#remember(pc, processed);
    return false;
  }

  /** Whether the path need not be followed beyond here, because of the checkpoint; notes what follows from that. */
  #isLike(checkpoint: Checkpoint, pc: number): boolean {
    const { state, precision } = this.#walk;
    const isOpen = checkpoint.openPaths > 0;
    const isLoop = isOpen || checkpoint.visit?.isIncomplete === true;
    if (isOpen) {
      if (!this.#isConverging(checkpoint, pc)) return false;
    } else if (!covers(checkpoint, state, isLoop ? 'within' : 'marked', this.#comparison)) {
      return false;
    }
    precision.enter(pc, this.#flow.isJumpPoint[pc] === 1);
    const path = precision.path();
    precision.adopt(checkpoint, pc, path);
    if (isLoop) {
      if (checkpoint.visit === undefined) throw new Error(`a loop at ${pc} was not found`);
      checkpoint.visit.add(pc, path, checkpoint);
    }
    return true;
  }

  /** Whether a loop came back to a state it was in, with the checkpoint's paths still open; refuses one that does not end. */
  #isConverging(checkpoint: Checkpoint, pc: number): boolean {
    const { state, program } = this.#walk;
    const instruction = program.instructions[pc];
    if (instruction !== undefined && isIteratorNext(instruction))
      return mayGiveMore(state) && covers(checkpoint, state, 'within', this.#comparison);
    // What a timer calls may set the timer again: no loop of the program.
    if (checkpoint.state.frame.asynchronousEntries !== state.frame.asynchronousEntries) return false;
    const isProgress = checkpoint.state.rounds !== state.rounds;
    if (this.#flow.isLoopHead[pc] === 1 && isProgress)
      return covers(checkpoint, state, 'within', this.#comparison);
    const isSame =
      !isProgress &&
      mayBeSame(checkpoint.state, state) &&
      covers(checkpoint, state, 'same', this.#comparison);
    if (isSame) this.#walk.refuse('infinite-loop', `infinite loop detected at insn ${pc}`);
    return false;
  }

  #remember(pc: number, processed: number): void {
    this.#jumpsAtCheckpoint = this.jumps;
    this.#processedAtCheckpoint = processed;
    const { state, precision } = this.#walk;
    const checkpoint = new Checkpoint(pc, state.copy(), precision.path());
    this.#loops.enter(checkpoint);
    checkpoint.next = this.#bySlot[pc];
    this.#bySlot[pc] = checkpoint;
    precision.begin(checkpoint);
  }
}
