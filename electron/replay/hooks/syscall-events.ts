/**
 * Recorded system calls: which event types tell of a call's entry or its return, by the events of the call's own name
 * (syscalls:sys_enter_openat) and by raw_syscalls, which has all of them by number. Where a recording has both, a call
 * is told of twice and is taken once.
 */
import {
  hasSyscallNumbers,
  knownEvent,
  syscallNumbered,
  syscallNamed,
} from '../../trace/known-events/known-events.ts';
import type { EventField, EventType, Source } from '../../trace/event.ts';
import { isStrace } from '../recorded-types.ts';
import type { HookSite } from './hook.ts';
import { fitsName, type ProbeTarget } from './probe-target.ts';

const WORD_BYTES = 8;
const PARAMETERS = 6;
/** The arguments come behind the call's number, which takes eight bytes with its padding. */
const PARAMETERS_AT = 16;

export interface RecordedSyscall {
  readonly source: Source;
  readonly type: EventType;
  readonly isReturn: boolean;
  readonly isRaw: boolean;
  /** Of raw events: whether a call of this number is the target's. */
  isOf(number: number): boolean;
  /** Text does not print it where the name says it. */
  readonly numberField: EventField | undefined;
  /** On the recorded machine, where the event's name says it. */
  readonly number: number | undefined;
  /** Offsets of the arguments in the record, undefined where it does not have one. */
  readonly parameters: readonly (number | undefined)[];
  readonly resultField: EventField | undefined;
}

/**
 * The event types that tell of the target's calls: an strace's where no other source recorded them. Others have their
 * times from the kernel.
 */
export function recordedSyscalls(
  target: Pick<ProbeTarget, 'name' | 'side'>,
  { sources, isRecorded }: Pick<HookSite, 'sources' | 'isRecorded'>,
): readonly RecordedSyscall[] {
  const described = describedSyscalls(target, sources);
  // An strace has arguments by the call's name alone.
  const named = described.filter(({ source, isRaw }) => isStrace(source) && !isRaw);
  const straces = named.length > 0 ? named : described.filter(({ source }) => isStrace(source));
  if (straces.length === 0) return described;
  const held = described.filter(({ source, type }) => !isStrace(source) && isRecorded(source, type.index));
  const isTold = ({ type, isReturn, isRaw }: RecordedSyscall): boolean =>
    held.some((each) => each.isReturn === isReturn && (each.isRaw || isRaw || each.type.name === type.name));
  return [...held, ...straces.filter((each) => !isTold(each))];
}

function describedSyscalls(
  { name, side }: Pick<ProbeTarget, 'name' | 'side'>,
  sources: readonly Source[],
): readonly RecordedSyscall[] {
  return sources.flatMap((source) =>
    source.schema.types.flatMap((type): RecordedSyscall[] => {
      const end = endOf(type);
      if (end === undefined || (side !== 'both' && (end.isReturn ? 'return' : 'entry') !== side)) return [];
      if (end.call !== undefined && !fitsName(name, end.call)) return [];
      const isRaw = end.call === undefined;
      const { machine } = source.context;
      const isKnown = hasSyscallNumbers(machine);
      const isOf = isRaw ? numberTest(name, machine) : () => true;
      const numberField = integerIn(type, isRaw ? 'id' : '__syscall_nr') ?? integerIn(type, 'nr');
      if (isOf === undefined || (isRaw && (numberField === undefined || !isKnown))) return [];
      const parameters = end.isReturn ? [] : parametersOf(type, isRaw);
      const resultField = end.isReturn ? integerIn(type, 'ret') : undefined;
      const number = end.call === undefined ? undefined : syscallNamed(end.call, machine)?.number;
      const fields = { numberField, parameters, resultField };
      return [{ source, type, isReturn: end.isReturn, isRaw, isOf, number, ...fields }];
    }),
  );
}

function endOf({
  system,
  name,
}: EventType): { readonly isReturn: boolean; readonly call?: string } | undefined {
  if (system === 'raw_syscalls' && (name === 'sys_enter' || name === 'sys_exit'))
    return { isReturn: name === 'sys_exit' };
  const [, end, call] = system === 'syscalls' ? (/^sys_(enter|exit)_(\w+)$/.exec(name) ?? []) : [];
  return call === undefined ? undefined : { isReturn: end === 'exit', call };
}

/** undefined for a call that has no number on the machine. */
function numberTest(pattern: string, machine: string | undefined): ((number: number) => boolean) | undefined {
  if (!/[*?]/.test(pattern)) {
    const number = syscallNamed(pattern, machine)?.number;
    return number === undefined ? undefined : (each) => each === number;
  }
  const fits = new Map<number, boolean>();
  return (number) => {
    const known = fits.get(number);
    if (known !== undefined) return known;
    const name = syscallNumbered(number, machine)?.name;
    const isFit = name !== undefined && fitsName(pattern, name);
    fits.set(number, isFit);
    return isFit;
  };
}

/** Names of the parameters that records of the type do not tell, of those that the call has. */
export function unknownParameters({ type, isReturn, isRaw, parameters }: RecordedSyscall): readonly string[] {
  if (isReturn) return [];
  if (isRaw) return parameters.some((offset) => offset === undefined) ? ['arguments of calls'] : [];
  const known = knownEvent('syscalls', type.name);
  return parameters.flatMap((offset, index) => {
    const place = PARAMETERS_AT + WORD_BYTES * index;
    const name = known?.fields.find(({ offsetBytes }) => offsetBytes === place)?.name;
    return offset !== undefined || name === undefined ? [] : [`${type.name}.${name}`];
  });
}

function integerIn(type: EventType, name: string): EventField | undefined {
  return type.fields.find((field) => field.name === name && field.kind === 'integer');
}

function parametersOf(type: EventType, isRaw: boolean): (number | undefined)[] {
  if (isRaw) {
    const args = type.fields.find(({ name, kind }) => name === 'args' && kind === 'array');
    return Array.from({ length: PARAMETERS }, (_, index) =>
      args === undefined || index >= args.elementCount ? undefined : args.offsetBytes + WORD_BYTES * index,
    );
  }
  return Array.from({ length: PARAMETERS }, (_, index) => {
    const offset = PARAMETERS_AT + WORD_BYTES * index;
    const isThere = type.fields.some(
      (field) => field.offsetBytes === offset && field.sizeBytes === WORD_BYTES,
    );
    return isThere ? offset : undefined;
  });
}
