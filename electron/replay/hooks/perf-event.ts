/**
 * `perf_event`: the samples of a counter or a clock that perf took. The context is struct bpf_perf_event_data of
 * x86-64: of the registers a sample holds the instruction pointer, and those that perf record --intr-regs was told of,
 * besides its period and, with perf record -d, its address. A section does not say of which event: where there are several it is named when the program is attached.
 */
import type { LinkedProgram } from '../../bpf/program.ts';
import type { Address } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import type { EventType, Source } from '../../trace/event.ts';
import { RecordFields } from '../kernel/objects/record-fields.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite, Layer } from './hook.ts';
import { registerAt, registersOf } from './registers.ts';

/** struct bpf_perf_event_data of x86-64: registers, then the two numbers. */
const [PERIOD_AT, ADDRESS_AT, CONTEXT_BYTES] = [168, 176, 184];

interface Part {
  readonly offsetBytes: number;
  readonly field: string;
  readonly remedy: string;
}

/** What of the context a sample may hold. */
const PARTS: readonly Part[] = [
  { offsetBytes: 128, field: 'ip', remedy: 'perf record takes it unless told otherwise' },
  { offsetBytes: PERIOD_AT, field: 'period', remedy: 'record with perf record --period' },
  { offsetBytes: ADDRESS_AT, field: 'addr', remedy: 'record with perf record --data' },
];

/** As perf numbers the registers of x86-64, by the names of struct pt_regs; it has no segments but two. */
const PERF_ORDER = [
  ...['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp', 'ip', 'flags', 'cs', 'ss', '', '', '', ''],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
];
const REGISTERS = 'intr_regs';
const WORD_BYTES = 8;
const UNKNOWN = 0xffff_ffff_ffff_ffffn;

/** Where a register goes in the context, and which word of the located ones it is. */
interface SampledRegister {
  readonly name: string;
  readonly toBytes: number;
  readonly fromBytes: number;
}

function registersIn(type: EventType, source: Source): readonly SampledRegister[] {
  const field = type.fields.find(({ name }) => name === REGISTERS);
  const { offsets, machine } = registersOf([source]);
  if (field?.registers === undefined || machine !== 'x86_64') return [];
  return field.registers.flatMap((number, index) => {
    const name = PERF_ORDER[number] ?? '';
    const toBytes = offsets.get(name);
    return toBytes === undefined ? [] : [{ name, toBytes, fromBytes: WORD_BYTES * (index + 1) }];
  });
}

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const { sources, memory } = site;
  const name = eventOf(program, sources);
  const context = memory.allocate(CONTEXT_BYTES);
  memory.bytes.fill(0xff, context, context + CONTEXT_BYTES);
  const attachments: Attachment[] = [];
  const held = new Set(PARTS);
  let registers: ReadonlySet<number> | undefined;
  for (const source of sources) {
    for (const type of source.schema.types) {
      if (!isSample(type) || type.name !== name) continue;
      for (const part of PARTS) if (!hasField(type, part)) held.delete(part);
      const own = registersIn(type, source).map(({ toBytes }) => toBytes);
      registers = new Set(own.filter((each) => registers?.has(each) !== false));
      attachments.push({ source, type: type.index, layOut: layer(source, type, context, site) });
    }
  }
  return {
    hook: `perf_event:${name}`,
    attachments,
    contextSizeBytes: CONTEXT_BYTES,
    proved: ({ contextAccesses }) => {
      const isArm = registersOf(sources).machine !== 'x86_64';
      for (const { offsetBytes } of contextAccesses) {
        if (isArm || registers?.has(offsetBytes & ~7) !== true) checkRead(program, offsetBytes, held, isArm);
      }
    },
  };
}

/**
 * Samples, and not perf's own records, which have no instruction pointer, nor the event that perf opens for those
 * alone. Tracepoints are of other systems.
 */
function isSample({ system, name, fields }: EventType): boolean {
  return system === 'perf' && !name.startsWith('dummy') && fields.some((field) => field.name === 'ip');
}

function hasField({ fields }: EventType, { field }: Part): boolean {
  return fields.some(({ name, sizeBytes }) => name === field && sizeBytes === 8);
}

function eventOf(program: LinkedProgram, sources: readonly Source[]): string {
  const names = [
    ...new Set(sources.flatMap(({ schema }) => schema.types.filter(isSample).map(({ name }) => name))),
  ];
  const { attachTarget } = program;
  const [only] = names;
  if (attachTarget === '' && names.length === 1 && only !== undefined) return only;
  if (names.includes(attachTarget)) return attachTarget;
  const wanted = attachTarget === '' ? 'samples of a counter or clock' : `samples of ${attachTarget}`;
  const reason =
    names.length === 0
      ? `the recording holds no ${wanted}; record some with perf record -e ${attachTarget || 'cpu-clock'}`
      : attachTarget === ''
        ? `the recording holds samples of several events; attach to one of ${names.join(', ')}`
        : `the recording holds no ${wanted}; it has ${names.join(', ')}`;
  const code = names.length > 0 && attachTarget === '' ? 'several-events' : 'event-not-recorded';
  throw new Failure('replay', code, reason, { file: program.name, at: `section ${program.section}` });
}

/** Hot: what a sample holds of the context. */
function layer(source: Source, type: EventType, context: Address, { memory, moment }: HookSite): Layer {
  const fields = new RecordFields(memory, source, type);
  const parts = PARTS.filter((part) => hasField(type, part));
  const registers = registersIn(type, source);
  const fillRegisters = (): void => {
    const words = fields.bytes(REGISTERS);
    const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
    const isThere = words.byteLength >= WORD_BYTES * (registers.length + 1);
    if (!isThere) moment.missing(`registers of perf:${type.name}`);
    for (const { toBytes, fromBytes } of registers) {
      const value = isThere ? view.getBigUint64(fromBytes, source.schema.isLittleEndian) : UNKNOWN;
      memory.view.setBigUint64(context + toBytes, value, true);
    }
  };
  return (record, batch, row) => {
    if (fields.moveTo(record, batch, row)) {
      if (registers.length > 0) fillRegisters();
      for (const { offsetBytes, field } of parts)
        memory.view.setBigUint64(context + offsetBytes, fields.wide(field), true);
    } else {
      moment.missing(`perf:${type.name}`);
      memory.bytes.fill(0xff, context, context + CONTEXT_BYTES);
    }
    return context;
  };
}

function checkRead(
  program: LinkedProgram,
  offsetBytes: number,
  held: ReadonlySet<Part>,
  isArm: boolean,
): void {
  const part = PARTS.find((each) => each.offsetBytes === (offsetBytes & ~7));
  if (part !== undefined && held.has(part) && !isArm) return;
  const register = isArm ? undefined : registerAt(registersOf([]), offsetBytes);
  const what = part?.field ?? `the register ${register ?? `at byte ${offsetBytes} of the context`}`;
  const remedy = part?.remedy ?? (register && `record with perf record --intr-regs=${register}`);
  const reason = isArm
    ? 'it reads its context, which is known of x86-64 alone, and the recording is of an Arm machine'
    : `it reads ${what}, which samples of the recording do not hold${remedy === undefined ? '' : `: ${remedy}`}`;
  throw new Failure(
    'replay',
    'argument-not-recorded',
    reason,
    { file: program.name, at: `section ${program.section}` },
    { argument: what },
  );
}

export const perfEventHooks: HookFamily = { name: 'perf event', programTypes: ['perf_event'], plan };
