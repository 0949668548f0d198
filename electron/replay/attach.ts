/**
 * Attaching: an open object and a bundle's sources become programs that are relocated onto the
 * recording, proved safe, loaded into a machine, and bound to the events that call them. Everything
 * that can be refused is refused here, before any event is read.
 */
import { kernelFunctionByNumber } from '../bpf/helpers/kernel-functions.ts';
import { OPCODE_CALL, PSEUDO_KFUNC_CALL } from '../bpf/isa/opcodes.ts';
import type { Btf } from '../bpf/object/btf.ts';
import type { ObjectFile } from '../bpf/object/open.ts';
import { idOfMap } from '../bpf/maps/inner-map.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import type { LinkedObject, LinkedProgram, VerifiedProgram } from '../bpf/program.ts';
import { Machine, type EngineName, type LoadedProgram } from '../bpf/vm/machine.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import type { AttachPlan, HookSite, IteratorSettings } from './hooks/hook.ts';
import { isCalledByUser } from './hooks/timed.ts';
import { hookFamilyOf } from './hooks/table.ts';
import { ReplayMoment } from './kernel/moment.ts';
import { fieldsReadBy } from './kernel/attach-types.ts';
import { FollowedObjects } from './kernel/objects/followed-objects.ts';
import { ProbedObjects } from './kernel/objects/probed-objects.ts';
import { KernelObjects } from './kernel/objects/kernel-objects.ts';
import { recordedNetwork } from './kernel/recorded-network.ts';
import { TaskTable } from './kernel/tasks.ts';
import { UserStrings } from './kernel/user-strings.ts';
import { linkOnto, proveProgram, type LinkOptions } from './prepare.ts';
import { allRecorded, recordedTypes, type RecordedTypes } from './recorded-types.ts';
import { Pins, type MapSharing } from './shared-maps.ts';

/** BPF_FUNC_get_current_comm, get_current_task, get_current_task_btf. */
const ASK_FOR_TASKS = [16, 35, 158];
/** BPF_FUNC_probe_read_user, probe_read_user_str, copy_from_user. */
const READ_USERS = [112, 114, 148];

export interface AttachedProgram {
  readonly program: LinkedProgram;
  readonly plan: AttachPlan;
  readonly loaded: Pick<LoadedProgram, 'run' | 'runs' | 'batchEntry'>;
  /** Events it was called for so far. */
  events: number;
}

export interface AttachedObject {
  readonly linked: LinkedObject;
  readonly sources: readonly Source[];
  readonly machine: Machine;
  readonly maps: readonly BpfMap[];
  readonly programs: readonly AttachedProgram[];
  readonly tasks: TaskTable;
  readonly moment: ReplayMoment;
  /** Whether a program asks who runs, so that tasks must be followed through the events. */
  readonly asksForTasks: boolean;
  /** Fields of the modelled kernel that its programs read. */
  readonly fieldsRead: ReadonlySet<string>;
  readonly pins: Pins;
  readonly isRecorded: RecordedTypes;
  /** Fills program arrays and maps of maps as they were declared: done already, but for an object that takes over another's maps. */
  fillEntries(): void;
}

