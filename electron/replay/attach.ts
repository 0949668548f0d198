/**
 * Attaching: an open object and a bundle's sources become programs that are relocated onto the
 * recording, proved safe, loaded into a machine, and bound to the events that call them. Everything
 * that can be refused is refused here, before any event is read.
 */
import { kernelFunctionByNumber } from '../bpf/helpers/kernel-functions.ts';
import { OPCODE_CALL, PSEUDO_KFUNC_CALL } from '../bpf/isa/opcodes.ts';
import type { Btf } from '../bpf/object/btf.ts';
import type { ObjectFile } from '../bpf/object/open.ts';
import { linkObject } from '../bpf/object/link.ts';
import type { ObjectSettings } from '../bpf/object/settings.ts';
import { idOfMap } from '../bpf/maps/inner-map.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import type { LinkedObject, LinkedProgram, VerifiedProgram } from '../bpf/program.ts';
import { rejectionFailure, verifyInTurns, type Rejection } from '../bpf/verifier/verify.ts';
import { Machine, type LoadedProgram } from '../bpf/vm/machine.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import type { AttachPlan } from './hooks/hook.ts';
import { hookFamilyOf } from './hooks/table.ts';
import { KernelSymbols } from './kernel/kernel-symbols.ts';
import { linuxVersionCode } from './kernel/kernel-version.ts';
import { ReplayMoment } from './kernel/moment.ts';
import { fieldsReadBy, kernelTypes, plainAccess } from './kernel/attach-types.ts';
import { KernelObjects } from './kernel/objects/kernel-objects.ts';
import { remedyFor } from './kernel/objects/recorded-fields.ts';
import { TaskTable } from './kernel/tasks.ts';
import { Pins, type MapSharing } from './shared-maps.ts';

/** BPF_FUNC_get_current_comm, get_current_task, get_current_task_btf. */
const ASK_FOR_TASKS = [16, 35, 158];

export interface AttachedProgram {
  readonly program: LinkedProgram;
  readonly plan: AttachPlan;
  readonly loaded: LoadedProgram;
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
  /** Fills program arrays and maps of maps as they were declared: done already, but for an object that takes over another's maps. */
  fillEntries(): void;
}

export interface AttachOptions {
  /** What user space sets before load: variables, sizes of maps, which programs load. */
  readonly settings?: ObjectSettings | undefined;
  /** What programs are attached to in place of what their section says, by the program's name. */
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
  /** Names of the programs to attach; by default those without `?` before their section. */
  readonly programs?: readonly string[] | undefined;
  /** Names that maps are pinned under, by the map's own name; a map that says so itself is pinned under its name. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
  /** An object of the same replay: machine, tasks and pins are shared. */
  readonly beside?: AttachedObject | undefined;
  /** Maps that are another object's; pins go before. */
  readonly sharedMaps?: MapSharing | undefined;
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
  const types = kernelTypes(sources);
  const linked = linkObject(object, {
    target: types,
    settings: options.settings,
    attachTargets: options.attachTargets,
    externs: kernelConfiguration(sources),
    addressOf: (name) => symbolsOf(sources).addressOf(name),
  });
  if (linked.isBigEndian) {
    const reason = 'built for a big-endian machine: its programs can be verified, and do not run here';
    throw new Failure('replay', 'big-endian', reason, { file: linked.file });
  }
  const chosen = choosePrograms(linked, options.programs);
  const { machine, moment, tasks, pins } = options.beside ?? newReplay(sources);
  machine.kernelTypes = types;
  const fieldsRead = new Set([...(options.beside?.fieldsRead ?? []), ...fieldsReadBy(object)]);
  // Laid out anew for every object: what one reads more is filled for all.
  moment.kernelObjects = new KernelObjects({
    memory: machine.memory,
    types,
    tasks,
    fieldsRead,
    missing: (what) => moment.missing(what),
  });
  // A program that others tail call needs no event of its own.
  const called = new Set(
    linked.initialEntries.flatMap(({ target }) => (target.kind === 'program' ? [target.name] : [])),
  );
  const attachable = chosen.filter(({ name, attachTarget }) => attachTarget !== '' || !called.has(name));
  if (attachable.length === 0) {
    const reason = 'the programs chosen are only called by others';
    throw new Failure('replay', 'no-program', reason, { file: linked.file });
  }
  const site = { sources, memory: machine.memory, types, tasks, moment };
  const plans = new Map(attachable.map((program) => [program, hookFamilyOf(program).plan(program, site)]));
  const maps = mapsOf(linked, machine, pins, options);
  // Programs that are tail called see the events of those that call them.
  const contextSizeBytes = Math.min(...[...plans.values()].map((plan) => plan.contextSizeBytes));
  let asksForTasks = false;
  const loaded = new Map<string, LoadedProgram>();
  const programs: AttachedProgram[] = [];
  for (const program of linked.programs) {
    const plan = plans.get(program);
    if (plan === undefined && !called.has(program.name)) continue;
    options.signal?.throwIfAborted();
    const sizeBytes = plan?.contextSizeBytes ?? contextSizeBytes;
    const verified = await verify(program, linked, types, sizeBytes, options.signal);
    asksForTasks ||= asks(verified);
    const ready = machine.loadProgram(verified, maps);
    loaded.set(program.name, ready);
    if (plan !== undefined) programs.push({ program, plan, loaded: ready, events: 0 });
  }
  const fillEntries = (): void => setInitialEntries(linked, maps, loaded);
  if (options.sharedMaps === undefined) fillEntries();
  const shared = { sources, machine, tasks, moment, pins };
  return { ...shared, linked, maps, programs, asksForTasks, fieldsRead, fillEntries };
}

