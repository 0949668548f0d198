/**
 * The calls of a strace as the kernel's tracepoints say them: raw_syscalls and syscalls, enter and exit, in their
 * layout. A string or buffer that strace printed gets a place in an address space of our own making, which the
 * field `user_memory` behind the kernel's own tells of: strace does not print the addresses of what it decodes. So does
 * `call_result` of what the call returned, as a call on one line says it with no time of its own.
 * An argument that strace printed as a name or struct that is not known here is left out of its event's fields,
 * for the whole recording, so that a program which reads it is refused.
 */
import type { EventField, EventType } from '../../event.ts';
import { COMMON_DECLARATIONS, declareFields } from '../../known-events/declare.ts';
import { describedEvent, syscallNamed } from '../../known-events/known-events.ts';
import type { Surroundings } from '../../surroundings.ts';
import { addType } from './deriver.ts';
import type { Deriver, DerivingNotes, MakeDeriver } from './deriver.ts';
import type { LogEntry } from './entry.ts';
import { MESSAGE_BYTES_MAX, UNFINISHED_CALLS_MAX } from './limits.ts';
import type { RecordWriter } from './line-record.ts';
import { argumentsInOrder, parseArguments, parseCall, parseResult, valueOfArgument } from './strace-text.ts';
import type { CallText } from './strace-text.ts';
import { asBytes, UserMemory } from './strace-memory.ts';

/** Where strace names a call otherwise than the kernel names its event. */
const EVENT_NAMES: ReadonlyMap<string, string> = new Map([
  ['stat', 'newstat'],
  ['fstat', 'newfstat'],
  ['lstat', 'newlstat'],
  ['uname', 'newuname'],
  ['umount2', 'umount'],
  ['sendfile', 'sendfile64'],
]);
const NUMBER_AT = 8;
const ARGUMENTS_AT = 16;
const SLOT_BYTES = 8;
const LOCATION_BYTES = 4;
const NANOSECONDS = 1_000_000_000;
/** No process has its memory there: the upper end of what a user's may be. */
const MEMORY_FROM = 0x7e00_0000_0000n;
const RESUMED = /^<\.\.\. ([a-z_]\w*) resumed>(.*)$/s;

interface CallTypes {
  readonly number: number;
  readonly enter: EventType;
  readonly exit: EventType;
  /** Bytes of the kernel's own fields; `user_memory` lies behind them. */
  readonly memoryAt: number;
  /** Of each parameter: an int's upper half is zero, as compilers leave the register. */
  readonly parameterBits: readonly number[];
}

interface Begun {
  readonly name: string;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly text: string;
}

/** The types belong to the source and stay from pass to pass; what has begun belongs to a pass. */
export function syscallDeriver(types: EventType[], surroundings: Surroundings): MakeDeriver {
  const known = new Map<string, CallTypes | undefined>();
  const raw = {
    enter: addType(types, 'raw_syscalls', 'sys_enter', fieldsOf('long id')),
    exit: addType(types, 'raw_syscalls', 'sys_exit', fieldsOf('long id; long ret')),
  };
  const typesOf = (name: string): CallTypes | undefined => {
    if (!known.has(name)) known.set(name, callTypes(types, surroundings, name));
    return known.get(name);
  };
  return () => new SyscallDeriver(typesOf, raw);
}

function fieldsOf(declarations: string): EventField[] {
  return [...declareFields(COMMON_DECLARATIONS, 0), ...declareFields(declarations, NUMBER_AT)];
}

function callTypes(types: EventType[], surroundings: Surroundings, printed: string): CallTypes | undefined {
  const name = EVENT_NAMES.get(printed) ?? printed;
  const call = syscallNamed(name);
  const enter = describedEvent(surroundings, 'syscalls', `sys_enter_${name}`);
  const exit = describedEvent(surroundings, 'syscalls', `sys_exit_${name}`);
  if (call === undefined || Number.isNaN(call.number) || enter === undefined || exit === undefined)
    return undefined;
  const parameterBits = enter.fields.filter(({ offsetBytes }) => offsetBytes >= ARGUMENTS_AT).map(bitsOf);
  const memoryAt = ARGUMENTS_AT + parameterBits.length * SLOT_BYTES;
  const memory = declareFields('__data_loc u8[] user_memory; __data_loc s64[] call_result', memoryAt);
  return {
    number: call.number,
    enter: addType(types, 'syscalls', enter.name, [...enter.fields, ...memory]),
    exit: addType(types, 'syscalls', exit.name, exit.fields),
    memoryAt,
    parameterBits,
  };
}

/** mmap's descriptor is declared a long, and is an int all the same. */
function bitsOf({ name, type }: EventField): number {
  return name !== 'fd' && /\*|\blong\b|size_t|loff_t|u64/.test(type) ? 64 : 32;
}

class SyscallDeriver implements Deriver {
  readonly #typesOf: (name: string) => CallTypes | undefined;
  readonly #raw: { readonly enter: EventType; readonly exit: EventType };
  readonly #begun = new Map<number, Begun>();
  #nextAddress = MEMORY_FROM;

  constructor(
    typesOf: (name: string) => CallTypes | undefined,
    raw: { readonly enter: EventType; readonly exit: EventType },
  ) {
    this.#typesOf = typesOf;
    this.#raw = raw;
  }

