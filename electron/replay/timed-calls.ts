/** Calls of programs that no event makes: before the first, after the last, at a time, whenever so much time passed. */
import type { Call, TimedCall } from './hooks/hook.ts';

export interface TimedProgram {
  readonly timed: TimedCall;
  readonly call: Call;
}

interface Waiting extends TimedProgram {
  nextNs: bigint;
}

export class TimedCalls {
  readonly #programs: readonly TimedProgram[];
  readonly #at: (timeNs: bigint, run: () => void) => void;
  #waiting: Waiting[] | undefined;

  /** `at` runs something at a time between events. */
  constructor(programs: readonly TimedProgram[], at: (timeNs: bigint, run: () => void) => void) {
    this.#programs = programs;
    this.#at = at;
  }

  /** When the next is due, once it began; undefined where none is. */
  get nextNs(): bigint | undefined {
    return this.#next()?.nextNs;
  }

  /** Those of the beginning; intervals count from then. What was due before is due now. */
  begin(timeNs: bigint): void {
    if (this.#waiting !== undefined) return;
    this.#waiting = [];
    for (const program of this.#programs) {
      const { when } = program.timed;
      if (when === 'begin') this.#run(program, timeNs);
      else if (when !== 'end') {
        const nextNs = 'everyNs' in when ? timeNs + when.everyNs : when.atNs;
        this.#waiting.push({ ...program, nextNs: nextNs < timeNs ? timeNs : nextNs });
      }
    }
  }

  /** Those that are due until then, each at its own time. */
  runUntil(timeNs: bigint): void {
    for (let next = this.#next(); next !== undefined && next.nextNs <= timeNs; next = this.#next()) {
      this.#run(next, next.nextNs);
      const { when } = next.timed;
      if (typeof when === 'object' && 'everyNs' in when) next.nextNs += when.everyNs;
      else this.#waiting = this.#waiting?.filter((each) => each !== next);
    }
  }

  /** Those of the end, and those whose time never came. */
  end(timeNs: bigint): void {
    this.begin(timeNs);
    const isLate = ({ timed: { when } }: TimedProgram): boolean => typeof when === 'object' && 'atNs' in when;
    for (const late of this.#waiting?.filter(isLate) ?? []) this.#run(late, timeNs);
    this.#waiting = [];
    for (const program of this.#programs) if (program.timed.when === 'end') this.#run(program, timeNs);
  }

  #run({ timed, call }: TimedProgram, timeNs: bigint): void {
    this.#at(timeNs, () => timed.drive(call));
  }

  /** The one that is due first; of those due together the one named first. */
  #next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const each of this.#waiting ?? [])
      if (first === undefined || each.nextNs < first.nextNs) first = each;
    return first;
  }
}
