/**
 * struct pt_regs as a probe's event recorded it, in linear memory, and what helpers ask of the call it is of. What was
 * not recorded is all ones: programs that read it are refused before they run, but for reads through helpers.
 */
import type { Session } from '../../bpf/helpers/helper.ts';
import type { FunctionCall } from '../../bpf/helpers/object-directory.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { Batch, EventField } from '../../trace/event.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import { ProbedObjects } from '../kernel/objects/probed-objects.ts';
import type { Call, Driver, HookSite } from './hook.ts';
import type { RecordedProbe } from './probe-events.ts';
import { fitsName } from './probe-target.ts';
import { parameterRegister, type ProbeValue } from './probe-values.ts';
import { copyInteger, locatedBytes, readInteger } from './record-values.ts';
import { PARAMETERS_MAX, parameterOffset, type RegisterSet } from './registers.ts';

/**
 * Where what a pointer led to was recorded and the pointer was not, programs get one of these: no machine has memory
 * there, and only what was recorded is found at it.
 */
const STAND_IN_START = 0x0bad_0000_0000_0000n;
const STAND_IN_STEP = 0x1_0000_0000n;

type MemoryValue = Extract<ProbeValue, { kind: 'memory' }>;
type MemberValue = Extract<ProbeValue, { kind: 'member' }>;

const WORD_BYTES = 8;
/** PATH_MAX: buffers that tools have for texts. */
const READ_BEHIND_TEXT_MAX = 4096;

interface Copied {
  readonly field: EventField;
  readonly offset: number;
}

export class ProbeContext {
  readonly address: Address;
  /** Of USDT, the number of the probe's arguments in the object's map. */
  cookie: bigint;
  session: Session | undefined;
  readonly #memory: LinearMemory;
  readonly #moment: ReplayMoment;
  readonly #probe: RecordedProbe;
  readonly #registers: RegisterSet;
  readonly #copied: readonly Copied[];
  readonly #memories: readonly MemoryValue[];
  readonly #members: readonly MemberValue[];
  /** Eight bytes for a member on its way. */
  readonly #scratch: Address;
  /** Registers of pointers that were not recorded, though what they point to was. */
  readonly #standIns: readonly string[];
  #record: Address = 0;
  #recordBytes = 0;

