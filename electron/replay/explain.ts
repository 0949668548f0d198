/**
 * What attaching an object to a bundle would come to, said of every program without running any: what it is
 * attached to, how many events call it, and what it asks for that the bundle does not hold.
 */
import type { ObjectFile } from '../bpf/object/open.ts';
import type { LinkedObject, LinkedProgram, VerifiedProgram } from '../bpf/program.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import { attachNothing, type AttachedProgram } from './attach.ts';
import { countCalls } from './count-calls.ts';
import type { Attachment, AttachPlan, HookSite, Lack } from './hooks/hook.ts';
import { hookFamilyOf } from './hooks/table.ts';
import { isCalledByUser } from './hooks/timed.ts';
import { plainAccess } from './kernel/attach-types.ts';
import { remedyFor } from './kernel/objects/recorded-fields.ts';
import { helperNeeds } from './helper-needs.ts';
import { linkOnto, proveProgram, type LinkOptions } from './prepare.ts';
import { recordedBy } from './recorded-types.ts';

export interface ProgramExplanation {
  readonly program: string;
  readonly section: string;
  readonly type: string;
  /** Whether it is attached unless told otherwise. */
  readonly isAutoloaded: boolean;
  /** `tracepoint:sched:sched_switch`; undefined where it is attached to nothing. */
  readonly hook: string | undefined;
  /** By source: of which types, and how many. */
  readonly events: readonly { readonly source: string; readonly type: string; readonly events: number }[];
  /** Why it cannot be attached. */
  readonly refusal: Failure | undefined;
  readonly lacks: readonly Lack[];
  /** Fields that are not there and that no way through the program reads: it asked first. */
  readonly doesWithout: readonly string[];
}

export interface ExplainOptions extends LinkOptions {
  /** Events of each source by type, Schema.types' order. */
  readonly counts: ReadonlyMap<Source, ArrayLike<number>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number, events: number) => void) | undefined;
}

/** What is known of a program before its calls are counted. */
interface Prepared {
  readonly program: LinkedProgram;
  readonly isAutoloaded: boolean;
  readonly plan: AttachPlan | undefined;
  /** undefined where it is refused. */
  readonly verified: VerifiedProgram | undefined;
  readonly refusal: Failure | undefined;
}

/** Throws what linking refuses, and signal.reason. */
export async function explainAttach(
  object: ObjectFile,
  sources: readonly Source[],
  options: ExplainOptions,
): Promise<ProgramExplanation[]> {
  const { types, linked } = linkOnto(object, sources, options);
  const { attached, site } = attachNothing(object, linked, sources, types, recordedBy(options.counts));
  const called = new Set(
    linked.initialEntries.flatMap(({ target }) => (target.kind === 'program' ? [target.name] : [])),
  );
  const prepared: Prepared[] = [];
  for (const program of linked.programs) {
    options.signal?.throwIfAborted();
    const isTailCalled = program.attachTarget === '' && called.has(program.name);
    prepared.push(await prepare(program, linked, site, isTailCalled, options.signal));
  }
  const attachable = prepared.filter(
    (each): each is Prepared & Pick<AttachedProgram, 'plan'> =>
      // Calls of a congestion control are made of its flows when all events are over.
      each.refusal === undefined && each.plan !== undefined && each.plan.flows === undefined,
  );
  const calls = await countCalls(attached, attachable, {
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  return prepared.map((each) => explained(each, linked, sources, calls, options.counts));
}

async function prepare(
  program: LinkedProgram,
  linked: LinkedObject,
  site: HookSite,
  isTailCalled: boolean,
  signal: AbortSignal | undefined,
): Promise<Prepared> {
  const isAutoloaded = program.isAutoloaded && !isCalledByUser(program);
  let plan: AttachPlan | undefined;
  try {
    plan = isTailCalled ? undefined : hookFamilyOf(program).plan(program, site);
    const sizeBytes = plan?.contextSizeBytes ?? Number.POSITIVE_INFINITY;
    const verified = await proveProgram(program, linked, site.types, sizeBytes, signal);
    plan?.proved?.(verified);
    return { program, isAutoloaded, plan, verified, refusal: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { program, isAutoloaded, plan, verified: undefined, refusal: error };
  }
}

function explained(
  { program, isAutoloaded, plan, verified, refusal }: Prepared,
  linked: LinkedObject,
  sources: readonly Source[],
  calls: ReadonlyMap<Attachment, number>,
  counts: ExplainOptions['counts'],
): ProgramExplanation {
  const { name, section, type } = program;
  const events = eventsOf(plan, calls, counts);
  const facts = { program: name, section, type, isAutoloaded, hook: plan?.hook, events, refusal };
  const unresolved = unresolvedOf(program, linked);
  if (verified === undefined) {
    const fields = new Set(unresolved.map(plainAccess));
    const lacks = [...fields].map((what) => ({ what, remedy: remedyFor(what) }));
    return { ...facts, lacks, doesWithout: [] };
  }
  const lacks = [
    ...eventsLacking(plan, events, counts),
    ...(plan?.lacks ?? []),
    ...helperNeeds(verified.helpers, sources),
  ];
  return { ...facts, lacks, doesWithout: unresolved };
}

/** Each once, as the program names it: `task_struct___old.state`. */
function unresolvedOf({ name }: LinkedProgram, { unresolved }: LinkedObject): string[] {
  const own = unresolved.filter(({ program }) => program === name);
  return [...new Set(own.map(({ access }) => access.replace(/^(struct|union|enum) /, '')))];
}

/** A recording may describe events that it was not told to record, and have events of a type that are of others. */
function eventsLacking(
  plan: AttachPlan | undefined,
  events: ProgramExplanation['events'],
  counts: ExplainOptions['counts'],
): Lack[] {
  const types = new Set(events.map(({ type }) => type));
  return [...types].flatMap((type) => {
    if (events.some((each) => each.type === type && each.events > 0)) return [];
    const recorded = callingOf(plan)
      .filter(({ source, type: index }) => typeName(source, index) === type)
      .reduce((sum, { source, type: index }) => sum + (counts.get(source)?.[index] ?? 0), 0);
    const remedy =
      recorded === 0
        ? `described, and not once recorded: record with -e ${type}`
        : `none of the ${recorded} recorded is of ${plan?.hook ?? 'it'}`;
    return [{ what: type, remedy }];
  });
}

function eventsOf(
  plan: AttachPlan | undefined,
  calls: ReadonlyMap<Attachment, number>,
  counts: ExplainOptions['counts'],
): ProgramExplanation['events'] {
  return callingOf(plan).map((attachment) => ({
    source: attachment.source.name,
    type: typeName(attachment.source, attachment.type),
    events: calls.get(attachment) ?? counts.get(attachment.source)?.[attachment.type] ?? 0,
  }));
}

function callingOf(plan: AttachPlan | undefined): readonly Attachment[] {
  return (plan?.attachments ?? []).filter(({ isFollowed }) => isFollowed !== true);
}

function typeName({ schema }: Source, index: number): string {
  const type = schema.types[index];
  return type === undefined ? String(index) : `${type.system}:${type.name}`;
}
