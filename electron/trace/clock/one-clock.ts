/** The sources of a bundle on its one clock, and those that cannot be put on it. */
import type { Source } from '../event.ts';
import type { Alignment } from './alignment.ts';
import { ShiftedSource } from './shifted-source.ts';

export interface OneClock {
  /** In the bundle's order; a source that need not be moved is itself. */
  readonly sources: readonly Source[];
  readonly unsynchronised: readonly Source[];
}

export function onOneClock({ clock, placements }: Alignment): OneClock {
  return {
    sources: placements.flatMap(({ source, offsetNs, maps }) => {
      if (offsetNs === undefined) return [];
      const isInPlace = offsetNs === 0n && source.clock === clock;
      return [isInPlace ? source : new ShiftedSource(source, clock, offsetNs, maps)];
    }),
    unsynchronised: placements.filter(({ offsetNs }) => offsetNs === undefined).map(({ source }) => source),
  };
}
