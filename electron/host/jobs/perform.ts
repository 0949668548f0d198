/** What a job does, in whatever thread: a worker of the host, or the command line's own. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';

import { packProbes, readManifest } from '../../packs/manifest.ts';
import { runPack } from '../../packs/run.ts';
import { readToolOptions } from '../../packs/tool-options.ts';
import { readTool } from '../../packs/tool-table.ts';
import type { ToolRun } from '../../packs/tool.ts';
import { openBundle, type Bundle, type OpenBundleOptions } from '../../trace/bundle/bundle.ts';
import type { Placement } from '../../trace/clock/alignment.ts';
import { emptyLedger, type Ledger, type Source } from '../../trace/event.ts';
import { joinSpans, type SourceSummary } from '../../trace/summary.ts';
import type { BundleInfo, LedgerCounts, SourceInfo } from '../contract.ts';
import { outlineOf, outlineRecording } from './outline.ts';
import { openCache, type OpenCache } from '../cache/open-cache.ts';
import { ledgerLeftOut, readBundle, runnableSources } from './read-bundle.ts';
import { parseProbeFiles } from './probe-files.ts';
import { PacketFile } from './packet-file.ts';
import { readObject } from './read-object.ts';
import { secondsOf } from './seconds.ts';
import { symbolFilesAt, symbolUpload } from './symbol-files.ts';
import type { Limits } from '../../replay/limits.ts';
import type { LimitSettings, OpenJob, RunAnswer, RunJob } from './protocol.ts';

export interface JobControl {
  readonly signal?: AbortSignal;
  readonly onProgress?: (
    phase: 'open' | 'read' | 'verify' | 'replay',
    fraction: number,
    events: number,
    /** How far into the recording a replay is, nanoseconds since the first event. */
    elapsedNs?: number,
  ) => void;
  /** Told before a bundle's events are counted. */
  readonly onOutline?: ((info: BundleInfo) => void) | undefined;
}

/** Opens a bundle and reads it once: what is in it, counted. What was told before of the same bytes is told again. */
export async function performOpen(job: OpenJob, control: JobControl = {}): Promise<BundleInfo> {
  const cache = openCache(job.summaryFolder);
  // A hash that is known already is there at once, and with it perhaps all that is asked for.
  const isOutlined = cache?.hashes.knows(job.path) !== true && (await outlineRecording(job, control));
  const counted = isOutlined ? { ...control, onOutline: undefined } : control;
  if (cache === undefined) return describeBundle(job, counted, undefined);
  const { key, info: kept } = await cache.find(job, control);
  if (kept !== undefined) return kept;
  const info = await describeBundle(job, counted, cache);
  // A file that was written to meanwhile is another.
  if (info.sha256 === key.sha256) cache.keep(key, info);
  return info;
}

async function describeBundle(
  job: OpenJob,
  control: JobControl,
  cache: OpenCache | undefined,
): Promise<BundleInfo> {
  const bundle = await openWithProgress(job, control, cache?.hashes.hash);
  try {
    const outline = outlineOf(bundle, job.bundleId);
    if (outline !== undefined) control.onOutline?.(outline);
    const { alignment, summaries } = await readBundle(bundle, job.clocks, control);
    const sources = alignment.placements.map((each) => describeSource(each, summaries));
    const { name, sizeBytes, sha256, caseFile, context, unread } = bundle;
    const { clock } = alignment;
    return { bundleId: job.bundleId, name, sizeBytes, sha256, caseFile, clock, sources, context, unread };
  } finally {
    bundle.close();
  }
}

