/**
 * `raw_tp/NAME`, `raw_tp.w/NAME` (writable-tracepoints.ts) and `tp_btf/NAME`: the context is the tracepoint's arguments, eight bytes each, by the prototype of
 * the modelled kernel. They are built from the record as tracepoint-arguments.ts says. An argument that the record
 * does not tell is refused where the program reads it, once that is known.
 */
import type { Btf } from '../../bpf/object/btf.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import { attachKindOf } from '../../bpf/verifier/attach-target.ts';
import type { Address } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import type { EventType } from '../../trace/event.ts';
import { argumentWriter, type ArgumentWriter, type Parameter } from './argument-writers.ts';
import { followedEvents } from './followed-events.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite, Layer } from './hook.ts';
import { TRACEPOINTS } from './tracepoint-arguments.ts';
import { checkReach, isWritable, writableDriver } from './writable-tracepoints.ts';

const PLACE_BYTES = 8;
/** MAX_BPF_FUNC_ARGS. */
const PLACES_MAX = 12;
/** Systems whose events are no tracepoints of the kernel, though they may be named as one. */
const NO_TRACEPOINTS: ReadonlySet<string> = new Set(['kprobes', 'uprobes', 'fprobes', 'synthetic', 'ftrace']);

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const name = program.attachTarget;
  const rules = TRACEPOINTS[name];
  const parameters = parametersOf(name, site.types);
  const context = site.memory.allocate(PLACE_BYTES * PLACES_MAX);
  const attachments: Attachment[] = [];
  const told: boolean[] = (parameters ?? []).map(() => true);
  for (const source of site.sources) {
    for (const type of source.schema.types) {
      if (!isOf(type, name)) continue;
      const writers = (parameters ?? []).map((parameter, place) => {
        const writer = argumentWriter(parameter, rules?.arguments[parameter.name], source, type, site);
        if (writer === undefined) told[place] = false;
        return writer;
      });
      const layOut = layer(writers, context);
      const called = isWritable(program)
        ? { drive: writableDriver(layOut, context, name, source, type, site) }
        : { layOut };
      attachments.push({ source, type: type.index, ...called });
    }
  }
  if (attachments.length === 0) throw notRecorded(program);
  const kinds = Object.values(rules?.arguments ?? {}).flatMap((rule) =>
    rule.kind === 'object' ? [rule.object] : [],
  );
  attachments.push(...followedEvents(kinds, attachments, site));
  return {
    hook: `${program.type === 'tracing' ? 'tp_btf' : 'raw_tp'}:${name}`,
    attachments,
    contextSizeBytes: PLACE_BYTES * PLACES_MAX,
    followsTasks: true,
    proved: (verified) => {
      checkReach(program, verified);
      for (const { offsetBytes } of verified.contextAccesses) {
        const place = Math.floor(offsetBytes / PLACE_BYTES);
        if (place > 0 || !isWritable(program)) checkArgument(program, parameters, told, place);
      }
    },
  };
}

/** The tracepoint's, without the pointer that comes before them; undefined where the model does not have it. */
function parametersOf(name: string, types: Btf): readonly Parameter[] | undefined {
  const named = types.find('func', `model_arguments_${name}`);
  const prototype = named === undefined ? undefined : types.typeById(named.typeId);
  if (prototype?.kind !== 'func_proto') return undefined;
  return prototype.parameters.map((parameter) => ({
    name: parameter.name,
    sizeBytes: types.sizeOf(parameter.typeId) ?? PLACE_BYTES,
  }));
}

/** A raw tracepoint is named without its system. */
function isOf({ system, name: event }: EventType, name: string): boolean {
  const known = TRACEPOINTS[name];
  return event === name && (known === undefined ? !NO_TRACEPOINTS.has(system) : system === known.system);
}

/** Hot: the arguments of one record. */
function layer(writers: readonly (ArgumentWriter | undefined)[], context: Address): Layer {
  return (record, batch, row) => {
    for (let place = 0; place < writers.length; place += 1)
      writers[place]?.(record, batch, row, context + PLACE_BYTES * place);
    return context;
  };
}

function checkArgument(
  program: LinkedProgram,
  parameters: readonly Parameter[] | undefined,
  told: readonly boolean[],
  place: number,
): void {
  const name = parameters?.[place]?.name;
  if (told[place] === true) return;
  const event = program.attachTarget;
  const reason =
    parameters === undefined
      ? `what arguments the tracepoint ${event} has is not known here, and it reads one`
      : name === undefined
        ? `the tracepoint ${event} has ${parameters.length} arguments, and it reads number ${place + 1}`
        : `it reads the argument ${name} of the tracepoint ${event}, which records of the event do not tell`;
  throw new Failure(
    'replay',
    'argument-not-recorded',
    reason,
    { file: program.name, at: `section ${program.section}` },
    { event, argument: name ?? place },
  );
}

function notRecorded(program: LinkedProgram): Failure {
  const name = program.attachTarget;
  const system = TRACEPOINTS[name]?.system;
  const event = system === undefined ? name : `${system}:${name}`;
  return new Failure(
    'replay',
    'event-not-recorded',
    `the recording does not describe ${event}; record it with -e ${system === undefined ? `'*:${name}'` : event}`,
    { file: program.name, at: `section ${program.section}` },
    { event },
  );
}

function takes(program: LinkedProgram): boolean {
  return program.type !== 'tracing' || attachKindOf(program) === 'raw_tp';
}

export const rawTracepointHooks: HookFamily = {
  name: 'raw tracepoint',
  programTypes: ['raw_tracepoint', 'raw_tracepoint_writable', 'tracing'],
  takes,
  plan,
};
