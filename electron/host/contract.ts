/**
 * What the page may call and what comes back: the only file renderer/ imports from this side.
 *
 * Calls travel as birpc messages encoded by codec.ts (a JSON header with raw buffers), over a
 * MessagePort in Electron and a WebSocket on loopback; arguments are checked against call-schemas.ts
 * where they arrive. Times are nanoseconds on the source's clock, as bigint; counts are numbers.
 * Expected failures arrive as `HostFailure`.
 */
export { decodeMessage, encodeMessage } from './codec.ts';

export const CONTRACT_VERSION = 1;

/** A typed value decoded by BTF: integers beyond 2^53 are decimal strings, char arrays are text. */
export type FieldValue =
  number | string | boolean | null | readonly FieldValue[] | { readonly [field: string]: FieldValue };

export interface HostFailure {
  readonly layer: string;
  readonly code: string;
  readonly file: string;
  readonly at: string;
  readonly reason: string;
  /** The whole as one line: file, place, reason. */
  readonly message: string;
}

export interface BundleListing {
  readonly bundleId: string;
  readonly name: string;
  readonly isSample: boolean;
}

export interface ProgramListing {
  readonly programId: string;
  readonly title: Localized;
  readonly summary: Localized;
}

/** What a file that was handed over is: a recording, or an object whose programs can be attached to one. */
export type OpenedFile =
  | { readonly kind: 'bundle'; readonly bundle: BundleListing }
  | { readonly kind: 'program'; readonly program: ProgramListing };

export interface Localized {
  readonly en: string;
  readonly zh: string;
}

/** A file that was handed over for its symbols. */
export interface SymbolFile {
  readonly fileId: string;
  readonly name: string;
}

export interface HostInfo {
  readonly contractVersion: number;
  readonly appVersion: string;
  readonly door: 'electron' | 'browser' | 'cli';
  readonly versions: Readonly<Record<string, string>>;
  readonly bundles: readonly BundleListing[];
  readonly programs: readonly ProgramListing[];
  /** What to open first: named on the command line, else the bundled sample. */
  readonly startupBundleId: string | undefined;
}

export interface LedgerCounts {
  readonly read: number;
  readonly dropped: number;
  readonly droppedUncounted: number;
  readonly unparsed: number;
  readonly unsupported: number;
  readonly outOfOrder: number;
  readonly withoutClock: number;
  /** Of those: what stood before the recording, told without a time. No loss. */
  readonly priorState: number;
  readonly suspectedLosses: number;
  readonly places: readonly { readonly file: string; readonly at: number; readonly reason: string }[];
}

/** How a source's times become times on the bundle's clock. */
export interface SourcePlacement {
  /** To be added to them. */
  readonly offsetNs: bigint;
  /** What the offset rests on, step by step; empty where the two are one clock. */
  readonly origins: readonly string[];
  /** By how much what was said of one step differs, at most. */
  readonly spreadNs: bigint;
}

export interface SourceInfo {
  readonly name: string;
  readonly format: string;
  readonly formatDetail: string;
  /** The source's own clock, as it says. */
  readonly clock: string;
  /** How it was put on the bundle's clock; undefined where nothing relates the two. */
  readonly placement: SourcePlacement | undefined;
  /** First and last event on its own clock; undefined for a source with none. */
  readonly spanNs: readonly [bigint, bigint] | undefined;
  readonly cpuCount: number;
  readonly kernelRelease: string | undefined;
  readonly machine: string | undefined;
  readonly ledger: LedgerCounts;
  /** By count, most first. */
  readonly types: readonly { readonly name: string; readonly events: number }[];
}

export interface CaseFile {
  readonly title: string;
  readonly what: string;
  readonly where: string;
  readonly kernel: string;
  readonly how: string;
}