/** Runs an object, with the manifest's views where there is one, over a bundle. */
export async function performRun(job: RunJob, control: JobControl = {}): Promise<RunAnswer> {
  const objectBytes = readObject(job.objectPath);
  const manifest = job.manifestPath === undefined ? undefined : readManifest(job.manifestPath);
  const tool = toolOf(job);
  const probeFiles = [...packProbes(job.manifestPath, manifest), ...(job.probeFiles ?? [])];
  const bundle = await openWithProgress({ ...job, probeFiles }, control);
  try {
    const { sources, spans, leftOut } = await runnableSources(bundle, job, control);
    const startNs = [...spans.values()].reduce(joinSpans, undefined)?.[0] ?? 0n;
    const packetFile = job.packetsPath === undefined ? undefined : new PacketFile(job.packetsPath);
    const result = await runPack({
      objectBytes,
      objectName: basename(job.objectPath),
      manifest,
      tool,
      sources,
      spans,
      programs: job.programs,
      settings: job.settings,
      attachTargets: job.attachTargets,
      pins: job.pins,
      others: job.others?.map(({ objectPath, manifestPath }) => ({
        ...objectAt(objectPath),
        manifest: manifestPath === undefined ? undefined : readManifest(manifestPath),
      })),
      swaps: job.swaps
        ?.map(({ at, path }) => ({ atNs: secondsOf(at, startNs), ...objectAt(path) }))
        .sort((a, b) => Number(a.atNs - b.atNs)),
      mapFiles: job.mapFiles?.map(({ map, path }) => ({
        map,
        file: basename(path),
        bytes: readObject(path),
      })),
      symbolFiles: [
        ...symbolFilesAt(job.symbolPaths ?? []),
        ...(job.symbolUploads ?? []).map(symbolUpload),
        ...bundle.device.symbolFiles,
      ],
      iterators: job.iterators && {
        atNs: job.iterators.at === undefined ? undefined : secondsOf(job.iterators.at, startNs),
        maps: job.iterators.maps,
      },
      limits: job.limits && limitsOf(job.limits, startNs),
      onPacket: packetFile && ((packet) => packetFile.add(packet)),
      signal: control.signal,
      onProgress: control.onProgress,
    }).finally(() => packetFile?.close());
    const { attached, maps, outputs, outputsCut, faults, missing, histograms, spanNs } = result;
    return {
      object: {
        name: basename(job.objectPath),
        sha256: createHash('sha256').update(objectBytes).digest('hex'),
      },
      bundle: { name: bundle.name, sha256: bundle.sha256 },
      spanNs,
      attached,
      maps,
      outputs,
      outputsCut,
      ledger: sumLedgers([...sources.map((source) => source.ledger), ...leftOut.map(ledgerLeftOut)]),
      faults,
      missing,
      leftOut: leftOut.map(({ source: { name, clock }, events }) => ({ name, clock, events })),
      histograms,
      ...(result.tool && { tool: result.tool }),
      ...(result.flows && { flows: result.flows }),
      ...(result.inPlaceOf && { inPlaceOf: result.inPlaceOf }),
      symbols: result.symbols,
    };
  } finally {
    bundle.close();
  }
}

/** Throws Failure `bad-tool-table`, and `usage` for arguments the table does not know. */
function toolOf({ tool }: RunJob): ToolRun | undefined {
  if (tool === undefined) return undefined;
  const table = readTool(tool.path);
  return { table, options: readToolOptions(table, tool.arguments) };
}

function limitsOf({ from, to, cpus, pids, tids, comms }: LimitSettings, startNs: bigint): Limits {
  return {
    fromNs: from === undefined ? undefined : secondsOf(from, startNs),
    toNs: to === undefined ? undefined : secondsOf(to, startNs),
    cpus: cpus && new Set(cpus),
    pids: pids && new Set(pids),
    tids: tids && new Set(tids),
    comms: comms && new Set(comms),
  };
}

function objectAt(path: string): { objectBytes: Uint8Array; objectName: string } {
  return { objectBytes: readObject(path), objectName: basename(path) };
}

export async function openWithProgress(
  job: Pick<RunJob, 'path' | 'cacheFolder' | 'probeFiles'>,
  { signal, onProgress }: JobControl,
  hashFile?: OpenBundleOptions['hashFile'],
): Promise<Bundle> {
  onProgress?.('open', 0, 0);
  return openBundle(job.path, {
    cacheFolder: job.cacheFolder,
    hashFile,
    logProbes: parseProbeFiles(job.probeFiles ?? []),
    signal,
    onProgress: (fraction) => onProgress?.('open', fraction, 0),
  });
}

function describeSource(
  { source, clock, offsetNs, origins, spreadNs }: Placement,
  summaries: ReadonlyMap<Source, SourceSummary>,
): SourceInfo {
  const { spanNs, counts } = summaries.get(source) ?? { spanNs: undefined, counts: new Float64Array(0) };
  const types = source.schema.types
    .map((type) => ({ name: `${type.system}:${type.name}`, events: counts[type.index] ?? 0 }))
    .filter((type) => type.events > 0)
    .sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1));
  const { name, format, formatDetail } = source;
  const { cpuCount, kernelRelease, machine } = source.context;
  return {
    name,
    format,
    formatDetail,
    clock,
    placement: offsetNs === undefined ? undefined : { offsetNs, origins, spreadNs },
    spanNs,
    cpuCount,
    kernelRelease,
    machine,
    ledger: sumLedgers([source.ledger]),
    types,
  };
}

/** Places are the first of each source's, as many as one ledger keeps. */
export function sumLedgers(ledgers: readonly Ledger[]): LedgerCounts {
  const sum = emptyLedger();
  for (const ledger of ledgers) {
    sum.read += ledger.read;
    sum.dropped += ledger.dropped;
    sum.droppedUncounted += ledger.droppedUncounted;
    sum.unparsed += ledger.unparsed;
    sum.unsupported += ledger.unsupported;
    sum.outOfOrder += ledger.outOfOrder;
    sum.withoutClock += ledger.withoutClock;
    sum.priorState += ledger.priorState;
    sum.suspectedLosses += ledger.suspectedLosses;
    sum.places.push(...ledger.places);
  }
  return sum;
}
