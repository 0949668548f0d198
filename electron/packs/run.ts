/**
 * Running a pack: its object attached to a bundle's sources, replayed once, and its maps and outputs
 * read as the manifest says. Data in, data out: no files, no clock.
 */
import type { TypedValue } from '../bpf/object/typed-value.ts';
import { openObject, type ObjectFile } from '../bpf/object/open.ts';
import type { ObjectSettings } from '../bpf/object/settings.ts';
import type { BpfMap, MapEntry } from '../bpf/maps/map.ts';
import type { Btf } from '../bpf/object/btf.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import { joinSpans } from '../trace/summary.ts';
import { attachObject, type AttachedObject } from '../replay/attach.ts';
import type { AnsweredPacket } from '../replay/hooks/packet.ts';
import type { FlowsResult } from '../replay/hooks/congestion.ts';
import type { PacketCounts } from '../replay/hooks/packet-counts.ts';
import type { IteratorSettings } from '../replay/hooks/hook.ts';
import type { Limits } from '../replay/limits.ts';
import { replay, type Swap } from '../replay/engine.ts';
import type { Fault } from '../replay/faults.ts';
import { fieldsKnown } from '../replay/kernel/objects/recorded-fields.ts';
import { takeOver } from '../replay/shared-maps.ts';
import { HistogramReader, type HeatmapData, type HistogramGroupData } from './histogram.ts';
import { iteratorText, type IteratorText } from './iterator-text.ts';
import type { HistogramManifest, Manifest } from './manifest.ts';
import { loadMapFile } from './map-file.ts';
import { typedBytes, typedCopies } from './map-rows.ts';
import { Symboliser, type SymbolFacts } from '../symbols/symboliser.ts';
import type { SymbolCandidate } from '../symbols/symbol-files.ts';
import { stackRow, type AddressOwners } from './stack-rows.ts';
import { declaredOutputs, packOutputs, type PackOutput } from './outputs.ts';
import { fieldsThatMayLack, printTool, toolPrograms, type ToolRun } from './tool.ts';
import { leftOutByTool, withoutPrograms } from './variants.ts';

/** Columns of a heatmap: 96 lie well on a page 700 px wide, and 96 x 26 cells are what ECharts holds at 60 frames a second. */
const TIME_BINS = 96;

/** Rows of one map that a result carries; the rest are counted. */
const MAP_ROWS_MAX = 10_000;

export interface PackInput {
  readonly objectBytes: Uint8Array;
  readonly objectName: string;
  readonly manifest: Manifest | undefined;
  readonly sources: readonly Source[];
  /** First and last event of each source that has any: heatmaps cover those that programs see. */
  readonly spans: ReadonlyMap<Source, readonly [bigint, bigint]>;
  /** What user space sets before load; what a manifest sets gives way to it. */
  readonly settings?: ObjectSettings | undefined;
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
  /** Names that maps are pinned under, by the map's name, in whichever objects have it. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
  /** Objects that run beside it; they share what they pin under one name. */
  readonly others?: readonly OtherObject[] | undefined;
  /** Versions of the object that take its place at a time, with its maps; in order of time. */
  readonly swaps?: readonly SwapInput[] | undefined;
  /** Initial values, by the name of the map. */
  readonly mapFiles?: readonly MapFile[] | undefined;
  /** Programs to attach; by default those the object loads by itself. */
  readonly programs?: readonly string[] | undefined;
  /** The libbpf tool that the object is of: how it is loaded, and what it prints. */
  readonly tool?: ToolRun | undefined;
  /** Programs are called for these events alone. */
  readonly limits?: Limits | undefined;
  /** Files that may have symbols of what processes mapped. */
  readonly symbolFiles?: readonly SymbolCandidate[] | undefined;
  /** How iterators are read. */
  readonly iterators?: IteratorSettings | undefined;
  /** Takes each packet as a program left it. */
  readonly onPacket?: ((packet: AnsweredPacket) => void) | undefined;
  readonly signal?: AbortSignal;
  /** `elapsedNs` of the recording, since its first event. */
  readonly onProgress?: (
    phase: 'verify' | 'replay',
    fraction: number,
    events: number,
    elapsedNs?: number,
  ) => void;
}

