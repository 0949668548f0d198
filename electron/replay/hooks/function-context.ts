/** Arguments and result of a function as fentry and fexit programs get them, from what probes recorded of it. */
import type { FunctionCall } from '../../bpf/helpers/object-directory.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { AttachKind } from '../../bpf/verifier/attach-target.ts';
import type { ProbedCall, ReplayMoment } from '../kernel/moment.ts';
import { objectBytes, pointedStruct } from '../kernel/probed-members.ts';
import { CallStacks, threadOf } from './call-stacks.ts';
import type { Driver, HookSite } from './hook.ts';
import { ProbeContext } from './probe-context.ts';
import type { RecordedProbe } from './probe-events.ts';
import type { ProbeValue } from './probe-values.ts';
import { copyInteger } from './record-values.ts';
import type { RegisterSet } from './registers.ts';

const PLACE_BYTES = 8;
const PLACE_WORDS = 2;
const ALL_ONES = 0xffff_ffff;
const ALL_ONES_WIDE = 0xffff_ffff_ffff_ffffn;

interface ObjectPlace {
  readonly place: number;
  readonly struct: string;
  readonly bytes: number;
}

export class FunctionContext implements ProbedCall {
  readonly cookie = 0n;
  readonly #site: HookSite;
  readonly #memory: LinearMemory;
  readonly #moment: ReplayMoment;
  readonly #registers: RegisterSet;
  /** Parameters; the result has the place behind them. */
  readonly #places: number;
  readonly #kind: AttachKind;
  readonly #address: Address;
  readonly #calls: CallStacks;
  /** Places that some event of the function fills. */
  readonly #held = new Set<number>();
  #probe: ProbeContext | undefined;

  readonly #objects: readonly ObjectPlace[];

