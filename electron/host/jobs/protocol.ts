/**
 * What a job's worker thread is told and what it answers. A job is one import or one replay in a
 * thread of its own: a crash costs that job, and cancelling is a flag in shared memory that the
 * worker looks at between pieces of work.
 */
import type {
  AttachAnswer,
  BundleInfo,
  EventsAnswer,
  HostFailure,
  LogsAnswer,
  MapResult,
  OutputRecord,
  RunFault,
  RunResult,
} from '../contract.ts';
import type { PackHistogram } from '../../packs/run.ts';

export interface OpenJob {
  readonly kind: 'open';
  readonly bundleId: string;
  readonly path: string;
  readonly cacheFolder: string | undefined;
  /** Where what was told is kept for the next time; nothing is where there is none. */
  readonly summaryFolder?: string | undefined;
  /** What the user says of sources' clocks, by their names, beside the case file: `+1.5s`, `boot`. */
  readonly clocks?: Readonly<Record<string, string>> | undefined;
}

/** Log probes as YAML, beside those of the bundle. */
export interface ProbeFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Times as `at` of swaps. */
export interface LimitSettings {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cpus?: readonly number[] | undefined;
  readonly pids?: readonly number[] | undefined;
  readonly tids?: readonly number[] | undefined;
  readonly comms?: readonly string[] | undefined;
}

export interface RunJob {
  readonly kind: 'run';
  readonly path: string;
  readonly cacheFolder: string | undefined;
  /** As an open job's. */
  readonly clocks?: Readonly<Record<string, string>> | undefined;
  readonly objectPath: string;
  readonly manifestPath: string | undefined;
  /** The table of the libbpf tool that the object is of, and the arguments it would be given. */
  readonly tool?: { readonly path: string; readonly arguments: readonly string[] } | undefined;
  readonly probeFiles?: readonly ProbeFile[] | undefined;
  /** Programs of the object to attach; by default those it loads by itself. */
  readonly programs?: readonly string[] | undefined;
  /** What user space sets before load, as text: variables, sizes of maps, which programs load. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
  /** Files of initial values, by the name of the map. */
  readonly mapFiles?: readonly { readonly map: string; readonly path: string }[] | undefined;
  /** Names that maps are pinned under, by the map's name. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
  /** When iterators are read, as `at` of swaps, and by program the map whose elements it goes through. */
  readonly iterators?:
    | { readonly at?: string | undefined; readonly maps?: Readonly<Record<string, string>> | undefined }
    | undefined;
  /** Programs are called for these events alone. */
  readonly limits?: LimitSettings | undefined;
  /** A pcapng file to write what programs left of packets to. */
  readonly packetsPath?: string | undefined;
  /** Files and folders that may have symbols of what processes mapped, beside those of the bundle. */
  readonly symbolPaths?: readonly string[] | undefined;
  /** Files that a page handed over for their symbols, under their own names; without a path, one that is not held any more. */
  readonly symbolUploads?:
    readonly { readonly name: string; readonly path: string | undefined }[] | undefined;
  /** Objects that run beside it. */
  readonly others?:
    readonly { readonly objectPath: string; readonly manifestPath: string | undefined }[] | undefined;
  /** Versions of the object that take its place: `at` in seconds of the recording's clock, `+` before it counts from the first event. */
  readonly swaps?: readonly { readonly at: string; readonly path: string }[] | undefined;
  /** From the open job, so that the replay is the only pass; undefined makes the run count first, as several sources do. */
  readonly spanNs: readonly [bigint, bigint] | undefined;
}

/** What a run would attach, without running. */
export interface ExplainJob extends Pick<
  RunJob,
  | 'path'
  | 'cacheFolder'
  | 'clocks'
  | 'objectPath'
  | 'manifestPath'
  | 'settings'
  | 'attachTargets'
  | 'probeFiles'
> {
  readonly kind: 'explain';
}

/** Counts what the logs of a bundle hold. */
export interface LogsJob {
  readonly kind: 'logs';
  readonly path: string;
  readonly cacheFolder: string | undefined;
  readonly probeFiles: readonly ProbeFile[];
  readonly areTemplatesWanted: boolean;
}

/** Lists some events of a bundle. */
export interface EventsJob {
  readonly kind: 'events';
  readonly path: string;
  readonly cacheFolder: string | undefined;
  readonly probeFiles: readonly ProbeFile[];
  readonly types: readonly string[];
  /** As ListOptions. */
  readonly from: string | undefined;
  /** Most that are listed. */
  readonly count: number;
}

export type Job = OpenJob | RunJob | ExplainJob | LogsJob | EventsJob;

/** A run's result as the worker knows it; the host adds ids. */
export interface RunAnswer {
  readonly object: { readonly name: string; readonly sha256: string };
  readonly bundle: { readonly name: string; readonly sha256: string };
  readonly spanNs: RunResult['spanNs'];
  readonly attached: RunResult['attached'];
  readonly maps: readonly MapResult[];
  readonly outputs: readonly OutputRecord[];
  readonly outputsCut: number;
  readonly ledger: RunResult['ledger'];
  readonly faults: readonly RunFault[];
  readonly missing: RunResult['missing'];
  readonly leftOut: NonNullable<RunResult['leftOut']>;
  readonly histograms: readonly PackHistogram[];
  readonly tool?: RunResult['tool'];
  readonly flows?: RunResult['flows'];
  readonly inPlaceOf?: RunResult['inPlaceOf'];
  readonly symbols?: RunResult['symbols'];
}

export type JobAnswer =
  | {
      readonly kind: 'progress';
      readonly phase: 'open' | 'read' | 'verify' | 'replay';
      readonly fraction: number;
      readonly events: number;
      readonly elapsedNs: number | undefined;
    }
  /** Before its events are counted. */
  | { readonly kind: 'outlined'; readonly info: BundleInfo }
  | { readonly kind: 'opened'; readonly info: BundleInfo }
  | { readonly kind: 'ran'; readonly answer: RunAnswer }
  | { readonly kind: 'explained'; readonly answer: AttachAnswer }
  | { readonly kind: 'logged'; readonly answer: LogsAnswer }
  | { readonly kind: 'listed'; readonly answer: EventsAnswer }
  | { readonly kind: 'failed'; readonly failure: HostFailure };

/** What a job is told while it runs; one that is paused waits for another word. */
export const JOB_STATE = { running: 0, cancelled: 1, paused: 2 } as const;

export interface JobStart {
  readonly job: Job;
  /** One 32-bit word, of JOB_STATE. */
  readonly state: Int32Array;
}
