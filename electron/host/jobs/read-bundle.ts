/** One pass over all of a bundle: counts, spans, and how its sources' clocks lie to each other. */
import { Failure } from '../../failure.ts';
import type { Bundle } from '../../trace/bundle/bundle.ts';
import { alignClocks, placedTime, type Alignment, type Placement } from '../../trace/clock/alignment.ts';
import { onOneClock, type OneClock } from '../../trace/clock/one-clock.ts';
import { parseClockSetting, type ClockSetting } from '../../trace/clock/setting.ts';
import { SyncMarkers } from '../../trace/clock/sync-markers.ts';
import type { ClockPair, Ledger, Source } from '../../trace/event.ts';
import { countTypes, type SourceSummary } from '../../trace/summary.ts';
import type { JobControl } from './perform.ts';
import type { RunAnswer, RunJob } from './protocol.ts';

export interface ReadBundle {
  readonly summaries: ReadonlyMap<Source, SourceSummary>;
  readonly alignment: Alignment;
}

/** Reads every source once. Throws Failure `bad-clock`, `unknown-source`, and signal.reason. */
export async function readBundle(
  bundle: Bundle,
  clocks: Readonly<Record<string, string>> | undefined,
  control: JobControl,
): Promise<ReadBundle> {
  const settings = settingsOf(bundle, clocks);
  const summaries = new Map<Source, SourceSummary>();
  const markerPairs = new Map<Source, readonly ClockPair[]>();
  for (const source of bundle.sources) {
    const markers = new SyncMarkers(source.schema, source.clock);
    const options = {
      signal: control.signal,
      onProgress: (fraction: number) => control.onProgress?.('read', fraction, source.ledger.read),
    };
    summaries.set(source, await countTypes(source, options, (batch) => markers.follow(batch)));
    markerPairs.set(source, markers.pairs);
  }
  const { sources, device } = bundle;
  const alignment = alignClocks({ sources, devicePairs: device.clockPairs, markerPairs, settings });
  return { summaries, alignment };
}

export interface RunnableSources {
  /** On one clock. */
  readonly sources: readonly Source[];
  /** First and last event, of those that have any. */
  readonly spans: ReadonlyMap<Source, readonly [bigint, bigint]>;
  /** What has no place on it. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly source: Source;
  readonly events: number;
}

/**
 * Formats that tell all their event types, and whose threads are in which process, before the first event: programs
 * can be attached without a pass. (perf.data tells of threads in records between the others.)
 */
const FORMATS_TOLD_AHEAD = new Set(['trace.dat']);

/** What programs are attached to. One such source alone whose span is known needs no pass. */
export async function runnableSources(
  bundle: Bundle,
  job: Pick<RunJob, 'clocks' | 'spanNs'>,
  control: JobControl,
): Promise<RunnableSources> {
  const [first, ...others] = bundle.sources;
  const isAlone = others.length === 0 && settingsOf(bundle, job.clocks).size === 0;
  const isToldAhead = first !== undefined && FORMATS_TOLD_AHEAD.has(first.format);
  if (isAlone && isToldAhead && job.spanNs !== undefined)
    return { sources: bundle.sources, spans: new Map([[first, job.spanNs]]), leftOut: [] };
  const { alignment, summaries } = await readBundle(bundle, job.clocks, control);
  const { sources, unsynchronised } = onOneClock(alignment);
  return {
    sources,
    spans: spansOf(sources, alignment.placements, summaries),
    leftOut: unsynchronised.map((source) => ({ source, events: summaries.get(source)?.events ?? 0 })),
  };
}

/** The ledger of a source whose events have no place in time beside the others'. */
export function ledgerLeftOut({ source: { ledger } }: LeftOut): Ledger {
  return { ...ledger, read: 0, withoutClock: ledger.withoutClock + ledger.read };
}

/** The sources on one clock, with no pass where they are on one already. Throws as readBundle(). */
export async function sourcesOnOneClock(
  bundle: Bundle,
  clocks: Readonly<Record<string, string>> | undefined,
  control: JobControl,
): Promise<OneClock> {
  const names = new Set(bundle.sources.map(({ clock }) => clock));
  const isOne = names.size === 1 && (bundle.sources.length === 1 || !names.has('unknown'));
  if (isOne && settingsOf(bundle, clocks).size === 0) return { sources: bundle.sources, unsynchronised: [] };
  return onOneClock((await readBundle(bundle, clocks, control)).alignment);
}

/** By the source as it is on the one clock, in the order of the placements that have a place there. */
function spansOf(
  sources: readonly Source[],
  placements: readonly Placement[],
  summaries: ReadonlyMap<Source, SourceSummary>,
): RunnableSources['spans'] {
  const placed = placements.filter(({ offsetNs }) => offsetNs !== undefined);
  return new Map(
    placed.flatMap((placement, index) => {
      const source = sources[index];
      const span = placedSpan(placement, summaries);
      return source === undefined || span === undefined ? [] : [[source, span] as const];
    }),
  );
}

function placedSpan(
  placement: Placement,
  summaries: ReadonlyMap<Source, SourceSummary>,
): RunAnswer['spanNs'] {
  const spanNs = summaries.get(placement.source)?.spanNs;
  if (spanNs === undefined) return undefined;
  const [from, to] = spanNs.map((timeNs) => placedTime(placement, timeNs));
  if (from === undefined || to === undefined) return undefined;
  // Events from before the clock began have no place on it.
  const start = from < 0n ? 0n : from;
  return to < start ? undefined : [start, to];
}

/** What the case file says, and over it what the user says now. */
function settingsOf(
  bundle: Bundle,
  clocks: Readonly<Record<string, string>> | undefined,
): ReadonlyMap<string, ClockSetting> {
  const settings = new Map<string, ClockSetting>();
  const said = [
    { from: 'the case file', clocks: bundle.caseFile?.clocks ?? {} },
    { from: '--clock', clocks: clocks ?? {} },
  ];
  for (const { from, clocks } of said)
    for (const [name, text] of Object.entries(clocks)) {
      const setting = parseClockSetting(text, { file: bundle.name, at: `${from}: ${name}` });
      settings.set(sourceNamed(bundle, name, from), setting);
    }
  return settings;
}

/** By its name, or by the end of its path where that is enough. */
function sourceNamed({ sources, name: file }: Bundle, name: string, at: string): string {
  const names = sources.map((source) => source.name);
  if (names.includes(name)) return name;
  const [only, ...others] = names.filter((each) => each.endsWith(`/${name}`));
  if (only !== undefined && others.length === 0) return only;
  const reason = `no source ${name}; there is ${names.join(', ')}`;
  throw new Failure('bundle', 'unknown-source', reason, { file, at });
}
