/** What `--json` prints: stable names, times as numbers where a double holds them exactly, else decimal strings. */
import type {
  BundleInfo,
  FieldValue,
  IteratorText,
  FlowsView,
  FlowView,
  LedgerCounts,
  PacketTotals,
  RunFault,
  RunResult,
  SourceInfo,
} from '../host/contract.ts';

export type JsonTime = number | string;

export interface RunJson {
  readonly bundle: string;
  readonly object: string;
  readonly attached: readonly {
    readonly program: string;
    readonly hook: string;
    readonly events: number;
    readonly object?: string;
    readonly fromNs?: JsonTime;
    readonly packets?: PacketTotals;
    readonly text?: IteratorText;
  }[];
  readonly maps: RunResult['maps'];
  readonly outputs: readonly {
    readonly stream: string;
    readonly program: string;
    readonly timeNs: JsonTime;
    readonly value: FieldValue;
    readonly type?: string;
  }[];
  readonly outputsCut: number;
  readonly flows?: FlowsJson;
  readonly inPlaceOf?: RunResult['inPlaceOf'];
  readonly ledger: LedgerCounts;
  readonly faults: readonly RunFault[];
  readonly missing: RunResult['missing'];
  readonly symbols: RunResult['symbols'];
  readonly leftOut: NonNullable<RunResult['leftOut']>;
}

/** Windows in segments; null where there is no bound, or none is known. */
export interface FlowsJson {
  readonly flowsCut: number;
  readonly series: readonly (Omit<FlowView, 'points' | 'chosen' | 'recorded'> & {
    readonly chosen: FlowView['chosen'] | null;
    readonly recorded: FlowView['recorded'] | null;
    readonly points: readonly {
      readonly timeNs: JsonTime;
      readonly acknowledged: number;
      readonly cwnd: number;
      readonly ssthresh: number | null;
      readonly recordedCwnd: number | null;
    }[];
  })[];
}

function flowsJson({ series, flowsCut }: FlowsView): FlowsJson {
  return {
    flowsCut,
    series: series.map(({ points, chosen, recorded, ...facts }) => ({
      ...facts,
      chosen: chosen ?? null,
      recorded: recorded ?? null,
      points: points.map(({ timeNs, acknowledged, cwnd, ssthresh, recordedCwnd }) => ({
        timeNs: toJsonTime(timeNs),
        acknowledged,
        cwnd,
        ssthresh: ssthresh ?? null,
        recordedCwnd: recordedCwnd ?? null,
      })),
    })),
  };
}

export function toRunJson(run: RunResult, bundleName: string, objectName: string): RunJson {
  return {
    bundle: bundleName,
    object: objectName,
    attached: run.attached.map(({ program, hook, events, object, fromNs, packets, text }) => ({
      program,
      hook,
      events,
      ...(object === undefined ? {} : { object }),
      ...(fromNs === undefined ? {} : { fromNs: toJsonTime(fromNs) }),
      ...(packets && { packets }),
      ...(text && { text }),
    })),
    maps: run.maps.map(({ name, type, rows, rowsCut }) => ({ name, type, rows, rowsCut })),
    outputs: run.outputs.map(({ stream, program, timeNs, value, type }) => ({
      stream,
      program,
      timeNs: toJsonTime(timeNs),
      value,
      ...(type === undefined ? {} : { type }),
    })),
    outputsCut: run.outputsCut,
    ...(run.flows && { flows: flowsJson(run.flows) }),
    ...(run.inPlaceOf && { inPlaceOf: run.inPlaceOf }),
    ledger: run.ledger,
    faults: run.faults,
    missing: run.missing,
    symbols: run.symbols,
    leftOut: run.leftOut ?? [],
  };
}

export interface InfoJson {
  readonly bundle: string;
  readonly sha256: string;
  readonly case: BundleInfo['caseFile'] | null;
  /** The clock that sources are put on. */
  readonly clock: string;
  readonly sources: readonly SourceJson[];
  readonly context: BundleInfo['context'];
  readonly unread: BundleInfo['unread'];
}

interface SourceJson extends Pick<
  SourceInfo,
  'name' | 'format' | 'formatDetail' | 'clock' | 'cpuCount' | 'ledger' | 'types'
> {
  readonly kernelRelease: string | null;
  readonly machine: string | null;
  readonly span: readonly [JsonTime, JsonTime] | null;
  /** What puts its times on the bundle's clock; null where it is unsynchronised. */
  readonly onClock: {
    readonly offsetNs: JsonTime;
    readonly origins: readonly string[];
    readonly spreadNs: JsonTime;
  } | null;
}

export function toInfoJson(bundle: BundleInfo): InfoJson {
  return {
    bundle: bundle.name,
    sha256: bundle.sha256,
    case: bundle.caseFile ?? null,
    clock: bundle.clock,
    sources: bundle.sources.map((source) => ({
      name: source.name,
      format: source.format,
      formatDetail: source.formatDetail,
      clock: source.clock,
      cpuCount: source.cpuCount,
      kernelRelease: source.kernelRelease ?? null,
      machine: source.machine ?? null,
      span: source.spanNs === undefined ? null : [toJsonTime(source.spanNs[0]), toJsonTime(source.spanNs[1])],
      onClock: placementJson(source),
      ledger: source.ledger,
      types: source.types,
    })),
    context: bundle.context,
    unread: bundle.unread,
  };
}

function placementJson({ placement }: SourceInfo): SourceJson['onClock'] {
  if (placement === undefined) return null;
  const { offsetNs, origins, spreadNs } = placement;
  return { offsetNs: toJsonTime(offsetNs), origins, spreadNs: toJsonTime(spreadNs) };
}

export function toJsonTime(timeNs: bigint): JsonTime {
  const number = Number(timeNs);
  return Number.isSafeInteger(number) ? number : timeNs.toString();
}
