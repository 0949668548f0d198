/**
 * `tracepoint/SYSTEM/NAME`: the context is the record itself, in the layout the kernel wrote, as
 * perf_trace_run_bpf_submit() hands it over. The first eight bytes (the common fields) are not the
 * program's to read there, and the verifier refuses them here too.
 */
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import type { EventType, Source } from '../../trace/event.ts';
import { isStrace } from '../recorded-types.ts';
import { refuseUnrecorded } from './recorded-bytes.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite, Layer } from './hook.ts';

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const { sources, moment } = site;
  const [system, name, rest] = program.attachTarget.split('/');
  if (!system || !name || rest !== undefined) {
    throw new Failure(
      'replay',
      'bad-attach-target',
      'a tracepoint program attaches to tracepoint/SYSTEM/NAME',
      {
        file: program.name,
        at: `section ${program.section}`,
      },
    );
  }
  const isCall = /^(raw_)?syscalls$/.test(system) && name.startsWith('sys_enter');
  const hasStrings = sources.some(isStrace);
  /** Where strings may be known of a call, it is looked up what this one was given. */
  const callLayer = (source: Source): Layer | undefined =>
    isCall && hasStrings
      ? (record, batch, row) => {
          moment.userStrings?.enter(source, batch, row);
          return record;
        }
      : undefined;
  const attachments: Attachment[] = [];
  let contextSizeBytes = Number.POSITIVE_INFINITY;
  let first: { readonly source: Source; readonly layout: string } | undefined;
  for (const source of recorders(site, system, name)) {
    // A text that prints an event in several ways has as many types of that name.
    const types = source.schema.types.filter((each) => each.system === system && each.name === name);
    for (const type of types) {
      const layout = layoutOf(type);
      first ??= { source, layout };
      if (layout !== first.layout) throw layoutsDiffer(program, `${system}:${name}`, first.source, source);
      const layOut = callLayer(source) ?? socketLayer(source, type, site);
      attachments.push({ source, type: type.index, ...(layOut && { layOut }) });
      contextSizeBytes = Math.min(contextSizeBytes, type.sizeBytes);
    }
  }
  if (attachments.length === 0) {
    throw new Failure(
      'replay',
      'event-not-recorded',
      `the recording does not describe ${system}:${name}; record it with -e ${system}:${name}`,
      { file: program.name, at: `section ${program.section}` },
      { event: `${system}:${name}` },
    );
  }
  return {
    hook: `tracepoint:${system}:${name}`,
    attachments,
    contextSizeBytes,
    proved(verified) {
      for (const { source, type } of attachments) {
        const recorded = source.schema.types[type];
        if (recorded !== undefined) refuseUnrecorded(program, source, recorded, verified);
      }
    },
  };
}

/** Where the event is of a socket, the program may follow the pointer that the record has of it. */
function socketLayer(source: Source, type: EventType, { followed }: HookSite): Layer | undefined {
  if (!type.fields.some(({ name }) => name === 'skaddr')) return undefined;
  const read = followed.of('sock').reader(source, type);
  if (read === undefined) return undefined;
  return (record, batch, row) => {
    read(record, batch, row);
    return record;
  };
}

/** An strace tells of the same calls as a trace beside it, which has their times from the kernel: where that recorded them. */
function recorders({ sources, isRecorded }: HookSite, system: string, name: string): readonly Source[] {
  const has = (source: Source, isHeld: (index: number) => boolean): boolean =>
    source.schema.types.some((type) => type.system === system && type.name === name && isHeld(type.index));
  const others = sources.filter((source) => !isStrace(source));
  if (others.some((source) => has(source, (index) => isRecorded(source, index)))) return others;
  const straces = sources.filter((source) => isStrace(source) && has(source, () => true));
  return straces.length > 0 ? straces : others;
}

/** Where every field lies: a program is relocated once, so all its records must agree on it. */
function layoutOf({ fields }: EventType): string {
  return fields.map(({ name, offsetBytes, sizeBytes }) => `${name}@${offsetBytes}+${sizeBytes}`).join(' ');
}

function layoutsDiffer(program: LinkedProgram, event: string, a: Source, b: Source): Failure {
  const reason =
    a === b
      ? `${a.name} prints ${event} in several ways, which do not tell the same fields`
      : `${a.name} and ${b.name} lay out ${event} differently, as recordings of different kernels do; run over one of them`;
  return new Failure(
    'replay',
    'layouts-differ',
    reason,
    { file: program.name, at: `section ${program.section}` },
    { event },
  );
}

export const tracepointHooks: HookFamily = { name: 'tracepoint', programTypes: ['tracepoint'], plan };
