/**
 * One clock for a bundle: which offsets its data itself carries between the clocks of its sources, the best first,
 * and what the user set. A source that nothing relates to the others stays where it is, and is called
 * unsynchronised.
 */
import type { ClockName, ClockPair, Source } from '../event.ts';
import {
  clockMap,
  SAME_NS,
  SAME_SECOND_NS,
  inverseMap,
  isConstant,
  mapThrough,
  type ClockMap,
} from './clock-map.ts';
import type { ClockSetting } from './setting.ts';

/** Where one source's times lie on the bundle's clock. */
export interface Placement {
  readonly source: Source;
  /** The clock its times are on, as the recording or the user says. */
  readonly clock: ClockName;
  /** To be added to its times; undefined where it is unsynchronised. */
  readonly offsetNs: bigint | undefined;
  /** What the offset rests on, step by step; empty where the clock is the bundle's own. */
  readonly origins: readonly string[];
  /** By how much what was said of one step differs, at most: clocks drift apart, or the machine slept. */
  readonly spreadNs: bigint;
  /** From its clock to the bundle's, one after the other; only where its times are not all moved by `offsetNs`. */
  readonly maps?: readonly ClockMap[];
}

export interface Alignment {
  /** The clock that all synchronised sources are put on. */
  readonly clock: ClockName;
  readonly placements: readonly Placement[];
}

/** What relates two clocks: `to` shows `offsetNs` more than `from`. */
interface Relation {
  readonly from: string;
  readonly to: string;
  readonly offsetNs: bigint;
  readonly spreadNs: bigint;
  readonly map: ClockMap;
  readonly origin: string;
  readonly rank: number;
}

/** In the order in which the data is believed; formats are matched by how their names begin. */
const RANKS: readonly string[] = ['perfetto', 'perf', 'trace.dat', 'ftrace', 'kernel log', 'dmesg'];
const RANK_OF_LOGS = RANKS.length;
const RANK_OF_DEVICE = RANK_OF_LOGS + 1;
const RANK_OF_MARKERS = RANK_OF_LOGS + 2;
const RANK_OF_KINSHIP = RANK_OF_LOGS + 3;

/** Clocks that read the scheduler's clock: equal where it is stable, as on all machines of late. */
const SCHEDULER_CLOCKS: readonly string[] = ['local', 'global', 'perf'];

/** Recordings of the kernel go before logs and packets: theirs is the clock that programs know. */
const KERNEL_FORMATS = ['trace.dat', 'ftrace', 'perfetto', 'perf'];

/** A time of the source on the bundle's clock; undefined where it is unsynchronised. */
export function placedTime({ offsetNs, maps }: Placement, timeNs: bigint): bigint | undefined {
  if (offsetNs === undefined) return undefined;
  return maps === undefined ? timeNs + offsetNs : mapThrough(maps, timeNs);
}

export interface AlignmentInput {
  readonly sources: readonly Source[];
  /** What the bundle's context says of the device's clocks. */
  readonly devicePairs: readonly ClockPair[];
  /** From sync lines in trace_marker, by the source they are in. */
  readonly markerPairs: ReadonlyMap<Source, readonly ClockPair[]>;
  /** By the source's name. */
  readonly settings: ReadonlyMap<string, ClockSetting>;
}

/** Places all sources. Pure: the same input gives the same offsets. */
export function alignClocks(input: AlignmentInput): Alignment {
  const clocks = new Map(input.sources.map((source) => [source, clockOf(source, input.settings)]));
  const reference = referenceOf(input.sources);
  const tree = spanningTree(relationsOf(input, clocks));
  const referenceNode = reference === undefined ? '' : nodeOf(clocks.get(reference) ?? '', reference);
  const reached = reach(tree, referenceNode);
  const placements = input.sources.map((source): Placement => {
    const clock = clocks.get(source) ?? source.clock;
    const setting = input.settings.get(source.name);
    if (setting?.kind === 'offset')
      return { source, clock, offsetNs: setting.offsetNs, origins: ['an offset set by hand'], spreadNs: 0n };
    const place = reached.get(nodeOf(clock, source));
    return {
      source,
      clock,
      offsetNs: place?.offsetNs,
      origins: place?.origins ?? [],
      spreadNs: place?.spreadNs ?? 0n,
      ...(place !== undefined && !isConstant(place.maps) && { maps: place.maps }),
    };
  });
  return { clock: reference === undefined ? 'unknown' : (clocks.get(reference) ?? 'unknown'), placements };
}

function clockOf(source: Source, settings: ReadonlyMap<string, ClockSetting>): ClockName {
  const setting = settings.get(source.name);
  return setting?.kind === 'clock' ? setting.clock : source.clock;
}

/** Clocks of one name are one clock of the device; what is not known is nobody else's. */
function nodeOf(clock: ClockName, source: Source): string {
  return clock === 'unknown' ? `unknown clock of ${source.name}` : clock;
}