  constructor(site: HookSite, registers: RegisterSet, name: string, places: number, kind: AttachKind) {
    const { types } = site;
    this.#objects = Array.from({ length: places }, (_, place) => place).flatMap((place) => {
      const struct = pointedStruct(types, name, place);
      if (struct === undefined || struct.members.length === 0) return [];
      return [{ place, struct: struct.name, bytes: objectBytes(types, struct) }];
    });
    this.#site = site;
    this.#memory = site.memory;
    this.#moment = site.moment;
    this.#registers = registers;
    this.#places = places;
    this.#kind = kind;
    this.#address = site.memory.allocate(PLACE_BYTES * (places + 1), 8);
    this.#calls = new CallStacks(PLACE_WORDS * places);
  }

  driverFor(probe: RecordedProbe): Driver {
    const context = new ProbeContext(probe, this.#registers, this.#site);
    const places = probe.values.flatMap((value) => {
      const place = placeOf(value, probe.isReturn, this.#registers, this.#places);
      return place === undefined || value.kind === 'memory' || value.kind === 'member'
        ? []
        : [{ place, field: value.field }];
    });
    for (const { place } of places) this.#held.add(place);
    const fill = (record: Address, recordBytes: number): void => {
      for (const { place, field } of places) {
        const to = this.#address + PLACE_BYTES * place;
        if (field.offsetBytes + field.sizeBytes <= recordBytes)
          copyInteger(this.#memory, probe.source.schema, field, record, to);
        else this.#moment.missing(`${probe.functionName}() argument ${place + 1}`);
      }
      this.#probe = context;
    };
    if (!probe.isReturn && this.#kind === 'fexit') {
      return (_call, record, batch, row) => {
        if (!context.take(record, batch.length[row] ?? 0)) return;
        this.#forget();
        fill(record, batch.length[row] ?? 0);
        this.#remember(threadOf(batch.tid[row] ?? -1, batch.cpu[row] ?? 0));
      };
    }
    return (call, record, batch, row) => {
      if (!context.take(record, batch.length[row] ?? 0)) return;
      this.#forget();
      if (probe.isReturn) this.#recall(probe, threadOf(batch.tid[row] ?? -1, batch.cpu[row] ?? 0));
      fill(record, batch.length[row] ?? 0);
      if (this.#kind === 'fmod_ret') this.#write(this.#places, 0, 0);
      this.#giveObjects(probe);
      const returned = this.#run(call);
      if (this.#kind === 'fmod_ret' && returned !== undefined && returned !== 0n)
        this.#moment.effect({
          kind: 'fmod_ret',
          facts: { function: probe.functionName, ret: BigInt.asIntN(32, returned) },
        });
    };
  }

  functionCall(): FunctionCall | undefined {
    const address = this.#probe?.functionCall()?.address ?? 0n;
    const isAtReturn = this.#kind === 'fexit';
    const at = (place: number): bigint =>
      this.#memory.view.getBigUint64(this.#address + PLACE_BYTES * place, true);
    return {
      address,
      parameters: Array.from({ length: this.#places }, (_, place) =>
        this.#held.has(place) ? at(place) : undefined,
      ),
      result: isAtReturn && this.#held.has(this.#places) ? at(this.#places) : undefined,
    };
  }

  recordedMemory(space: 'kernel' | 'user', address: bigint, sizeBytes: number): Uint8Array | undefined {
    return this.#probe?.recordedMemory(space, address, sizeBytes);
  }

  #run(call: (context: Address) => bigint | undefined): bigint | undefined {
    this.#moment.probe = this;
    try {
      return call(this.#address);
    } finally {
      this.#moment.probe = undefined;
    }
  }

  /**
   * Programs read what a pointer leads to with plain loads: where the types have members of it, they are given an
   * object of their own for it, with what probes fetched of that one.
   */
  #giveObjects(probe: RecordedProbe): void {
    for (const { place, struct, bytes } of this.#objects) {
      const at = this.#address + PLACE_BYTES * place;
      const pointer = this.#memory.view.getBigUint64(at, true);
      const objects = this.#moment.probedObjects;
      if (!this.#held.has(place) || pointer === 0n || pointer === ALL_ONES_WIDE || objects === undefined)
        continue;
      if (!objects.has(pointer)) this.#moment.missing(`${struct} that ${probe.functionName}() was given`);
      this.#memory.view.setBigUint64(at, BigInt(objects.objectAt(pointer, bytes)), true);
    }
  }

  /** What no event told is all ones. */
  #forget(): void {
    const end = this.#address + PLACE_BYTES * (this.#places + 1);
    this.#memory.bytes.fill(0xff, this.#address, end);
  }

  #remember(thread: number): void {
    const words = this.#calls.push(thread);
    const { view } = this.#memory;
    for (let index = 0; index < words.length; index += 1)
      words[index] = view.getUint32(this.#address + 4 * index, true);
  }

  #recall(probe: RecordedProbe, thread: number): void {
    const words = this.#calls.pop(thread);
    if (words === undefined) {
      if (this.#places > 0) this.#moment.missing(`${probe.functionName}() arguments of a call begun unseen`);
      return;
    }
    for (let place = 0; place < this.#places; place += 1)
      this.#write(place, words[PLACE_WORDS * place] ?? ALL_ONES, words[PLACE_WORDS * place + 1] ?? ALL_ONES);
  }

  #write(place: number, low: number, high: number): void {
    const at = this.#address + PLACE_BYTES * place;
    this.#memory.view.setUint32(at, low, true);
    this.#memory.view.setUint32(at + 4, high, true);
  }
}

/** The places of a context that the probe's events fill. */
export function heldPlaces(probe: RecordedProbe, registers: RegisterSet, places: number): number[] {
  return probe.values.flatMap((value) => placeOf(value, probe.isReturn, registers, places) ?? []);
}

function placeOf(
  value: ProbeValue,
  isReturn: boolean,
  registers: RegisterSet,
  places: number,
): number | undefined {
  if (value.kind === 'parameter') return value.index < places ? value.index : undefined;
  if (value.kind === 'memory' || value.kind === 'member') return undefined;
  if (isReturn) return value.register === registers.result ? places : undefined;
  const index = registers.parameters.indexOf(value.register);
  return index < 0 || index >= places ? undefined : index;
}