export interface MapFile {
  readonly map: string;
  /** For messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Another object of the same replay. */
export interface OtherObject {
  readonly objectBytes: Uint8Array;
  readonly objectName: string;
  /** Its own, where it is a pack: its views come after the first's. */
  readonly manifest?: Manifest | undefined;
}

export interface SwapInput extends Omit<OtherObject, 'manifest'> {
  /** On the replay's clock. */
  readonly atNs: bigint;
}

export interface PackMap {
  readonly name: string;
  readonly type: string;
  readonly rows: readonly { readonly key: TypedValue; readonly value: TypedValue }[];
  readonly rowsCut: number;
}

export interface PackHistogram {
  readonly view: HistogramManifest;
  readonly groups: readonly HistogramGroupData[];
  readonly heatmap: (HeatmapData & { readonly fromNs: bigint; readonly binNs: number }) | undefined;
}

/** What became of the packets of a capture. */
export interface PacketTotals extends Omit<PacketCounts, 'verdicts' | 'flows'> {
  readonly verdicts: Readonly<Record<string, number>>;
  readonly flows?: FlowTotals;
}

/** What a flow dissector found: the keys of most packets first. */
export interface FlowTotals {
  readonly rows: readonly { readonly keys: string; readonly packets: number }[];
  /** Packets of keys that are not among them. */
  readonly packetsCut: number;
}

export interface PackResult {
  readonly attached: readonly {
    readonly program: string;
    readonly hook: string;
    readonly events: number;
    readonly object: string;
    readonly packets?: PacketTotals;
    /** Of an iterator. */
    readonly text?: IteratorText;
    /** When it took the place of another version; undefined where it ran from the start. */
    readonly fromNs?: bigint;
  }[];
  readonly maps: readonly PackMap[];
  readonly outputs: readonly PackOutput[];
  readonly outputsCut: number;
  readonly faults: readonly Fault[];
  readonly missing: readonly { readonly what: string; readonly count: number }[];
  readonly histograms: readonly PackHistogram[];
  /** What congestion controls chose, flow by flow; absent where none is attached. */
  readonly flows?: FlowsResult;
  /** Programs that were not attached, because others of the tool are in their place. */
  readonly inPlaceOf?: readonly string[];
  readonly events: number;
  /** From the first to the last event of the sources that programs are attached to. */
  readonly spanNs: readonly [bigint, bigint] | undefined;
  /** What the tool prints, where the object is one's. */
  readonly tool?: PackTool;
  /** What of the stacks that are shown has no name, where any are. */
  readonly symbols?: SymbolFacts;
}

export interface PackTool {
  readonly name: string;
  readonly lines: readonly string[];
  /** Programs left out as on a kernel without their tracepoint. */
  readonly withoutEvent: readonly string[];
}

/** Throws Failure for what attach refuses, `bad-view` for a manifest that does not fit the object. */
export async function runPack(input: PackInput): Promise<PackResult> {
  input.onProgress?.('verify', 0, 0);
  const object = openObject(input.objectBytes, input.objectName);
  const otherObjects = (input.others ?? []).map((each) => openObject(each.objectBytes, each.objectName));
  checkPins([object, ...otherObjects], input.pins);
  const tool = input.tool && { ...input.tool, ...toolPrograms(input.tool, object, input.sources) };
  const named = input.programs ?? tool?.attached;
  const settings = { ...input.manifest?.settings, ...tool?.options.settings, ...input.settings };
  const attach = (leftOut: readonly string[]): Promise<AttachedObject> =>
    attachObject(object, input.sources, {
      signal: input.signal,
      settings: { ...settings, ...withoutPrograms(leftOut) },
      attachTargets: { ...input.manifest?.attach, ...input.attachTargets },
      programs: named,
      allowMissing: tool && fieldsThatMayLack(tool),
      iterators: input.iterators,
      pins: pinsOf(object, input.pins),
    });
  const ways = named === undefined ? leftOutByTool(object, settings) : [];
  const { attached, leftOut } = await firstAttached(ways, attach);
  attached.moment.onPacket = input.onPacket;
  const others: AttachedObject[] = [];
  for (const [index, other] of otherObjects.entries()) {
    const pins = pinsOf(other, input.pins);
    const manifest = input.others?.[index]?.manifest;
    others.push(
      await attachObject(other, input.sources, {
        beside: attached,
        pins,
        settings: manifest?.settings,
        attachTargets: { ...manifest?.attach, ...input.attachTargets },
        iterators: input.iterators,
        signal: input.signal,
      }),
    );
  }
  const swaps = await attachSwaps(attached, input);
  for (const each of input.mapFiles ?? []) loadInto(attached, each);
  const readers = [
    ...histogramReaders(attached, input.manifest),
    ...others.flatMap((other, index) => histogramReaders(other, input.others?.[index]?.manifest)),
  ];
  const seen = seenBy([attached, ...others, ...swaps.map(({ object: each }) => each)]);
  const spanNs = [...seen].map((source) => input.spans.get(source)).reduce(joinSpans, undefined);
  const bins = timeBins(spanNs);
  const result = await replay(attached, {
    others,
    swaps,
    limits: input.limits,
    signal: input.signal,
    onProgress: (fraction, events, timeNs) =>
      input.onProgress?.('replay', fraction, events, Number(timeNs - (spanNs?.[0] ?? timeNs))),
    intervals: bins && {
      fromNs: bins.fromNs,
      lengthNs: bins.binNs,
      onEnd: (interval) => readers.forEach((reader) => reader.endInterval(interval)),
    },
  });
  const beside = [...others, ...swaps.map(({ object: each }) => each)];
  const names = await stackNames([attached, ...beside], input);
  const { btf } = attached.linked;
  const known = fieldsKnown(input.sources);
  const lines =
    tool &&
    printTool(
      tool,
      attached,
      result.outputs,
      {
        isUnread: (...when) => attached.moment.userReads.hasFailed(...when),
        lacks: (field) => !known.has(field),
      },
      names?.symbols,
    );
  // Counted are the addresses that are shown: of a tool, those that it prints.
  const ofTool = tool && names?.symbols.facts();
  // Of a struct of functions nobody reads the bytes.
  const shown = attached.maps.filter(({ definition }) => definition.structOps === undefined);
  const maps = [...shown.map((map) => mapRows(map, btf, names)), ...ownMaps(attached, beside, names)];
  return {
    attached: [...programsOf(attached), ...others.flatMap(programsOf), ...swaps.flatMap(swapped)],
    maps,
    outputs: packOutputs(
      result.outputs,
      [attached, ...others, ...swaps.map(({ object: each }) => each)],
      declaredOutputs([input.manifest, ...(input.others ?? []).map(({ manifest }) => manifest)]),
    ),
    outputsCut: result.outputsCut + attached.moment.textsCut,
    faults: [...result.faults, ...mapFaults([attached, ...beside], result.faults)],
    missing: [...attached.moment.missingCounts].map(([what, count]) => ({ what, count })),
    histograms: readers.map((reader) => ({
      view: reader.view,
      groups: reader.groups(),
      heatmap: bins && { ...reader.heatmap(), fromNs: bins.fromNs, binNs: bins.binNs },
    })),
    ...flowsOf([attached, ...others]),
    ...(leftOut.length > 0 && { inPlaceOf: leftOut }),
    spanNs,
    events: result.events,
    ...(names && { symbols: ofTool ?? names.symbols.facts() }),
    ...(tool && {
      tool: {
        name: tool.table.tool,
        lines: lines ?? [],
        withoutEvent: tool.withoutEvent,
      },
    }),
  };
}

interface StackNames {
  readonly symbols: Symboliser;
  readonly owners: AddressOwners;
}

/** undefined where nothing holds stacks: files of symbols are not opened for nothing. */
async function stackNames(
  objects: readonly AttachedObject[],
  { sources, symbolFiles }: PackInput,
): Promise<StackNames | undefined> {
  if (!objects.some(({ maps }) => maps.some(({ definition }) => definition.type === 'stack_trace')))
    return undefined;
  const owners = objects[0]?.moment.stackOwners.byAddress() ?? new Map<bigint, ReadonlySet<number>>();
  return { symbols: await Symboliser.open(sources, symbolFiles ?? []), owners };
}

/** Throws Failure `unknown-map` where no object has a map that is to be pinned. */
function checkPins(objects: readonly ObjectFile[], pins: PackInput['pins']): void {
  for (const name of Object.keys(pins ?? {})) {
    if (objects.some(({ maps }) => maps.some(({ definition }) => definition.name === name))) continue;
    const known = objects.flatMap(({ maps }) => maps.map(({ definition }) => definition.name)).join(', ');
    const file = objects.map((each) => each.file).join(', ');
    throw new Failure('pack', 'unknown-map', `no map ${name} to pin; there is ${known || 'none'}`, { file });
  }
}

function pinsOf({ maps }: ObjectFile, pins: PackInput['pins']): Readonly<Record<string, string>> {
  const has = (name: string): boolean => maps.some(({ definition }) => definition.name === name);
  return Object.fromEntries(Object.entries(pins ?? {}).filter(([name]) => has(name)));
}

/** The first way that attaches; with none, all there is. Throws what the last is refused for. */
async function firstAttached(
  ways: readonly (readonly string[])[],
  attach: (leftOut: readonly string[]) => Promise<AttachedObject>,
): Promise<{ readonly attached: AttachedObject; readonly leftOut: readonly string[] }> {
  const last = ways.at(-1) ?? [];
  for (const leftOut of ways.slice(0, -1)) {
    try {
      return { attached: await attach(leftOut), leftOut };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  return { attached: await attach(last), leftOut: last };
}

/** Programs of the same names, proved and loaded before any event is read. */
async function attachSwaps(attached: AttachedObject, input: PackInput): Promise<Swap[]> {
  const swaps: Swap[] = [];
  let replaced = attached;
  for (const { atNs, objectBytes, objectName } of input.swaps ?? []) {
    const object = await attachObject(openObject(objectBytes, objectName), input.sources, {
      beside: replaced,
      sharedMaps: takeOver(replaced.maps),
      programs: input.programs,
      iterators: input.iterators,
      attachTargets: { ...input.manifest?.attach, ...input.attachTargets },
      signal: input.signal,
    });
    swaps.push({ atNs, object });
    replaced = object;
  }
  return swaps;
}

function programsOf({ programs, linked }: AttachedObject): PackResult['attached'][number][] {
  return programs.map(({ program, plan, events }) => ({
    program: program.name,
    hook: plan.hook,
    events,
    object: linked.file,
    ...(plan.packets && { packets: packetTotals(plan.packets) }),
    ...(plan.sequence && { text: iteratorText(plan.sequence) }),
  }));
}

/** The programs of an object share what they chose. */
function flowsOf(objects: readonly AttachedObject[]): Pick<PackResult, 'flows'> {
  const chosen = new Set(objects.flatMap(({ programs }) => programs.flatMap(({ plan }) => plan.flows ?? [])));
  if (chosen.size === 0) return {};
  const series = [...chosen].flatMap((each) => each.series);
  return { flows: { series, flowsCut: [...chosen].reduce((sum, { flowsCut }) => sum + flowsCut, 0) } };
}

function packetTotals({ verdicts, flows, ...counts }: PacketCounts): PacketTotals {
  const rows = [...(flows?.keys ?? [])]
    .map(([keys, packets]) => ({ keys, packets }))
    .sort((a, b) => b.packets - a.packets || (a.keys < b.keys ? -1 : 1));
  return {
    ...counts,
    verdicts: Object.fromEntries([...verdicts].sort()),
    ...(flows && { flows: { rows, packetsCut: flows.beyond } }),
  };
}

function swapped({ atNs, object }: Swap): PackResult['attached'][number][] {
  return programsOf(object).map((each) => ({ ...each, fromNs: atNs }));
}

/** Maps that the first object does not have, each once; named after their object where the name is taken. */
function ownMaps(
  first: AttachedObject,
  others: readonly AttachedObject[],
  stackNames: StackNames | undefined,
): PackMap[] {
  const shown = new Set(first.maps);
  const names = new Set(first.maps.map(({ definition }) => definition.name));
  return others.flatMap(({ maps, linked }) =>
    maps.flatMap((map) => {
      if (shown.has(map)) return [];
      shown.add(map);
      const rows = mapRows(map, linked.btf, stackNames);
      const name = names.has(rows.name) ? `${linked.file}: ${rows.name}` : rows.name;
      names.add(name);
      return [{ ...rows, name }];
    }),
  );
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

function seenBy(objects: readonly AttachedObject[]): Set<Source> {
  const programs = objects.flatMap((each) => each.programs);
  return new Set(programs.flatMap(({ plan }) => plan.attachments.map(({ source }) => source)));
}

/** Bins that cover the span to its last event. */
function timeBins(
  spanNs: PackResult['spanNs'],
): { readonly fromNs: bigint; readonly binNs: number } | undefined {
  if (spanNs === undefined) return undefined;
  const lengthNs = Number(spanNs[1] - spanNs[0]) + 1;
  return { fromNs: spanNs[0], binNs: Math.ceil(lengthNs / TIME_BINS) };
}

function mapRows(map: BpfMap, btf: Btf | undefined, names: StackNames | undefined): PackMap {
  const { name, type, keyTypeId, valueTypeId } = map.definition;
  const rows: { key: TypedValue; value: TypedValue }[] = [];
  let rowsCut = 0;
  // An array's key is an index whatever its type is called.
  const isIndexed = keyTypeId === 0 && type.endsWith('array') && map.definition.keySizeBytes === 4;
  const typed =
    type === 'stack_trace' && names !== undefined
      ? (entry: MapEntry) => stackRow(entry, names.symbols, names.owners)
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

/** In the order of time; after them the streams that the manifest orders by a member, largest first. */

/** What maps lost beside those faults, within compiled code: of no known event, and the map's name stands for the program. */
function mapFaults(objects: readonly AttachedObject[], counted: readonly Fault[]): readonly Fault[] {
  return [...new Set(objects.flatMap(({ maps }) => maps))].flatMap((map) => {
    const { name } = map.definition;
    return [...map.faults.counts].flatMap(([kind, count]) =>
      counted.some((fault) => fault.kind === kind && fault.detail === name)
        ? []
        : [{ program: name, kind, count, firstEvent: undefined }],
    );
  });
}