function referenceOf(sources: readonly Source[]): Source | undefined {
  const rank = (source: Source): number => {
    const at = KERNEL_FORMATS.findIndex((name) => source.format.startsWith(name));
    return at === -1 ? KERNEL_FORMATS.length : at;
  };
  return [...sources].sort((a, b) => rank(a) - rank(b))[0];
}

function relationsOf(input: AlignmentInput, clocks: ReadonlyMap<Source, ClockName>): Relation[] {
  const relations: Relation[] = [];
  for (const source of input.sources) {
    const own = clocks.get(source) ?? source.clock;
    // A pair names the source's clock as the recording does, whatever the user calls it.
    const node = (clock: ClockName): string => nodeOf(clock === source.clock ? own : clock, source);
    const rank = RANKS.findIndex((name) => source.format.startsWith(name));
    relations.push(...joined(source.clockPairs ?? [], node, rank === -1 ? RANK_OF_LOGS : rank, source.name));
    relations.push(...joined(input.markerPairs.get(source) ?? [], node, RANK_OF_MARKERS, source.name));
  }
  relations.push(...joined(input.devicePairs, (clock) => clock, RANK_OF_DEVICE, undefined));
  const present = SCHEDULER_CLOCKS.filter((clock) => [...clocks.values()].includes(clock));
  for (const clock of present.slice(1))
    relations.push({
      from: present[0] ?? clock,
      to: clock,
      offsetNs: 0n,
      spreadNs: 0n,
      map: clockMap([[0n, 0n]]),
      origin: "both read the scheduler's clock",
      rank: RANK_OF_KINSHIP,
    });
  return relations;
}

/** One relation for each two clocks: the first pair's offset, and how far the others are from it. */
function joined(
  pairs: readonly ClockPair[],
  node: (clock: ClockName) => string,
  rank: number,
  file: string | undefined,
): Relation[] {
  const relations = new Map<string, Omit<Relation, 'map'>>();
  const moments = new Map<string, (readonly [bigint, bigint])[]>();
  for (const { clock, timeNs, otherClock, otherTimeNs, origin } of pairs) {
    if (otherClock === 'unknown') continue;
    const [from, to] = [node(clock), node(otherClock)];
    const offsetNs = otherTimeNs - timeNs;
    const key = `${from}\n${to}`;
    const said = moments.get(key);
    if (said === undefined) moments.set(key, [[timeNs, otherTimeNs]]);
    else said.push([timeNs, otherTimeNs]);
    const first = relations.get(key);
    if (first === undefined) {
      const where = file === undefined ? origin : `${origin} in ${file}`;
      relations.set(key, { from, to, offsetNs, spreadNs: 0n, origin: where, rank });
      continue;
    }
    const away = offsetNs > first.offsetNs ? offsetNs - first.offsetNs : first.offsetNs - offsetNs;
    if (away > first.spreadNs) relations.set(key, { ...first, spreadNs: away });
  }
  return [...relations].map(([key, relation]) => ({
    ...relation,
    map: clockMap(moments.get(key) ?? [], file === undefined ? SAME_SECOND_NS : SAME_NS),
  }));
}

/** The best relations that join all that can be joined, and no two ways between the same clocks. */
function spanningTree(relations: readonly Relation[]): readonly Relation[] {
  const group = new Map<string, string>();
  const groupOf = (node: string): string => {
    let at = node;
    for (let next = group.get(at); next !== undefined; next = group.get(at)) at = next;
    return at;
  };
  return [...relations]
    .sort((a, b) => a.rank - b.rank)
    .filter(({ from, to }) => {
      const [a, b] = [groupOf(from), groupOf(to)];
      if (a === b) return false;
      group.set(a, b);
      return true;
    });
}

interface Place {
  /** To be added to the clock's times to be the reference's. */
  readonly offsetNs: bigint;
  readonly spreadNs: bigint;
  readonly origins: readonly string[];
  readonly maps: readonly ClockMap[];
}

function reach(tree: readonly Relation[], reference: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>([[reference, { offsetNs: 0n, spreadNs: 0n, origins: [], maps: [] }]]);
  // A map may be added to while it is walked: what is added is walked too.
  for (const [node, place] of places) {
    for (const { from, to, offsetNs, spreadNs, map, origin } of tree) {
      const other = from === node ? to : to === node ? from : undefined;
      if (other === undefined || places.has(other)) continue;
      places.set(other, {
        offsetNs: from === node ? place.offsetNs - offsetNs : place.offsetNs + offsetNs,
        spreadNs: spreadNs > place.spreadNs ? spreadNs : place.spreadNs,
        origins: [origin, ...place.origins],
        maps: [from === node ? inverseMap(map) : map, ...place.maps],
      });
    }
  }
  return places;
}