export interface AttachOptions extends LinkOptions {
  /** Names of the programs to attach; by default those without `?` before their section. */
  readonly programs?: readonly string[] | undefined;
  /** Names that maps are pinned under, by the map's own name; a map that says so itself is pinned under its name. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
  /** An object of the same replay: machine, tasks and pins are shared. */
  readonly beside?: AttachedObject | undefined;
  /** Maps that are another object's; pins go before. */
  readonly sharedMaps?: MapSharing | undefined;
  readonly iterators?: IteratorSettings | undefined;
  /** The JIT if not given. */
  readonly engine?: EngineName | undefined;
  /** Ends a verification that takes long. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Throws signal.reason when cancelled, and Failure: `hook-not-replayable`, `event-not-recorded`, `field-not-recorded`, `bad-entry`, `big-endian`,
 * the verifier's rejection, or what linking refuses.
 */
export async function attachObject(
  object: ObjectFile,
  sources: readonly Source[],
  options: AttachOptions = {},
): Promise<AttachedObject> {
  const { types, linked } = linkOnto(object, sources, options);
  if (linked.isBigEndian) {
    const reason = 'built for a big-endian machine: its programs can be verified, and do not run here';
    throw new Failure('replay', 'big-endian', reason, { file: linked.file });
  }
  const chosen = withoutUserCalls(choosePrograms(linked, options.programs), options.programs);
  const { machine, moment, tasks, pins } = options.beside ?? newReplay(sources, options.engine);
  const fieldsRead = new Set([...(options.beside?.fieldsRead ?? []), ...fieldsReadBy(object)]);
  const known = options.beside?.isRecorded ?? allRecorded;
  const isRecorded = known === allRecorded ? await recordedTypes(sources, chosen, options.signal) : known;
  const site = {
    ...siteOf(sources, types, { machine, moment, tasks, isRecorded }, fieldsRead),
    iterators: options.iterators,
  };
  // A program that others tail call needs no event of its own.
  const called = new Set(
    linked.initialEntries.flatMap(({ target }) => (target.kind === 'program' ? [target.name] : [])),
  );
  const attachable = chosen.filter(({ name, attachTarget }) => attachTarget !== '' || !called.has(name));
  if (attachable.length === 0) {
    const reason = 'the programs chosen are only called by others';
    throw new Failure('replay', 'no-program', reason, { file: linked.file });
  }
  const plans = new Map(attachable.map((program) => [program, hookFamilyOf(program).plan(program, site)]));
  const maps = mapsOf(linked, machine, pins, options);
  for (const plan of plans.values()) plan.mapsMade?.(maps);
  // Programs that are tail called see the events of those that call them.
  const contextSizeBytes = Math.min(...[...plans.values()].map((plan) => plan.contextSizeBytes));
  let asksForTasks = false;
  let readsUsers = false;
  const loaded = new Map<string, LoadedProgram>();
  const programs: AttachedProgram[] = [];
  for (const program of linked.programs) {
    const plan = plans.get(program);
    if (plan === undefined && !called.has(program.name)) continue;
    options.signal?.throwIfAborted();
    const sizeBytes = plan?.contextSizeBytes ?? contextSizeBytes;
    const verified = await proveProgram(program, linked, types, sizeBytes, options.signal);
    for (const each of plan === undefined ? plans.values() : [plan]) each.proved?.(verified);
    readsUsers ||= READ_USERS.some((id) => verified.helpers.includes(id));
    asksForTasks ||= plan?.followsTasks === true || asks(verified);
    const ready = machine.loadProgram(verified, maps);
    loaded.set(program.name, ready);
    if (plan !== undefined) programs.push({ program, plan, loaded: ready, events: 0 });
  }
  if (readsUsers) moment.userStrings ??= await UserStrings.read(sources, options.signal);
  const fillEntries = (): void => setInitialEntries(linked, maps, loaded);
  if (options.sharedMaps === undefined) fillEntries();
  const shared = { sources, machine, tasks, moment, pins, isRecorded };
  return { ...shared, linked, maps, programs, asksForTasks, fieldsRead, fillEntries };
}

/** With no program: for saying what programs would be attached to, and how often they would be called. */
export function attachNothing(
  object: ObjectFile,
  linked: LinkedObject,
  sources: readonly Source[],
  types: Btf,
  isRecorded: RecordedTypes,
): { readonly attached: AttachedObject; readonly site: HookSite } {
  const made = { ...newReplay(sources), isRecorded };
  const fieldsRead = fieldsReadBy(object);
  const site = siteOf(sources, types, made, fieldsRead);
  const nothing = { linked, sources, maps: [], programs: [], asksForTasks: true, fieldsRead };
  return { attached: { ...made, ...nothing, fillEntries: () => undefined }, site };
}

/** With the kernel's objects laid out anew: what one object of a replay reads more is filled for all. */
function siteOf(
  sources: readonly Source[],
  types: Btf,
  { machine, moment, tasks, isRecorded }: Pick<AttachedObject, 'machine' | 'moment' | 'tasks' | 'isRecorded'>,
  fieldsRead: ReadonlySet<string>,
): HookSite {
  const { memory } = machine;
  machine.kernelTypes = types;
  const missing = (what: string): void => moment.missing(what);
  moment.kernelObjects = new KernelObjects({ memory, types, tasks, fieldsRead, missing });
  const followed = new FollowedObjects(
    memory,
    types,
    missing,
    () => (moment.probedObjects ??= new ProbedObjects(memory)),
  );
  return { sources, isRecorded, memory, types, tasks, moment, followed };
}

function newReplay(
  sources: readonly Source[],
  engine?: EngineName,
): Pick<AttachedObject, 'machine' | 'moment' | 'tasks' | 'pins'> {
  const tasks = new TaskTable();
  for (const source of sources) tasks.learn(source.context);
  const moment = new ReplayMoment(tasks);
  moment.network = recordedNetwork(sources);
  const cpuCount = Math.max(1, ...sources.map((source) => source.context.cpuCount));
  const machine = new Machine({ cpuCount, world: moment, ...(engine && { engine }) });
  return { machine, moment, tasks, pins: new Pins() };
}

/** The object's maps in their order: shared ones where there are, else new. */
function mapsOf(
  { maps, file }: LinkedObject,
  machine: Machine,
  pins: Pins,
  options: AttachOptions,
): readonly BpfMap[] {
  return maps.map((definition) => {
    const pinName = options.pins?.[definition.name] ?? (definition.isPinned ? definition.name : undefined);
    const pinned = pinName === undefined ? undefined : pins.find(pinName, definition, file);
    const map = pinned ?? options.sharedMaps?.(definition, file) ?? machine.addMap(definition);
    if (pinName !== undefined && pinned === undefined) pins.pin(pinName, map, file);
    return map;
  });
}

/** Whether it calls what gives a task or its name. */
function asks({ helpers, program }: VerifiedProgram): boolean {
  if (ASK_FOR_TASKS.some((id) => helpers.includes(id))) return true;
  return program.instructions.some(
    ({ opcode, src, imm }) =>
      opcode === OPCODE_CALL &&
      src === PSEUDO_KFUNC_CALL &&
      kernelFunctionByNumber(imm)?.name.includes('_task_') === true,
  );
}

/** Fills program arrays and maps of maps as they were declared. */
function setInitialEntries(
  { initialEntries, maps: definitions, file }: LinkedObject,
  maps: readonly BpfMap[],
  loaded: ReadonlyMap<string, LoadedProgram>,
): void {
  for (const { map, index, target } of initialEntries) {
    const inner = target.kind === 'map' ? maps[target.map] : undefined;
    const id = target.kind === 'map' ? inner && idOfMap(inner) : loaded.get(target.name)?.id;
    const key = new Uint8Array(Uint32Array.of(index).buffer);
    const value = new Uint8Array(Uint32Array.of(id ?? 0).buffer);
    if (id !== undefined && maps[map]?.set(key, value) === 0) continue;
    const name = target.kind === 'map' ? (definitions[target.map]?.name ?? target.map) : target.name;
    throw new Failure('replay', 'bad-entry', `${name} does not fit at index ${index}`, {
      file,
      at: `map ${definitions[map]?.name ?? map}`,
    });
  }
}

/** What only user space calls is left out where others are attached, as libbpf attaches nothing for it. */
function withoutUserCalls(
  chosen: readonly LinkedProgram[],
  names: readonly string[] | undefined,
): readonly LinkedProgram[] {
  const others = chosen.filter((program) => !isCalledByUser(program));
  return names !== undefined || others.length === 0 ? chosen : others;
}

function choosePrograms(
  linked: LinkedObject,
  names: readonly string[] | undefined,
): readonly LinkedProgram[] {
  const { file, programs } = linked;
  const known = programs.map(({ name }) => name).join(', ');
  const unknown = names?.find((name) => !programs.some((program) => program.name === name));
  if (unknown !== undefined) {
    throw new Failure('replay', 'unknown-program', `no program ${unknown}; there is ${known || 'none'}`, {
      file,
    });
  }
  const chosen = programs.filter(({ name, isAutoloaded }) => names?.includes(name) ?? isAutoloaded);
  if (chosen.length > 0) return chosen;
  const reason =
    known === '' ? 'the object holds no program' : `no program attaches by itself; name one of ${known}`;
  throw new Failure('replay', 'no-program', reason, { file });
}
