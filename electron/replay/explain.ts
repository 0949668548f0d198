/**
 * What attaching an object to a bundle would come to, said of every program without running any: what it is
 * attached to, how many events call it, and what it asks for that the bundle does not hold.
 */
import type { ObjectFile } from '../bpf/object/open.ts';
import type { LinkedObject, LinkedProgram } from '../bpf/program.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import { emptySite } from './attach.ts';
import type { AttachPlan, HookSite, Lack } from './hooks/hook.ts';
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
}

/** Throws what linking refuses, and signal.reason. */
export async function explainAttach(
  object: ObjectFile,
  sources: readonly Source[],
  options: ExplainOptions,
): Promise<ProgramExplanation[]> {
  const { types, linked } = linkOnto(object, sources, options);
  const site = emptySite(object, sources, types, recordedBy(options.counts));
  const called = new Set(
    linked.initialEntries.flatMap(({ target }) => (target.kind === 'program' ? [target.name] : [])),
  );
  const explained: ProgramExplanation[] = [];
  for (const program of linked.programs) {
    options.signal?.throwIfAborted();
    const isTailCalled = program.attachTarget === '' && called.has(program.name);
    explained.push(await explain(program, linked, site, isTailCalled, options));
  }
  return explained;
}

async function explain(
  program: LinkedProgram,
  linked: LinkedObject,
  site: HookSite,
  isTailCalled: boolean,
  { counts, signal }: ExplainOptions,
): Promise<ProgramExplanation> {
  const { name, section, type } = program;
  const isAutoloaded = program.isAutoloaded && !isCalledByUser(program);
  const facts = { program: name, section, type, isAutoloaded };
  let plan: AttachPlan | undefined;
  try {
    plan = isTailCalled ? undefined : hookFamilyOf(program).plan(program, site);
    const sizeBytes = plan?.contextSizeBytes ?? Number.POSITIVE_INFINITY;
    const verified = await proveProgram(program, linked, site.types, sizeBytes, signal);
    plan?.proved?.(verified);
    const events = eventsOf(plan, counts);
    const lacks = [
      ...eventsLacking(events),
      ...(plan?.lacks ?? []),
      ...helperNeeds(verified.helpers, site.sources),
    ];
    const doesWithout = unresolvedOf(program, linked);
    return { ...facts, hook: plan?.hook, events, refusal: undefined, lacks, doesWithout };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const fields = new Set(unresolvedOf(program, linked).map(plainAccess));
    const lacks = [...fields].map((what) => ({ what, remedy: remedyFor(what) }));
    const events = eventsOf(plan, counts);
    return { ...facts, hook: plan?.hook, events, refusal: error, lacks, doesWithout: [] };
  }
}

/** Each once, as the program names it: `task_struct___old.state`. */
function unresolvedOf({ name }: LinkedProgram, { unresolved }: LinkedObject): string[] {
  const own = unresolved.filter(({ program }) => program === name);
  return [...new Set(own.map(({ access }) => access.replace(/^(struct|union|enum) /, '')))];
}

/** A recording may describe events that it was not told to record. */
function eventsLacking(events: ProgramExplanation['events']): Lack[] {
  const types = new Set(events.map(({ type }) => type));
  return [...types].flatMap((type) =>
    events.some((each) => each.type === type && each.events > 0)
      ? []
      : [{ what: type, remedy: `described, and not once recorded: record with -e ${type}` }],
  );
}

function eventsOf(
  plan: AttachPlan | undefined,
  counts: ExplainOptions['counts'],
): ProgramExplanation['events'] {
  const calling = (plan?.attachments ?? []).filter(({ isFollowed }) => isFollowed !== true);
  return calling.map(({ source, type: index }) => {
    const type = source.schema.types[index];
    return {
      source: source.name,
      type: type === undefined ? String(index) : `${type.system}:${type.name}`,
      events: counts.get(source)?.[index] ?? 0,
    };
  });
}