  derive(entry: LogEntry, writer: RecordWriter, notes: DerivingNotes): void {
    const { message, tid, seconds, nanoseconds } = entry;
    if (/^[-+]/.test(message) || message === '') return;
    const resumed = RESUMED.exec(message);
    if (resumed !== null) {
      const [, name = '', rest = ''] = resumed;
      const begun = this.#begun.get(tid);
      this.#begun.delete(tid);
      // Without its beginning, only how it ended is known.
      const before = begun?.name === name ? begun : undefined;
      const text = parseArguments(name, `${before?.text ?? ''}${rest}`);
      if (text === undefined) notes.unparsed(entry.at, 'the rest of a call without an end');
      else this.#call(entry, text, before, writer, notes, { seconds, nanoseconds });
      return;
    }
    const text = parseCall(message);
    if (text === undefined) notes.unparsed(entry.at, 'a call without an end');
    else if (text.result !== undefined)
      this.#call(entry, text, { seconds, nanoseconds }, writer, notes, undefined);
    else if (this.#begun.size < UNFINISHED_CALLS_MAX || this.#begun.has(tid)) {
      const opened = message.slice(text.name.length + 1).replace(/ ?<unfinished \.\.\.>$/, '');
      this.#begun.set(tid, { name: text.name, seconds, nanoseconds, text: opened });
    } else notes.unparsed(entry.at, 'more calls have begun than a machine has threads');
  }

  /** Calls that never ended have begun all the same; their arguments may be cut, so that only which it was is told. */
  end(writer: RecordWriter, notes: DerivingNotes): void {
    for (const [tid, { name, seconds, nanoseconds }] of this.#begun) {
      const types = this.#typesOf(name);
      if (types === undefined) notes.unsupported();
      else this.#rawEvent(writer, this.#raw.enter, types.number, undefined, tid, { seconds, nanoseconds });
    }
  }

  #call(
    entry: LogEntry,
    text: CallText,
    begun: Moment | undefined,
    writer: RecordWriter,
    notes: DerivingNotes,
    ended: Moment | undefined,
  ): void {
    const types = this.#typesOf(text.name);
    if (types === undefined) {
      notes.unsupported();
      return;
    }
    const result = parseResult(text.result ?? '');
    if (result === undefined) notes.unparsed(entry.at, 'a call whose result cannot be read');
    if (begun !== undefined) {
      this.#rawEvent(writer, this.#raw.enter, types.number, undefined, entry.tid, begun);
      this.#enter(writer, types, text, result?.value, entry.tid, begun);
    }
    if (result?.value === undefined) return;
    const exit = exitMoment(begun, ended, result.tookNs);
    if (exit === undefined || !entry.hasTime) {
      // A call on one line, without -T: when it returned is not recorded.
      notes.withoutClock();
      return;
    }
    this.#rawEvent(writer, this.#raw.exit, types.number, result.value, entry.tid, exit);
    this.#rawEvent(writer, types.exit, types.number, result.value, entry.tid, exit);
  }

  /** Of raw_syscalls, and of every sys_exit, whose layout is the same. */
  #rawEvent(
    writer: RecordWriter,
    type: EventType,
    number: number,
    value: bigint | undefined,
    tid: number,
    moment: Moment,
  ): void {
    writer.begin(type.sizeBytes, tid);
    writer.int32(NUMBER_AT, number);
    if (value !== undefined) writer.int64(ARGUMENTS_AT, value);
    writer.end(moment.seconds, moment.nanoseconds, 0, tid, type.index);
  }

  #enter(
    writer: RecordWriter,
    types: CallTypes,
    text: CallText,
    result: bigint | undefined,
    tid: number,
    moment: Moment,
  ): void {
    const { enter, memoryAt, parameterBits, number } = types;
    writer.begin(enter.sizeBytes, tid);
    writer.int32(NUMBER_AT, number);
    const memory = new UserMemory(this.#nextAddress);
    const printedInOrder = argumentsInOrder(text);
    for (const [index, bits] of parameterBits.entries()) {
      const at = ARGUMENTS_AT + index * SLOT_BYTES;
      const printed = printedInOrder[index];
      const value = printed === undefined ? undefined : memory.place(valueOfArgument(printed));
      if (value === undefined) leaveOut(enter, at);
      writer.int64(at, value === undefined ? -1n : BigInt.asUintN(bits, value));
    }
    this.#nextAddress = memory.end;
    writer.bytes(memoryAt, memory.pieces, MESSAGE_BYTES_MAX);
    writer.bytes(memoryAt + LOCATION_BYTES, result === undefined ? '' : asBytes(result), SLOT_BYTES);
    writer.end(moment.seconds, moment.nanoseconds, 0, tid, enter.index);
  }
}

interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What -T says after the beginning, else when the rest of the call was printed. */
function exitMoment(
  begun: Moment | undefined,
  ended: Moment | undefined,
  tookNs: number | undefined,
): Moment | undefined {
  if (begun === undefined || tookNs === undefined) return ended;
  const sum = begun.nanoseconds + tookNs;
  return { seconds: begun.seconds + Math.floor(sum / NANOSECONDS), nanoseconds: sum % NANOSECONDS };
}

/** A type's fields are its source's own. */
function leaveOut(type: EventType, offsetBytes: number): void {
  const fields = type.fields as EventField[];
  const index = fields.findIndex((field) => field.offsetBytes === offsetBytes);
  if (index >= 0) fields.splice(index, 1);
}
