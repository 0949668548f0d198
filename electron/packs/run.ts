/**
 * Running a pack: its object attached to a bundle's sources, replayed once, and its maps and outputs
 * read as the manifest says. Data in, data out: no files, no clock.
 */
import type { TypedValue } from '../bpf/object/typed-value.ts';
import { openObject } from '../bpf/object/open.ts';
import type { ObjectSettings } from '../bpf/object/settings.ts';
import type { BpfMap, MapEntry } from '../bpf/maps/map.ts';
import type { Btf } from '../bpf/object/btf.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import { attachObject, type AttachedObject } from '../replay/attach.ts';
import { replay, type Fault, type Output } from '../replay/engine.ts';
import { HistogramReader, type HeatmapData, type HistogramGroupData } from './histogram.ts';
import type { HistogramManifest, Manifest } from './manifest.ts';
import { loadMapFile } from './map-file.ts';
import { typedBytes, typedCopies } from './map-rows.ts';

/** Columns of a heatmap: 96 lie well on a page 700 px wide, and 96 x 26 cells are what ECharts holds at 60 frames a second. */
const TIME_BINS = 96;

/** Rows of one map that a result carries; the rest are counted. */
const MAP_ROWS_MAX = 10_000;

export interface PackInput {
  readonly objectBytes: Uint8Array;
  readonly objectName: string;
  readonly manifest: Manifest | undefined;
  readonly sources: readonly Source[];
  /** First and last event of the sources, for the heatmaps' bins; none without it. */
  readonly spanNs: readonly [bigint, bigint] | undefined;
  /** What user space sets before load; what a manifest sets gives way to it. */
  readonly settings?: ObjectSettings | undefined;
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
  /** Initial values, by the name of the map. */
  readonly mapFiles?: readonly MapFile[] | undefined;
  /** Programs to attach; by default those the object loads by itself. */
  readonly programs?: readonly string[] | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (phase: 'verify' | 'replay', fraction: number, events: number) => void;
}

export interface MapFile {
  readonly map: string;
  /** For messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface PackMap {
  readonly name: string;
  readonly type: string;
  readonly rows: readonly { readonly key: TypedValue; readonly value: TypedValue }[];
  readonly rowsCut: number;
}

export interface PackOutput {
  readonly stream: string;
  readonly program: string;
  readonly timeNs: bigint;
  readonly value: TypedValue;
}

export interface PackHistogram {
  readonly view: HistogramManifest;
  readonly groups: readonly HistogramGroupData[];
  readonly heatmap: (HeatmapData & { readonly fromNs: bigint; readonly binNs: number }) | undefined;
}

export interface PackResult {
  readonly attached: readonly { readonly program: string; readonly hook: string; readonly events: number }[];
  readonly maps: readonly PackMap[];
  readonly outputs: readonly PackOutput[];
  readonly outputsCut: number;
  readonly faults: readonly (Omit<Fault, 'firstEvent'> & { readonly firstEvent: number | undefined })[];
  readonly missing: readonly { readonly what: string; readonly count: number }[];
  readonly histograms: readonly PackHistogram[];
  readonly events: number;
}

/** Throws Failure for what attach refuses, `bad-view` for a manifest that does not fit the object. */
export async function runPack(input: PackInput): Promise<PackResult> {
  input.onProgress?.('verify', 0, 0);
  const object = openObject(input.objectBytes, input.objectName);
  const attached = await attachObject(object, input.sources, {
    signal: input.signal,
    settings: { ...input.manifest?.settings, ...input.settings },
    attachTargets: input.attachTargets,
    programs: input.programs,
  });
  for (const each of input.mapFiles ?? []) loadInto(attached, each);
  const readers = histogramReaders(attached, input.manifest);
  const bins = timeBins(input.spanNs);
  const result = await replay(attached, {
    signal: input.signal,
    onProgress: (fraction, events) => input.onProgress?.('replay', fraction, events),
    intervals: bins && {
      fromNs: bins.fromNs,
      lengthNs: bins.binNs,
      onEnd: (interval) => readers.forEach((reader) => reader.endInterval(interval)),
    },
  });
  const { btf } = attached.linked;
  return {
    attached: attached.programs.map(({ program, plan, events }) => ({
      program: program.name,
      hook: plan.hook,
      events,
    })),
    maps: attached.maps.map((map) => mapRows(map, btf)),
    outputs: packOutputs(result.outputs, attached, input.manifest),
    outputsCut: result.outputsCut,
    faults: [...result.faults, ...mapFaults(attached)],
    missing: [...attached.moment.missingCounts].map(([what, count]) => ({ what, count })),
    histograms: readers.map((reader) => ({
      view: reader.view,
      groups: reader.groups(),
      heatmap: bins && { ...reader.heatmap(), fromNs: bins.fromNs, binNs: bins.binNs },
    })),
    events: result.events,
  };
}

function loadInto({ maps, linked }: AttachedObject, { map: name, file, bytes }: MapFile): void {
  const map = maps.find(({ definition }) => definition.name === name);
  if (map !== undefined) {
    loadMapFile(map, linked.btf, bytes, file);
    return;
  }
  const known = maps.map(({ definition }) => definition.name).join(', ');
  const reason = `no map ${name}; there is ${known || 'none'}`;
  throw new Failure('pack', 'unknown-map', reason, { file: linked.file });
}

function histogramReaders(attached: AttachedObject, manifest: Manifest | undefined): HistogramReader[] {
  const { btf, file } = attached.linked;
  return (manifest?.views ?? []).map((view) => {
    const map = attached.maps.find((each) => each.definition.name === view.map);
    if (map === undefined || btf === undefined) {
      throw new Failure('pack', 'bad-view', `the object has no map ${view.map} with types`, {
        file,
        at: `view ${view.viewId}`,
      });
    }
    return new HistogramReader(view, map, btf, TIME_BINS);
  });
}

/** Bins that cover the span to its last event. */
function timeBins(
  spanNs: PackInput['spanNs'],
): { readonly fromNs: bigint; readonly binNs: number } | undefined {
  if (spanNs === undefined) return undefined;
  const lengthNs = Number(spanNs[1] - spanNs[0]) + 1;
  return { fromNs: spanNs[0], binNs: Math.ceil(lengthNs / TIME_BINS) };
}

function mapRows(map: BpfMap, btf: Btf | undefined): PackMap {
  const { name, type, keyTypeId, valueTypeId } = map.definition;
  const rows: { key: TypedValue; value: TypedValue }[] = [];
  let rowsCut = 0;
  // An array's key is an index whatever its type is called.
  const isIndexed = keyTypeId === 0 && type.endsWith('array') && map.definition.keySizeBytes === 4;
  const typed =
    type === 'stack_trace'
      ? typedStack
      : ({ key, value }: MapEntry) => ({
          key: isIndexed ? indexOf(key) : typedBytes(btf, keyTypeId, key),
          value: typedCopies(btf, valueTypeId, value, map.valueCopies),
        });
  for (const entry of map.entries()) {
    if (rows.length < MAP_ROWS_MAX) rows.push(typed(entry));
    else rowsCut += 1;
  }
  return { name, type, rows, rowsCut };
}

function indexOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}