  constructor(probe: RecordedProbe, registers: RegisterSet, { memory, moment }: HookSite, cookie = 0n) {
    this.cookie = cookie;
    this.#memory = memory;
    this.#moment = moment;
    this.#probe = probe;
    this.#registers = registers;
    const areaBytes = registers.sizeBytes + WORD_BYTES * PARAMETERS_MAX;
    this.address = memory.allocate(areaBytes, WORD_BYTES);
    this.#scratch = memory.allocate(WORD_BYTES, WORD_BYTES);
    memory.bytes.fill(0xff, this.address, this.address + areaBytes);
    const own = probe.values.flatMap((value) => {
      const register = heldRegister(value);
      return register === undefined ? [] : [{ field: value.field, offset: this.#offset(register) }];
    });
    moment.probedObjects ??= new ProbedObjects(memory);
    const instruction = probe.instructionField;
    this.#copied =
      instruction === undefined
        ? own
        : [...own, { field: instruction, offset: this.#offset(registers.instruction) }];
    this.#memories = probe.values.filter((value) => value.kind === 'memory');
    this.#members = probe.values.filter((value) => value.kind === 'member');
    this.#standIns = standInsOf(probe);
    for (const [index, register] of this.#standIns.entries()) {
      const at = this.address + this.#offset(register);
      memory.view.setBigUint64(at, STAND_IN_START + STAND_IN_STEP * BigInt(index + 1), true);
    }
  }

  /** Calls the program where the record is one of the function's. */
  readonly drive: Driver = (call: Call, record: Address, batch: Batch, row: number): void => {
    if (!this.take(record, batch.length[row] ?? 0)) return;
    this.run(call, this.address);
  };

  /** Hot. Fills the registers; false for a record of another function, and for one that is cut. */
  take(record: Address, recordBytes: number): boolean {
    const { source, type, check } = this.#probe;
    if (recordBytes < type.sizeBytes) {
      this.#moment.missing(`the end of a record of ${type.name}`);
      return false;
    }
    this.#record = record;
    this.#recordBytes = recordBytes;
    if (check !== undefined && !this.#passes(check)) return false;
    for (const { field, offset } of this.#copied) {
      // A tracer's arguments end its records, and are not always there.
      if (field.offsetBytes + field.sizeBytes <= recordBytes)
        copyInteger(this.#memory, source.schema, field, record, this.address + offset);
      else this.#lose(field, offset);
    }
    for (const register of this.#standIns) this.#moment.missing(`the pointer in ${register}`);
    for (const value of this.#members) this.#keep(value, record);
    return true;
  }

  /** Runs the program on a context of this event: helpers find what the event recorded. */
  run(call: Call, context: Address): bigint | undefined {
    this.#moment.probe = this;
    try {
      return call(context);
    } finally {
      this.#moment.probe = undefined;
    }
  }

  /** undefined where the event does not hold it. */
  valueOf(register: string): bigint | undefined {
    const isHeld = this.#copied.some(({ offset }) => offset === this.#offset(register));
    return isHeld ? this.#read(register) : undefined;
  }

  functionCall(): FunctionCall | undefined {
    const { source, address, addressField, isReturn } = this.#probe;
    const { result } = this.#registers;
    const start =
      address ?? (addressField && readInteger(this.#memory, source.schema, addressField, this.#record));
    return {
      address: start ?? 0n,
      parameters: isReturn ? [] : this.#parameters(),
      result: isReturn ? this.valueOf(result) : undefined,
    };
  }

  /** Bytes that the event recorded of what its registers point to. A text goes on with a NUL. */
  recordedMemory(space: 'kernel' | 'user', address: bigint, sizeBytes: number): Uint8Array | undefined {
    for (const value of this.#memories) {
      if (value.isUser && space === 'kernel') continue;
      const start = BigInt.asUintN(64, this.#read(value.register) + BigInt(value.offset));
      if (address < start || address - start > 0xffffn) continue;
      const from = Number(address - start);
      const bytes = this.#bytesOf(value);
      if (bytes === undefined || from >= bytes.length) continue;
      if (from + sizeBytes <= bytes.length) return bytes.slice(from, from + sizeBytes);
      if (value.isText && sizeBytes <= READ_BEHIND_TEXT_MAX)
        return this.#padded(bytes.subarray(from), sizeBytes);
    }
    return undefined;
  }

  /** Tools read a text with a buffer's whole size: what lies behind its NUL is unknown, and so all ones. */
  #padded(text: Uint8Array, sizeBytes: number): Uint8Array {
    this.#moment.missing('memory behind a text');
    const padded = new Uint8Array(sizeBytes).fill(0xff);
    padded.set(text);
    return padded;
  }

  /** What a probe fetched of an object is known of it from then on. */
  #keep({ register, member, field }: MemberValue, record: Address): void {
    const pointer = this.#read(register);
    if (pointer === 0n) return;
    const { objectBytes, offsetBytes, sizeBytes } = member;
    const isNumber = field.kind === 'integer';
    if (isNumber) copyInteger(this.#memory, this.#probe.source.schema, field, record, this.#scratch);
    const from = isNumber ? this.#scratch : record + field.offsetBytes;
    this.#moment.probedObjects?.set(pointer, objectBytes, offsetBytes, sizeBytes, from);
  }

  #bytesOf({ field, isText }: MemoryValue): Uint8Array | undefined {
    const { schema } = this.#probe.source;
    if (!isText) {
      const start = this.#record + field.offsetBytes;
      return this.#memory.bytes.subarray(start, start + field.sizeBytes);
    }
    const text = locatedBytes(this.#memory, schema, field, this.#record, this.#recordBytes);
    // An empty place is a text that could not be read.
    if (text === undefined || text.length === 0) return undefined;
    const end = text.indexOf(0);
    const closed = new Uint8Array((end < 0 ? text.length : end) + 1);
    closed.set(end < 0 ? text : text.subarray(0, end));
    return closed;
  }

  #lose({ name }: EventField, offset: number): void {
    this.#memory.view.setBigInt64(this.address + offset, -1n, true);
    this.#moment.missing(`${this.#probe.type.name}.${name}`);
  }

  #passes(check: NonNullable<RecordedProbe['check']>): boolean {
    const { schema } = this.#probe.source;
    if (check.kind === 'address') {
      const address = readInteger(this.#memory, schema, check.field, this.#record);
      return address >= check.from && address <= check.to;
    }
    if (check.kind === 'addresses')
      return check.addresses.has(readInteger(this.#memory, schema, check.field, this.#record));
    const bytes = locatedBytes(this.#memory, schema, check.field, this.#record, this.#recordBytes);
    const text = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1').trimStart();
    if (check.kind === 'symbols') return fitsName(check.pattern, /^[^\s+\0]*/.exec(text)?.[0] ?? '');
    // Then comes how far behind its start the probe lies, or what called it.
    return text.startsWith(check.name) && /^(\+0x[048]\/| |\0|$)/.test(text.slice(check.name.length));
  }

  #parameters(): bigint[] {
    const known: bigint[] = [];
    for (const register of this.#registers.parameters) {
      const value = this.valueOf(register);
      if (value === undefined) break;
      known.push(value);
    }
    return known;
  }

  #read(register: string): bigint {
    return this.#memory.view.getBigUint64(this.address + this.#offset(register), true);
  }

  #offset(register: string): number {
    const [, index] = /^argument (\d+)$/.exec(register) ?? [];
    if (index !== undefined) return parameterOffset(this.#registers, Number(index));
    const offset = this.#registers.offsets.get(register);
    if (offset === undefined) throw new Error(`no register ${register}`);
    return offset;
  }
}

/** Where the value goes that the field holds itself. */
function heldRegister(value: ProbeValue): string | undefined {
  if (value.kind === 'register') return value.register;
  const isKept = value.kind === 'parameter' && value.index < PARAMETERS_MAX;
  return isKept ? parameterRegister(value.index) : undefined;
}

/** Registers whose pointer no field holds, though one holds what it points to. */
export function standInsOf({ values }: RecordedProbe): readonly string[] {
  const held = new Set(values.flatMap((value) => heldRegister(value) ?? []));
  const pointers = values.flatMap((value) => (value.kind === 'memory' ? value.register : []));
  return [...new Set(pointers)].filter((register) => !held.has(register));
}
