/** Writes the arguments of a tracepoint into a context, each as tracepoint-arguments.ts says it is had. */
import type { Address } from '../../bpf/vm/memory.ts';
import type { Batch, EventField, EventType, Source } from '../../trace/event.ts';
import { stateReader } from '../kernel/task-states.ts';
import { blockStatus } from './block-status.ts';
import type { HookSite } from './hook.ts';
import type { ArgumentRule } from './tracepoint-arguments.ts';

/** Hot: writes eight bytes at the place, of the record at its address in linear memory, which is the row's. */
export type ArgumentWriter = (record: Address, batch: Batch, row: number, place: Address) => void;

/** A parameter of the tracepoint, by the modelled kernel. */
export interface Parameter {
  readonly name: string;
  readonly sizeBytes: number;
}

/** undefined where records of the type do not tell the argument. */
export function argumentWriter(
  parameter: Parameter,
  rule: ArgumentRule | undefined,
  source: Source,
  type: EventType,
  site: HookSite,
): ArgumentWriter | undefined {
  if (rule?.kind === 'current') return currentTask(site);
  if (rule?.kind === 'object') {
    const read = site.followed.of(rule.object).reader(source, type);
    if (read === undefined) return undefined;
    return (record, batch, row, place) => {
      writeWord(site.memory.view, place, read(record, batch, row));
    };
  }
  const name = rule === undefined ? parameter.name : rule.field;
  const field = type.fields.find((each) => each.name === name);
  const isWhole = (each: EventField): boolean =>
    each.kind === 'integer' && [1, 2, 4, 8].includes(each.sizeBytes);
  if (field === undefined || !isWhole(field)) return undefined;
  const writer = writerOf(rule, field, type, source.schema.isLittleEndian, parameter, site);
  const endBytes = field.offsetBytes + field.sizeBytes;
  const what = `${type.system}:${type.name}.${name}`;
  return (record, batch, row, place) => {
    if ((batch.length[row] ?? 0) >= endBytes) writer(record, batch, row, place);
    else {
      // A record that was cut short: unknown is all ones.
      site.moment.missing(what);
      site.memory.view.setBigInt64(place, -1n, true);
    }
  };
}

function currentTask({ memory, moment }: HookSite): ArgumentWriter {
  return (_record, batch, row, place) => {
    const address = moment.kernelObjects?.current(batch.tid[row] ?? -1, batch.cpu[row] ?? 0) ?? 0;
    writeWord(memory.view, place, address);
  };
}

function writerOf(
  rule: ArgumentRule | undefined,
  field: EventField,
  type: EventType,
  isLittleEndian: boolean,
  parameter: Parameter,
  { memory, moment }: HookSite,
): ArgumentWriter {
  const read = (record: Address): number => lowWord(memory.view, record, field, isLittleEndian);
  switch (rule?.kind) {
    case 'task':
      return (record, batch, row, place) => {
        const address = moment.kernelObjects?.current(read(record), batch.cpu[row] ?? 0) ?? 0;
        writeWord(memory.view, place, address);
      };
    case 'preempted':
    case 'leaving-state': {
      const stateOf = stateReader(type);
      const asksWhether = rule.kind === 'preempted';
      return (record, _batch, _row, place) => {
        const { state, isPreempted } = stateOf(read(record));
        writeWord(memory.view, place, asksWhether ? Number(isPreempted) : state);
      };
    }
    case 'block-status':
      return (record, _batch, _row, place) => {
        writeWord(memory.view, place, blockStatus(read(record)));
      };
    case 'sectors':
      return (record, _batch, _row, place) => {
        writeWord(memory.view, place, 512 * read(record));
      };
    default:
      return (record, _batch, _row, place) => {
        const { view } = memory;
        writeWord(view, place, cut(read(record), parameter.sizeBytes));
        if (parameter.sizeBytes === 8)
          view.setInt32(place + 4, highWord(view, record, field, isLittleEndian), true);
      };
  }
}

/** As the kernel hands numbers of less than eight bytes to programs: the rest is zero. */
function writeWord(view: DataView, place: Address, word: number): void {
  view.setInt32(place, word, true);
  view.setInt32(place + 4, 0, true);
}

function cut(word: number, sizeBytes: number): number {
  return sizeBytes >= 4 ? word : word & (2 ** (8 * sizeBytes) - 1);
}

/** The lower half of a number, extended by its sign where it is shorter. */
function lowWord(view: DataView, record: Address, field: EventField, isLittleEndian: boolean): number {
  const at = record + field.offsetBytes;
  switch (field.sizeBytes) {
    case 1:
      return field.isSigned ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return field.isSigned ? view.getInt16(at, isLittleEndian) : view.getUint16(at, isLittleEndian);
    case 8:
      return view.getInt32(isLittleEndian ? at : at + 4, isLittleEndian);
    default:
      return view.getInt32(at, isLittleEndian);
  }
}

function highWord(view: DataView, record: Address, field: EventField, isLittleEndian: boolean): number {
  if (field.sizeBytes === 8)
    return view.getInt32(record + field.offsetBytes + (isLittleEndian ? 4 : 0), isLittleEndian);
  return field.isSigned && lowWord(view, record, field, isLittleEndian) < 0 ? -1 : 0;
}