/** What a stack-trace map holds is the same for every program: a stack id, and addresses up to the first 0. */
function typedStack({ key, value }: MapEntry): { key: TypedValue; value: TypedValue } {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const addresses: string[] = [];
  for (let at = 0; at + 8 <= value.byteLength; at += 8) {
    const address = view.getBigUint64(at, true);
    if (address === 0n) break;
    addresses.push(`0x${address.toString(16)}`);
  }
  return { key: indexOf(key), value: addresses };
}

/** In the order of time; after them the streams that the manifest orders by a member, largest first. */
function packOutputs(
  outputs: readonly Output[],
  attached: AttachedObject,
  manifest: Manifest | undefined,
): PackOutput[] {
  const streams = manifest?.outputs ?? {};
  const typed = outputs.map((output) => typedOutput(output, attached.linked.btf, manifest));
  const printed = attached.moment.printed.map(({ timeNs, text }) => ({
    stream: 'printk',
    program: '',
    timeNs,
    value: text,
  }));
  const byTime = typed.filter(({ stream }) => streams[stream]?.largestFirst === undefined);
  const bySize = Object.entries(streams).flatMap(([stream, { largestFirst }]) =>
    largestFirst === undefined
      ? []
      : typed
          .filter((output) => output.stream === stream)
          .sort((a, b) => numberOf(b.value, largestFirst) - numberOf(a.value, largestFirst)),
  );
  return [...byTime, ...printed, ...bySize];
}

function numberOf(value: TypedValue, member: string): number {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
  return Number((value as Readonly<Record<string, TypedValue>>)[member] ?? 0);
}

function typedOutput(output: Output, btf: Btf | undefined, manifest: Manifest | undefined): PackOutput {
  const { stream, program, timeNs, bytes } = output;
  const struct = manifest?.outputs[stream]?.type;
  const typeId = struct === undefined ? 0 : (btf?.findStruct(struct)?.id ?? 0);
  return { stream, program, timeNs, value: typedBytes(btf, typeId, bytes) };
}

/** What maps refused: no event is known for these, the map's name stands for the program. */
function mapFaults(attached: AttachedObject): PackResult['faults'] {
  return attached.maps.flatMap((map) =>
    [...map.faults.counts].map(([kind, count]) => ({
      program: map.definition.name,
      kind,
      count,
      firstEvent: undefined,
    })),
  );
}
