/**
 * Every path that was followed, instruction by instruction, with all that was known before each: for a page
 * to show. What an instruction leaves as it was is shared with the step before, to the very array.
 */
import type { Register } from './register.ts';
import type { Frame, Reference, Slot, State } from './state.ts';

/** Steps kept over all paths: at some 200 bytes each, what a process and a page can still hold. */
export const KEPT_STEPS_MAX = 100_000;

export interface KeptFrame {
  /** Number of the function in order of start. */
  readonly subprogram: number;
  /** Slot of the call that made the frame, -1 for the first. */
  readonly callSite: number;
  /** r0 to r10. */
  readonly registers: readonly Register[];
  /** Slot i covers the bytes from r10 - 8(i + 1); what is beyond was never touched. */
  readonly stack: readonly Slot[];
}

/** What is known before the instruction is executed. */
export interface KeptStep {
  readonly instruction: number;
  /** The function that runs last. */
  readonly frames: readonly KeptFrame[];
  /** What must be released before the program ends. */
  readonly references: readonly Reference[];
}

/** How a path ended: the function returned for good, its state was like one followed before, it was refused. */
export type PathEnd = 'returned' | 'like-another' | 'refused' | 'open';

export interface KeptPath {
  /** The step that this path parted at, by number of the path and of the step in it; undefined at an entry. */
  readonly from: PlaceOnPath | undefined;
  readonly steps: readonly KeptStep[];
  /** `open` of the path that was followed when the verification was cut off or gave up. */
  readonly end: PathEnd;
}

export interface PlaceOnPath {
  readonly path: number;
  readonly step: number;
}

export interface KeptPaths {
  /** In the order in which they were followed. */
  readonly paths: readonly KeptPath[];
  /** Steps left out beyond KEPT_STEPS_MAX. */
  readonly cut: number;
}

interface OpenPath {
  readonly from: PlaceOnPath | undefined;
  readonly steps: KeptStep[];
  end: PathEnd;
}

/** Gathers them while a program is walked. */
export class PathKeeper implements KeptPaths {
  readonly paths: OpenPath[] = [];
  cut = 0;
  #count = 0;
  #last: KeptStep | undefined;

  /** The step at hand, for a path that parts here. */
  get place(): PlaceOnPath {
    const path = this.paths.length - 1;
    return { path, step: (this.paths[path]?.steps.length ?? 0) - 1 };
  }

  begin(from: PlaceOnPath | undefined): void {
    this.#last = from === undefined ? undefined : this.paths[from.path]?.steps[from.step];
    this.paths.push({ from, steps: [], end: 'open' });
  }

  /** The instruction is about to be executed in the state. */
  enter(instruction: number, { frames, references }: State): void {
    if (this.#count >= KEPT_STEPS_MAX) {
      this.cut += 1;
      return;
    }
    this.#count += 1;
    const before = this.#last?.frames;
    const step = {
      instruction,
      frames: frames.map((frame, index) => keep(frame, before?.[index])),
      references,
    };
    this.paths.at(-1)?.steps.push(step);
    this.#last = step;
  }

  end(how: PathEnd): void {
    const path = this.paths.at(-1);
    if (path?.end === 'open') path.end = how;
  }
}

/** The frame as it is; where nothing changed, what was kept before. */
function keep({ subprogram, callSite, registers, stack }: Frame, before: KeptFrame | undefined): KeptFrame {
  if (before?.subprogram !== subprogram || before.callSite !== callSite)
    return { subprogram, callSite, registers: registers.slice(), stack: stack.slice() };
  const kept = {
    registers: areSame(registers, before.registers) ? before.registers : registers.slice(),
    stack: areSame(stack, before.stack) ? before.stack : stack.slice(),
  };
  const isSame = kept.registers === before.registers && kept.stack === before.stack;
  return isSame ? before : { subprogram, callSite, ...kept };
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
