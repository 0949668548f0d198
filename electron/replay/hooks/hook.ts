/**
 * The shape of a hook family: which recorded events a program of its type sees, and what a context
 * holds. Adding a family is one file beside this one and one line in table.ts.
 */
import type { BpfMap } from '../../bpf/maps/map.ts';
import type { Btf } from '../../bpf/object/btf.ts';
import type { LinkedProgram, ProgramType, VerifiedProgram } from '../../bpf/program.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { Batch, Source } from '../../trace/event.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import type { FlowsResult } from './congestion.ts';
import type { SequenceText } from './iterator.ts';
import type { FollowedObjects } from '../kernel/objects/followed-objects.ts';
import type { TaskTable } from '../kernel/tasks.ts';
import type { RecordedTypes } from '../recorded-types.ts';
import type { PacketCounts } from './packet-counts.ts';

/** How iterators are read. */
export interface IteratorSettings {
  /** On the replay's clock; at the end if not given. */
  readonly atNs?: bigint | undefined;
  /** By program: the map whose elements it goes through. */
  readonly maps?: Readonly<Record<string, string>> | undefined;
}

/** Where programs are attached: the recording, and the modelled kernel as it is while they run. */
export interface HookSite {
  readonly sources: readonly Source[];
  /** Whether what a source describes is in it at all. */
  readonly isRecorded: RecordedTypes;
  /** Contexts are laid out here. */
  readonly memory: LinearMemory;
  /** Types that programs are relocated onto. */
  readonly types: Btf;
  readonly tasks: TaskTable;
  /** At the event that is being replayed; its objects are where programs find them. */
  readonly moment: ReplayMoment;
  /** Requests, interrupts, sockets: what events tell of beside tasks. */
  readonly followed: FollowedObjects;
  readonly iterators?: IteratorSettings | undefined;
}

/** Runs the program once on a context, and gives what it returned; undefined where it failed, which is counted. */
export type Call = (context: Address) => bigint | undefined;

/**
 * Hot: calls the program for one event, as often as the hook does. `record` is the address of the event's
 * record; the batch holds the same bytes.
 */
export type Driver = (call: Call, record: Address, batch: Batch, row: number) => void;

/** Hot: lays the context of one event out, and gives its address; 0 where the program is not called. */
export type Layer = (record: Address, batch: Batch, row: number) => Address;

/** Events of one source that a program is called for. */
export interface Attachment {
  readonly source: Source;
  /** Index in source.schema.types. */
  readonly type: number;
  /** Absent, with `layOut`, where the record itself is the context, and every event one call. */
  readonly drive?: Driver;
  /** In place of `drive` where every event is one call on a context that this lays out: then WebAssembly makes the call. */
  readonly layOut?: Layer;
  /** The events are followed for what they tell, and do not call the program. */
  readonly isFollowed?: true;
}

/** A call that no event makes. */
export interface TimedCall {
  /** Before the first event, after the last, at a time (the last event's where none comes after), or each time so much trace time has passed. */
  readonly when: 'begin' | 'end' | { readonly atNs: bigint } | { readonly everyNs: bigint };
  /** Calls the program as often as the hook does. */
  drive(call: Call): void;
}

/** Something a program asks for and the bundle does not hold. */
export interface Lack {
  /** `task_struct.tgid`, `stacks`. */
  readonly what: string;
  /** How a recording would have held it; undefined where none does. */
  readonly remedy: string | undefined;
}

export interface AttachPlan {
  /** `tracepoint:sched:sched_switch`. */
  readonly hook: string;
  readonly attachments: readonly Attachment[];
  /** Beside the events. */
  readonly timed?: readonly TimedCall[];
  /** Bytes every context holds at least: what the verifier lets the program read. */
  readonly contextSizeBytes: number;
  /** What the hook itself would give, were it recorded. */
  readonly lacks?: readonly Lack[];
  /** Of a program that sees packets: filled as it runs. */
  readonly packets?: PacketCounts;
  /** Of a congestion control: filled when the recording ends, the same for all programs of an object. */
  readonly flows?: FlowsResult;
  /** Of an iterator: what it wrote. */
  readonly sequence?: SequenceText;
  /** Whether contexts lead to tasks, so that these are followed though no helper asks for one. */
  readonly followsTasks?: boolean;
  /** Called with the object's maps once they are made: some hooks tell programs of themselves through them. */
  mapsMade?(maps: readonly BpfMap[]): void;
  /** Called with the program once it is proved, and with those it tail calls: throws Failure where it reads of its context what is not recorded. */
  proved?(verified: VerifiedProgram): void;
}

export interface HookFamily {
  readonly name: string;
  readonly programTypes: readonly ProgramType[];
  /** Where families share a type: whether a program of the type is this one's. */
  takes?(program: LinkedProgram): boolean;
  /** Throws Failure `event-not-recorded` naming the event where no source holds it. */
  plan(program: LinkedProgram, site: HookSite): AttachPlan;
}
