/**
 * `fentry/FUNCTION`, `fexit/FUNCTION`, `fmod_ret/FUNCTION`: the context is the function's arguments by the modelled
 * kernel's prototype, eight bytes each, and its result behind them. Probes of any kind tell them; at a function's
 * return the arguments are those that an event of its entry told, remembered by thread.
 */
import type { Btf } from '../../bpf/object/btf.ts';
import type { BtfPrototype } from '../../bpf/object/btf-type.ts';
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import { attachKindOf } from '../../bpf/verifier/attach-target.ts';
import { Failure } from '../../failure.ts';
import { FunctionContext, heldPlaces } from './function-context.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite } from './hook.ts';
import { followedMembers, functionProbes, probeDefinition } from './kprobe.ts';
import type { RecordedProbe } from './probe-events.ts';
import type { ProbeTarget } from './probe-target.ts';
import { registersOf } from './registers.ts';

const PLACE_BYTES = 8;

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const kind = attachKindOf(program) ?? 'fentry';
  const name = program.attachTarget;
  const isAtReturn = kind === 'fexit';
  const target = (side: 'entry' | 'return'): ProbeTarget => ({
    kind: 'kernel',
    side,
    prefix: kind,
    file: undefined,
    name,
    offset: 0,
    cookie: 0n,
  });
  const entries = functionProbes(target('entry'), site);
  const returns = isAtReturn ? functionProbes(target('return'), site) : [];
  if ((isAtReturn ? returns : entries).length === 0)
    throw notRecorded(program, target(isAtReturn ? 'return' : 'entry'));
  const places = prototypeOf(site.types, name)?.parameters.length ?? 0;
  const context = new FunctionContext(site, registersOf(site.sources), name, places, kind);
  const attachments = [...entries, ...returns].map((probe): Attachment => ({
    source: probe.source,
    type: probe.type.index,
    drive: context.driverFor(probe),
    ...(isAtReturn && !probe.isReturn ? { isFollowed: true as const } : {}),
  }));
  return {
    hook: `${kind}:${name}`,
    attachments: [...followedMembers(registersOf(site.sources), site), ...attachments],
    contextSizeBytes: PLACE_BYTES * (places + 1),
    proved: (verified) => checkPlaces(program, verified, entries, returns, site),
  };
}

function prototypeOf(types: Btf, name: string): BtfPrototype | undefined {
  const found = types.find('func', name);
  const prototype = found === undefined ? undefined : types.typeById(found.typeId);
  return prototype?.kind === 'func_proto' ? prototype : undefined;
}

function notRecorded(program: LinkedProgram, target: ProbeTarget): Failure {
  const end = target.side === 'return' ? 'returning' : 'being called';
  return new Failure(
    'replay',
    'event-not-recorded',
    `the recording has no event of ${target.name}() ${end}; record one: ${probeDefinition(target, '')}, or the function_graph tracer`,
    { file: program.name, at: `section ${program.section}` },
    { event: target.name },
  );
}

/** Refuses reads of arguments that no event tells. */
function checkPlaces(
  program: LinkedProgram,
  { contextAccesses }: VerifiedProgram,
  entries: readonly RecordedProbe[],
  returns: readonly RecordedProbe[],
  { types, sources }: HookSite,
): void {
  const registers = registersOf(sources);
  const parameters = prototypeOf(types, program.attachTarget)?.parameters ?? [];
  const held = new Set(
    [...entries, ...returns].flatMap((probe) => heldPlaces(probe, registers, parameters.length)),
  );
  // What an fmod_ret program is given as the result is what those before it said: nothing.
  if (attachKindOf(program) === 'fmod_ret') held.add(parameters.length);
  for (const { offsetBytes, instruction } of contextAccesses) {
    const place = Math.floor(offsetBytes / PLACE_BYTES);
    if (held.has(place)) continue;
    const isResult = place === parameters.length;
    const name = parameters[place]?.name ?? '';
    const what = isResult ? 'what it returns' : `its argument ${name}`;
    const fetched = isResult ? 'ret=$retval' : `${name || `arg${place + 1}`}=$arg${place + 1}`;
    const target: ProbeTarget = {
      kind: 'kernel',
      side: isResult ? 'return' : 'entry',
      prefix: 'fentry',
      file: undefined,
      name: program.attachTarget,
      offset: 0,
      cookie: 0n,
    };
    const tracer = isResult ? ', or function_graph with options/funcgraph-retval' : '';
    throw new Failure(
      'replay',
      'argument-not-recorded',
      `${program.name} reads of ${program.attachTarget}() ${what}, which no event of it holds; record it: ${probeDefinition(target, ` ${fetched}`)}${tracer}`,
      { file: program.name, at: `instruction ${instruction}` },
      { program: program.name, place, fetched },
    );
  }
}

function takes(program: LinkedProgram): boolean {
  const kind = attachKindOf(program);
  return kind === 'fentry' || kind === 'fexit' || kind === 'fmod_ret';
}

export const fentryHooks: HookFamily = { name: 'function', programTypes: ['tracing'], takes, plan };
