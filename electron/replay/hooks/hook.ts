/**
 * The shape of a hook family: which recorded events a program of its type sees, and what a context
 * holds. Adding a family is one file beside this one and one line in table.ts.
 */
import type { LinkedProgram, ProgramType } from '../../bpf/program.ts';
import type { Source } from '../../trace/event.ts';

/** Events of one source that a program is called for. */
export interface Attachment {
  readonly source: Source;
  /** Index in source.schema.types. */
  readonly type: number;
}

export interface AttachPlan {
  /** `tracepoint:sched:sched_switch`. */
  readonly hook: string;
  readonly attachments: readonly Attachment[];
  /** Bytes every context holds at least: what the verifier lets the program read. */
  readonly contextSizeBytes: number;
}

export interface HookFamily {
  readonly name: string;
  readonly programTypes: readonly ProgramType[];
  /** Throws Failure `event-not-recorded` naming the event where no source holds it. */
  plan(program: LinkedProgram, sources: readonly Source[]): AttachPlan;
}