export interface BundleInfo {
  readonly bundleId: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** '' in an outline. */
  readonly sha256: string;
  readonly caseFile: CaseFile | undefined;
  /** The clock that sources are put on. */
  readonly clock: string;
  readonly sources: readonly SourceInfo[];
  /** What lies beside the recordings, recognised: symbols, mappings, tasks, routes, format files. */
  readonly context: readonly {
    readonly name: string;
    readonly kind: string;
    readonly detail: string;
    readonly sizeBytes: number;
  }[];
  /** Members that are not a recording this version reads, with the reason. */
  readonly unread: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * What a look at a few places tells of a bundle before it is read: spans are exact where there are any, counts are
 * estimates, the ledgers say nothing else.
 */
export interface BundleOutline {
  readonly jobId: string;
  readonly info: BundleInfo;
}

/** One log of a bundle, counted. */
export interface LogInfo {
  readonly name: string;
  readonly format: string;
  readonly formatDetail: string;
  readonly clock: string;
  readonly spanNs: readonly [bigint, bigint] | undefined;
  readonly lines: number;
  readonly unparsed: number;
  readonly levels: readonly { readonly level: string; readonly lines: number }[];
  /** Most lines first, as are the templates. */
  readonly tags: readonly { readonly tag: string; readonly lines: number }[];
  readonly probes: readonly { readonly name: string; readonly events: number }[];
  /** Patterns that a file of log probes takes as they are; undefined where they were not asked for. */
  readonly templates:
    readonly { readonly pattern: string; readonly lines: number; readonly example: string }[] | undefined;
  /** Of no template, since there were as many as there may be. */
  readonly otherLines: number;
}

export interface LogsAnswer {
  readonly bundle: string;
  readonly logs: readonly LogInfo[];
}

export interface EventsAnswer {
  /** In time order; those of sources on no common clock come last. */
  readonly events: readonly ListedEvent[];
  /** There are more than were asked for. */
  readonly isMore: boolean;
}

/** One event as it is listed. */
export interface ListedEvent {
  readonly source: string;
  /** The source's own clock. */
  readonly clock: string;
  /** Nothing puts its source on the others' clock: timeNs is on its own. */
  readonly isUnsynchronised: boolean;
  /** Number in its source. */
  readonly id: number;
  readonly timeNs: bigint;
  readonly cpu: number;
  /** -1 where unknown. */
  readonly tid: number;
  readonly comm: string | undefined;
  /** `sched:sched_switch`. */
  readonly type: string;
  /** Those common to all events first; undefined values lie past the record's end. */
  readonly fields: readonly (readonly [name: string, value: EventValue | undefined])[];
  /** Addresses of the kernel, innermost first. */
  readonly stack: readonly bigint[];
  /** The process's after the kernel's, with what names them, where that was asked for: `0x7f12 read+0x4c (libc.so.6)`. */
  readonly frames?: readonly string[];
}

/** Integers of 8 bytes are bigints. */
export type EventValue = number | bigint | string | readonly (number | bigint)[];

/** What attaching an object to a bundle would come to. */
export interface AttachAnswer {
  readonly bundle: string;
  readonly object: string;
  readonly programs: readonly ExplainedProgram[];
}

export interface ExplainedProgram {
  readonly program: string;
  readonly section: string;
  readonly type: string;
  /** Whether it is attached unless told otherwise. */
  readonly isAutoloaded: boolean;
  /** `tracepoint:sched:sched_switch`; undefined where it is attached to nothing. */
  readonly hook: string | undefined;
  /** What would call it. */
  readonly events: readonly { readonly source: string; readonly type: string; readonly events: number }[];
  /** Why it cannot be attached: file, place, reason. */
  readonly refusal: HostFailure | undefined;
  /** What it asks for and the bundle does not hold, and how a recording would have held it. */
  readonly lacks: readonly { readonly what: string; readonly remedy: string | undefined }[];
  /** Fields that are not there and that no way through the program reads. */
  readonly doesWithout: readonly string[];
}

export interface AttachedProgram {
  readonly program: string;
  /** `tracepoint:sched:sched_switch`. */
  readonly hook: string;
  /** Events the program was called for. */
  readonly events: number;
  /** The object file it is of. */
  readonly object?: string;
  /** When it took the place of another version; undefined where it ran from the start. */
  readonly fromNs?: bigint;
  /** Of a program that sees packets. */
  readonly packets?: PacketTotals;
  /** Of an iterator: what reading it gives. */
  readonly text?: IteratorText;
}

/** What an iterator's program wrote. */
export interface IteratorText {
  /** Objects of the kernel that it was shown. */
  readonly objects: number;
  /** UTF-8; hexadecimal where what was written is no text. */
  readonly text: string;
  readonly isText: boolean;
  /** Bytes beyond what is kept. */
  readonly bytesCut: number;
  /** How reading ended early: `EAGAIN`, `E2BIG`. */
  readonly error?: string | undefined;
}

/** What congestion controls chose for recorded flows. */
export interface FlowsView {
  readonly series: readonly FlowView[];
  /** Flows that are counted and not followed. */
  readonly flowsCut: number;
}

/** In segments. */
export interface WindowSummary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface FlowView {
  /** The struct of functions. */
  readonly algorithm: string;
  /** `10.0.0.1:5000 > 10.0.0.2:80`, from the sender. */
  readonly flow: string;
  /** What it was rebuilt from: `tcp:tcp_probe`, `packets`. */
  readonly from: string;
  readonly mssBytes: number;
  readonly acks: number;
  /** Times that the sender went into recovery, and that its timer ran out. */
  readonly recoveries: number;
  readonly timeouts: number;
  readonly chosen: WindowSummary | undefined;
  /** undefined where the recording does not tell the window. */
  readonly recorded: WindowSummary | undefined;
  /** After each acknowledgement; a threshold that is undefined bounds nothing. */
  readonly points: readonly {
    readonly timeNs: bigint;
    /** Up to which sequence number all has come. */
    readonly acknowledged: number;
    readonly cwnd: number;
    readonly ssthresh: number | undefined;
    readonly recordedCwnd: number | undefined;
  }[];
  /** Points that are counted and not kept. */
  readonly pointsCut: number;
}

export interface PacketTotals {
  /** What programs see in place of packets. */
  readonly unit?: 'calls' | 'connections' | 'messages';
  readonly seen: number;
  /** Of them, those that the capture cut. */
  readonly truncated: number;
  /** Packets that it is not handed: of another link layer, not IP, of the other direction or another route. */
  readonly passedBy: number;
  /** By name: `XDP_DROP`. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Of a flow dissector. */
  readonly flows?: FlowTotals;
}

/** What a flow dissector found: the keys of most packets first. */
export interface FlowTotals {
  readonly rows: readonly { readonly keys: string; readonly packets: number }[];
  /** Packets of keys that are not among them. */
  readonly packetsCut: number;
}

export interface MapResult {
  readonly name: string;
  readonly type: string;
  readonly rows: readonly { readonly key: FieldValue; readonly value: FieldValue }[];
  /** Rows beyond the limit that are counted, not kept. */
  readonly rowsCut: number;
}

export interface OutputRecord {
  /** Map or stream it came through. */
  readonly stream: string;
  readonly program: string;
  readonly timeNs: bigint;
  readonly value: FieldValue;
  /** The struct it was taken for by its size, where nothing says what it is. */
  readonly type?: string;
}

export interface RunFault {
  readonly program: string;
  readonly kind: string;
  /** The map's name; the helper and its error, `bpf_probe_read_kernel EFAULT`. */
  readonly detail?: string | undefined;
  readonly count: number;
  /** Event id (number in its source) where it first happened. */
  readonly firstEvent: number | undefined;
  /** Source of that event. */
  readonly source?: string | undefined;
}

/** One key's log2 histogram: slot i counts values in [2^i, 2^(i+1)), slot 0 also 0. */
export interface HistogramGroup {
  /** Stable id for heatmap(): the key's fields as JSON text. */
  readonly groupId: string;
  readonly label: string;
  readonly key: FieldValue;
  readonly total: number;
  readonly slots: Float64Array;
}

export interface HistogramView {
  readonly viewId: string;
  /** Name of the map it was read from. */
  readonly map: string;
  readonly title: Localized;
  /** Unit of the values: `us`, `ns`, `bytes`, `count`. */
  readonly unit: string;
  /** What a group is: `process`, `thread`, `disk`. */
  readonly groupNoun: Localized;
  /** Most samples first. */
  readonly groups: readonly HistogramGroup[];
}

export interface Heatmap {
  readonly viewId: string;
  /** undefined for all groups together. */
  readonly groupId: string | undefined;
  readonly fromNs: bigint;
  readonly binNs: number;
  readonly timeBins: number;
  readonly slotCount: number;
  /** Counts at [timeBin * slotCount + slot]. */
  readonly counts: Float64Array;
}

/** With what was asked of it. */
export interface RunResult extends RunChoices {
  readonly runId: string;
  readonly bundleId: string;
  readonly programId: string;
  readonly bundle: { readonly name: string; readonly sha256: string };
  readonly object: { readonly name: string; readonly sha256: string };
  readonly spanNs: readonly [bigint, bigint] | undefined;
  readonly attached: readonly AttachedProgram[];
  readonly maps: readonly MapResult[];
  readonly outputs: readonly OutputRecord[];
  /** Outputs beyond the limit that are counted, not kept. */
  readonly outputsCut: number;
  readonly ledger: LedgerCounts;
  readonly faults: readonly RunFault[];
  /** Facts the recording could not supply, by name: how often they were asked for. */
  readonly missing: readonly { readonly what: string; readonly count: number }[];
  /** Sources that nothing puts on the others' clock: programs did not see their events. */
  readonly leftOut?:
    readonly { readonly name: string; readonly clock: string; readonly events: number }[] | undefined;
  readonly histograms: readonly HistogramView[];
  /** What congestion controls chose, flow by flow. */
  readonly flows?: FlowsView | undefined;
  /** Programs of a tool that were not attached, because others of it are in their place. */
  readonly inPlaceOf?: readonly string[] | undefined;
  /** What the libbpf tool prints that the object is of, and which of its programs no event was described for. */
  readonly tool?:
    | {
        readonly name: string;
        readonly lines: readonly string[];
        readonly withoutEvent: readonly string[];
      }
    | undefined;
  /** What of the stacks that are shown has no name and why, and what is said of files with symbols. */
  readonly symbols?: SymbolFacts | undefined;
  readonly elapsedMs: number;
}

/** Why addresses have no name; symbols/symboliser.ts says what each means. */
export type Unnamed =
  | 'no-kernel-symbols'
  | 'no-mappings'
  | 'not-mapped'
  | 'no-file'
  | 'no-symbols'
  | 'other-build'
  | 'no-function'
  | 'outside-functions';

export interface SymbolFacts {
  readonly unnamed: readonly {
    readonly reason: Unnamed;
    /** The file that is mapped, or the process. */
    readonly what: string;
    /** In hexadecimal. */
    readonly buildId: string | undefined;
    /** The file with the symbols that were stripped. */
    readonly debugLink: string | undefined;
    /** Addresses in the stacks that are shown. */
    readonly count: number;
  }[];
  /** Mapped files whose symbols were taken by path: no build id said that they are the same. */
  readonly byPath: readonly { readonly path: string; readonly files: readonly string[] }[];
  /** Files that were not read for symbols. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export interface Progress {
  readonly jobId: string;
  readonly phase: 'upload' | 'open' | 'read' | 'verify' | 'replay' | 'report';
  /** 0 to 1. */
  readonly fraction: number;
  readonly events: number;
  /** How far into the recording a replay is, nanoseconds since the first event. */
  readonly elapsedNs?: number | undefined;
}

export interface ReportFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What user space may set of a program before it is loaded, with what it is as compiled. */
export interface ProgramSettings {
  readonly variables: readonly { readonly name: string; readonly type: string; readonly value: FieldValue }[];
  /** Set as `NAME.max_entries`. */
  readonly maps: readonly { readonly name: string; readonly type: string; readonly maxEntries: number }[];
  /** Set as `NAME.autoload`. */
  readonly programs: readonly {
    readonly name: string;
    readonly section: string;
    readonly isAutoloaded: boolean;
  }[];
  /** Of a libbpf tool: the arguments that it takes here, `-p 1`; undefined for any other object. */
  readonly toolOptions?: readonly string[] | undefined;
}

/** What is asked of a run beside its program, as text. */
export interface RunChoices {
  /** By name, as the object's types read it. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Programs are called for these events alone. */
  readonly limits?: RunLimits | undefined;
  /** Of iterators: when they are read, as times of limits (by default at the end), and by program the map it goes through. */
  readonly iterators?: IteratorChoices | undefined;
  /** Handed over for what stacks are made of, beside those of the bundle. One that the host does not hold is told as refused. */
  readonly symbolFiles?: readonly SymbolFile[] | undefined;
  /** What the libbpf tool would be given that the object is of: `-p 185`. */
  readonly toolArguments?: string | undefined;
}

export interface IteratorChoices {
  readonly at?: string | undefined;
  readonly maps?: Readonly<Record<string, string>> | undefined;
}

export const LIMIT_NAMES = ['from', 'to', 'cpu', 'pid', 'tid', 'comm'] as const;

/** Times in seconds, `+1.5` after the first event; numbers as `0,2-3`; names apart by commas. */
export type RunLimits = Partial<Record<(typeof LIMIT_NAMES)[number], string>>;

/** Page to host. A call with a jobId reports Progress under it and ends early after cancel(jobId). */
export interface HostApi {
  hello(): Promise<HostInfo>;
  beginUpload(call: { name: string; sizeBytes: number }): Promise<{ uploadId: string }>;
  /** Pieces in order, each at most UPLOAD_PIECE_BYTES_MAX. */
  appendUpload(call: { uploadId: string; bytes: Uint8Array }): Promise<{ receivedBytes: number }>;
  /** HostFailure of layer `object` for an ELF file that holds no programs. */
  finishUpload(call: { uploadId: string }): Promise<OpenedFile>;
  /** Ends an upload of a file with symbols. HostFailure `not-symbols` for one that has none. */
  finishSymbols(call: { uploadId: string }): Promise<SymbolFile>;
  openBundle(call: { jobId: string; bundleId: string }): Promise<BundleInfo>;
  programSettings(call: { programId: string }): Promise<ProgramSettings>;
  /** HostFailure `bad-setting` says in `at` which: a setting's name, `limits.cpu`, `arguments`. */
  run(
    call: RunChoices & {
      jobId: string;
      bundleId: string;
      programId: string;
      /** A file of log probes, beside those of the bundle and the program's pack. */
      probes?: string | undefined;
    },
  ): Promise<RunResult>;
  /** What run() would attach, without running it. */
  explain(call: {
    jobId: string;
    bundleId: string;
    programId: string;
    settings?: Readonly<Record<string, string>> | undefined;
    probes?: string | undefined;
  }): Promise<AttachAnswer>;
  /** Counts lines, and events of log probes: the bundle's and `probes`, a file of them. HostFailure `bad-probe`. */
  logs(call: {
    jobId: string;
    bundleId: string;
    probes: string;
    areTemplatesWanted: boolean;
  }): Promise<LogsAnswer>;
  /** The first `count` events of these types (`sched:*`; all without one), `from` a time in seconds, `+1.5` after the first. */
  events(call: {
    jobId: string;
    bundleId: string;
    types: readonly string[];
    from?: string | undefined;
    count: number;
    probes?: string | undefined;
  }): Promise<EventsAnswer>;
  /** Of a run the host still holds; HostFailure `unknown-run` after it restarted. */
  heatmap(call: { runId: string; viewId: string; groupId?: string | undefined }): Promise<Heatmap>;
  report(call: { jobId: string; runId: string; locale: 'en' | 'zh' }): Promise<ReportFile>;
  /** False where no such job is running. */
  cancel(call: { jobId: string }): Promise<boolean>;
  /** Holds a job until it is told to go on, or cancelled. False where no such job is running. */
  pause(call: { jobId: string; isPaused: boolean }): Promise<boolean>;
}

/** What a call resolves to on the wire: failures are data, so nothing rests on how errors serialise. */
export type WireResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failure: HostFailure };

export type WireCalls = Record<keyof HostApi, (call?: unknown) => Promise<WireResult>>;

/** Host to page. */
export interface PageApi {
  onProgress(progress: Progress): void;
  /** Of a bundle that is being opened; what openBundle() answers takes its place. */
  onOutline(outline: BundleOutline): void;
}

/** Most events of one call. */
export const LISTED_EVENTS_MAX = 1_000;

export const UPLOAD_PIECE_BYTES_MAX = 4 * 1024 * 1024;
