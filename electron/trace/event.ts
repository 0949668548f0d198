/**
 * The one event model: what every format yields and everything above it reads.
 *
 * A *source* is one recorded stream (one trace.dat, one perf.data). It has a schema, the event types
 * with their fields in the layout the kernel wrote, and yields *batches* in time order. A batch is
 * columns plus a blob of record bytes, so that a consumer touches typed arrays and never an object
 * an event.
 */

/** How the bytes of a field are read. */
export type FieldKind =
  /** An integer of 1, 2, 4 or 8 bytes. */
  | 'integer'
  /** A fixed char array: text up to the first NUL. */
  | 'text'
  /** A fixed array of integers. */
  | 'array'
  /** `__data_loc`: 32 bits, length in the upper half, offset from the record's start in the lower. */
  | 'dataLoc'
  /** `__rel_loc`: as dataLoc, the offset counted from the end of the field itself. */
  | 'relLoc';

export interface EventField {
  readonly name: string;
  /** The C type as the format file spells it, without name and array bounds: `unsigned short`. */
  readonly type: string;
  readonly kind: FieldKind;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly isSigned: boolean;
  /** Elements of an array or a fixed text; 1 for an integer; 0 where the length is in the record. */
  readonly elementCount: number;
  /** Bytes of one element. */
  readonly elementSizeBytes: number;
  /** Of a sample's registers: which they are, as perf numbers them, a word each behind one that tells whether there are any. */
  readonly registers?: readonly number[];
}

export interface EventType {
  /** Position in Schema.types, and the value in Batch.type. */
  readonly index: number;
  /** Subsystem as in tracefs, `sched`; with the name it is the hook's name, `sched:sched_switch`. */
  readonly system: string;
  readonly name: string;
  /** The id the recorder gave it (common_type), where it has one. */
  readonly recordId: number | undefined;
  /** Common fields (common_type, common_flags, ...) first, then the event's own. */
  readonly fields: readonly EventField[];
  /** Bytes of the fixed part of a record. */
  readonly sizeBytes: number;
  /** The format file's `print fmt:` line, where the recording has it. */
  readonly printFormat: string | undefined;
}

export interface Schema {
  readonly types: readonly EventType[];
  readonly isLittleEndian: boolean;
  /** Bytes of a C `long` on the recorded machine: 4 or 8. */
  readonly longSizeBytes: number;
}

/**
 * Events in time order. All columns have at least `count` entries; only the first `count` are valid,
 * and only until the next batch is asked for (a reader may reuse its buffers).
 */
export interface Batch {
  readonly count: number;
  /** Number of the first event in its source, counted from 0; event ids are `firstEvent + row`. */
  readonly firstEvent: number;
  /** Nanoseconds on the source's clock. */
  readonly timeNs: BigUint64Array;
  readonly cpu: Uint16Array;
  /** Thread that was running, -1 where unknown. */
  readonly tid: Int32Array;
  /** Index in Schema.types. */
  readonly type: Uint16Array;
  /** Index in the source's callchains, -1 for none. */
  readonly stack: Int32Array;
  /** Start of the record in `bytes`; the record begins with its common fields. */
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly bytes: Uint8Array;
}

/**
 * Names of clocks as the kernel spells them in trace_clock, `realtime` for time since 1970 in UTC, `wall` for dates
 * in a zone that nothing tells, read as though in UTC, or `unknown`.
 */
export type ClockName = string;

/** The same moment on two clocks, as the data itself says it: what one clock is placed on another by. */
export interface ClockPair {
  readonly clock: ClockName;
  readonly timeNs: bigint;
  readonly otherClock: ClockName;
  readonly otherTimeNs: bigint;
  /** Where it was said: `clock snapshot`, `time conversion record`, `line 12`. */
  readonly origin: string;
}

export interface UnparsedPlace {
  /** File or member the place is in. */
  readonly file: string;
  /** Byte offset, or line number for text. */
  readonly at: number;
  readonly reason: string;
}

/** What became of everything a source holds; the sum of the counts is what the file holds. */
export interface Ledger {
  read: number;
  /** Lost by the recorder before it reached the file, as the file itself says. */
  dropped: number;
  /** Pages or records saying "events were lost here" without saying how many. */
  droppedUncounted: number;
  unparsed: number;
  unsupported: number;
  outOfOrder: number;
  withoutClock: number;
  /**
   * Of those without a clock: what stood before the recording, which the recorder tells without a time (perf's
   * synthesised COMM, FORK and MMAP2). No event is missing for it.
   */
  priorState: number;
  /** Gaps the data betrays: suspected-losses.ts. */
  suspectedLosses: number;
  /** The first few places that could not be parsed. */
  readonly places: UnparsedPlace[];
}

export function emptyLedger(): Ledger {
  return {
    read: 0,
    dropped: 0,
    droppedUncounted: 0,
    unparsed: 0,
    unsupported: 0,
    outOfOrder: 0,
    withoutClock: 0,
    priorState: 0,
    suspectedLosses: 0,
    places: [],
  };
}