function newReplay(
  sources: readonly Source[],
): Pick<AttachedObject, 'machine' | 'moment' | 'tasks' | 'pins'> {
  const tasks = new TaskTable();
  for (const source of sources) tasks.learn(source.context);
  const moment = new ReplayMoment(tasks);
  const cpuCount = Math.max(1, ...sources.map((source) => source.context.cpuCount));
  return { machine: new Machine({ cpuCount, world: moment }), moment, tasks, pins: new Pins() };
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

/** Throws the rejection, or what of the recording a program lacks. */
async function verify(
  program: LinkedProgram,
  linked: LinkedObject,
  kernelBtf: Btf,
  contextSizeBytes: number,
  signal: AbortSignal | undefined,
): Promise<VerifiedProgram> {
  const verdict = await verifyInTurns(program, linked.maps, {
    license: linked.license,
    ...(linked.btf === undefined ? {} : { btf: linked.btf }),
    kernelBtf,
    contextSizeBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  if (verdict.verdict === 'rejected') throw refusal(verdict.reason, program, linked);
  return verdict.verified;
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

function symbolsOf(sources: readonly Source[]): KernelSymbols {
  return new KernelSymbols(sources.flatMap(({ context }) => context.kallsyms ?? []));
}

/** What `__kconfig` externs are answered with, as far as the recordings tell. */
function kernelConfiguration(sources: readonly Source[]): Readonly<Record<string, number>> {
  const release = sources.find((source) => source.context.kernelRelease !== undefined)?.context.kernelRelease;
  const version = linuxVersionCode(release);
  return version === undefined ? {} : { LINUX_KERNEL_VERSION: version };
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

/**
 * A rejected program that reads what the recording does not hold was poisoned there: the reason to
 * give is the field, not the poison. A read behind bpf_core_field_exists() is never reached.
 */
function refusal(rejection: Rejection, program: LinkedProgram, linked: LinkedObject): Failure {
  const unresolved = linked.unresolved.find(
    (each) => each.program === program.name && each.instruction === rejection.instruction,
  );
  if (unresolved === undefined) return rejectionFailure(rejection, linked.file);
  const remedy = remedyFor(plainAccess(unresolved.access));
  return new Failure(
    'replay',
    'field-not-recorded',
    `${program.name} reads ${unresolved.access}, which cannot be had from this recording: ${remedy ?? unresolved.reason}`,
    { file: linked.file, at: `instruction ${unresolved.instruction}` },
    { access: unresolved.access, program: program.name },
  );
}
