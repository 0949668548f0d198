/**
 * A machine's state at an instant: linear memory, which holds all maps' values, and what maps keep outside of it
 * (fault counts, records waiting in perf event arrays), timers, and which objects programs made. What the world beside the machine remembers, the
 * state of its random numbers and effects recorded, is the world's own to keep.
 */
import { Failure } from '../../failure.ts';
import type { LinearMemory } from '../vm/memory.ts';
import type { BpfMap } from './map.ts';

/** What is loaded: a snapshot holds for the maps and programs that were there when it was taken. */
export interface SnapshotSubject {
  readonly memory: LinearMemory;
  readonly timers: { save(): () => void };
  readonly objects: { save(): () => void };
  readonly maps: readonly BpfMap[];
  readonly programs: readonly { runs: number }[];
}

export interface Snapshot {
  /** Of linear memory: what keeping it costs. */
  readonly sizeBytes: number;
  /**
   * As often as one likes. Addresses that were handed out after the snapshot are void. Throws Failure
   * `snapshot-outdated` where maps or programs were added since.
   */
  restore(): void;
}

/** Between runs of programs, not from within one. */
export function takeSnapshot(subject: SnapshotSubject): Snapshot {
  const mapCount = subject.maps.length;
  const runs = subject.programs.map((program) => program.runs);
  const parts = [
    subject.memory.save(),
    subject.timers.save(),
    subject.objects.save(),
    ...subject.maps.map((map) => map.save()),
  ];
  return {
    sizeBytes: subject.memory.end,
    restore() {
      if (subject.maps.length !== mapCount || subject.programs.length !== runs.length) {
        throw new Failure(
          'vm',
          'snapshot-outdated',
          'maps or programs were added to the machine after the snapshot was taken',
        );
      }
      for (const restorePart of parts) restorePart();
      for (const [index, program] of subject.programs.entries()) program.runs = runs[index] ?? 0;
    },
  };
}