/** A file mapped into a process; pid -1 is the kernel. */
export interface SourceMapping {
  readonly pid: number;
  readonly start: bigint;
  readonly sizeBytes: bigint;
  readonly fileOffset: bigint;
  readonly file: string;
  /** undefined where it was mapped before the recording began. */
  readonly timeNs: bigint | undefined;
  /** In hexadecimal, where the mapping itself tells it. */
  readonly buildId?: string | undefined;
}

/** A process that began as a copy of another, or, without one, that began a program anew with nothing mapped. */
export interface SpaceChange {
  readonly pid: number;
  readonly copyOf: number | undefined;
  readonly timeNs: bigint;
}

/** Each as often as the bundle has it. */
export interface NetworkPrints {
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly neighbours: readonly string[];
  /** Lines of `sysctl -a` that begin with `net.`. */
  readonly settings?: readonly string[];
}

/** What a recording knows beside its events. */
export interface SourceContext {
  /** Thread names the recorder saved, by tid. */
  readonly comms: ReadonlyMap<number, string>;
  /** Thread group (process) ids, by tid. */
  readonly tgids: ReadonlyMap<number, number>;
  /** Parents of processes as they were before the first event, by process id. */
  readonly parents?: ReadonlyMap<number, number> | undefined;
  /** Callchains, innermost first; Batch.stack indexes this. May grow while batches are read. */
  readonly callchains: readonly BigUint64Array[];
  /** The user half of each callchain, by the same index, where a recording tells it from the kernel's. */
  readonly userCallchains?: readonly BigUint64Array[] | undefined;
  /** What was mapped where, in the order the recording tells it. May grow while batches are read. */
  readonly mappings?: readonly SourceMapping[] | undefined;
  /** What fork and exec made of processes' mappings. May grow as they do. */
  readonly spaceChanges?: readonly SpaceChange[] | undefined;
  /** By process id, what perf-PID.map says of functions made at run time: lines of start, size, name. */
  readonly runtimeFunctions?: ReadonlyMap<number, string> | undefined;
  /** Build ids in hexadecimal by file, `[kernel.kallsyms]` for the kernel's. */
  readonly buildIds?: ReadonlyMap<string, string> | undefined;
  /** `kallsyms` text where the file holds it. */
  readonly kallsyms: string | undefined;
  /** What the kernel was built with, values as its configuration spells them: `y`, `250`, `"text"`. */
  readonly configuration?: ReadonlyMap<string, string> | undefined;
  /** Lines of kprobe_events, uprobe_events and dynamic_events: the probes that were set while it was recorded. */
  readonly dynamicEvents?: readonly string[] | undefined;
  /** What `ip addr`, `ip route` and `ip neigh` printed on the device. */
  readonly network?: NetworkPrints | undefined;
  /** Of a capture: names of the interfaces that its packets number. May grow while batches are read. */
  readonly interfaceNames?: readonly (string | undefined)[] | undefined;
  readonly kernelRelease: string | undefined;
  readonly machine: string | undefined;
  readonly cpuCount: number;
}

export interface ReadOptions {
  /** Aborts between batches and, in a long pass, between pages: reading throws signal.reason. */
  readonly signal?: AbortSignal;
  /** Called now and then with the part of the source that has been read, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Most events in a batch; a reader may yield fewer. */
  readonly batchEvents?: number;
}

/** What a look at a few places of a source tells before it is read. */
export interface SourceOutline {
  /** First and last event, exactly. */
  readonly spanNs: readonly [bigint, bigint] | undefined;
  /** Events by Schema.types index, as many as there are if the rest is like the places looked at. */
  readonly counts: Float64Array;
}

export interface Source {
  /** File or archive member, as the user would name it. */
  readonly name: string;
  /** Registered format name: `trace.dat`. */
  readonly format: string;
  /** The format's version where it has one: `v7 zstd`. */
  readonly formatDetail: string;
  readonly clock: ClockName;
  /** Complete once batches were read to the end: text tells of an event type when it first occurs. */
  readonly schema: Schema;
  readonly context: SourceContext;
  /** What the data says of its clock beside others; may grow while batches are read. */
  readonly clockPairs?: readonly ClockPair[] | undefined;
  /** Set where the format itself sees whether a CPU leaves another task than it switched to. */
  readonly countsSwitchGaps?: true;
  /** Valid as far as batches were read; complete once they were read to the end. */
  readonly ledger: Ledger;
  /** Quick whatever the size; absent where a format cannot tell before it is read. */
  readonly outline?: (() => SourceOutline) | undefined;
  /** Reads from the start; every call is a new pass and resets the ledger. */
  batches(options?: ReadOptions): AsyncGenerator<Batch, void, void>;
  close(): void;
}

/** Random access to a file's bytes, whether it lies on disk or was unpacked from an archive. */
export interface ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly the bytes asked for; throws TraceError `truncated` where the file ends before. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}
