/** A machine in a world that stands still, for tests that look at the machine alone. */
import { BlankWorld } from '../../../electron/bpf/helpers/blank-world.ts';
import type { Effect } from '../../../electron/bpf/helpers/effect.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import type { Instruction, MapDefinition } from '../../../electron/bpf/program.ts';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { Machine, type EngineName, type LoadedProgram } from '../../../electron/bpf/vm/machine.ts';

export class StillWorld extends BlankWorld {
  time = 1_000n;
  currentCpu = 0;
  currentTid = 42;
  currentTgid = 40;
  currentComm: string | undefined = 'worker';
  kernelStack: BigUint64Array | undefined;
  userStack: BigUint64Array | undefined;
  readonly printed: string[] = [];
  readonly missed: string[] = [];
  readonly effects: Effect[] = [];
  override get standsStill(): boolean {
    return true;
  }
  override timeNs(): bigint {
    return this.time;
  }
  override cpu(): number {
    return this.currentCpu;
  }
  override tid(): number {
    return this.currentTid;
  }
  override tgid(): number {
    return this.currentTgid;
  }
  override comm(): string | undefined {
    return this.currentComm;
  }
  override callchain(isUser: boolean): BigUint64Array | undefined {
    return isUser ? this.userStack : this.kernelStack;
  }
  override effect(effect: Effect): void {
    this.effects.push(effect);
  }
  override print(text: string): void {
    this.printed.push(text);
  }
  override missing(what: string): void {
    this.missed.push(what);
  }
  override random(): number {
    return 0x1234_5678;
  }
}

export function mapDefinition(given: Partial<MapDefinition> & Pick<MapDefinition, 'type'>): MapDefinition {
  return {
    name: given.type,
    keySizeBytes: 4,
    valueSizeBytes: 8,
    maxEntries: 4,
    flags: 0,
    keyTypeId: 0,
    valueTypeId: 0,
    initialValue: undefined,
    isFrozen: false,
    inner: undefined,
    ...given,
  };
}

export interface Bench {
  readonly world: StillWorld;
  readonly machine: Machine;
}

/** Both: a test of what programs do is a test of each. */
export const ENGINES: readonly EngineName[] = ['interpreter', 'jit'];

export function createBench(cpuCount = 2, engine: EngineName = 'interpreter'): Bench {
  const world = new StillWorld();
  return { world, machine: new Machine({ cpuCount, world, engine }) };
}

export type Slots = readonly (Instruction | readonly Instruction[])[];

/** Loads instructions without a verifier: what a test of the machine itself needs. */
export function loadUnverified(machine: Machine, slots: Slots, maps: readonly BpfMap[] = []): LoadedProgram {
  return machine.loadCode(prepareCode('test', slots.flat(), maps));
}

/** Programs a shared machine takes before the next one: each keeps 4 KiB for its stack. */
const PROGRAMS_A_MACHINE = 2000;

const shared = new Map<EngineName, { readonly machine: Machine; programs: number }>();

/** A machine for programs that leave nothing behind: making one costs more than most tests. */
function sharedMachine(engine: EngineName): Machine {
  let held = shared.get(engine);
  if (held === undefined || held.programs >= PROGRAMS_A_MACHINE) {
    held = { machine: createBench(2, engine).machine, programs: 0 };
    shared.set(engine, held);
  }
  held.programs += 1;
  return held.machine;
}

/** r0 of a program run once, interpreted. */
export function interpretOnce(slots: Slots): bigint {
  return loadUnverified(sharedMachine('interpreter'), slots).run(0);
}

/** As interpretOnce(), and then the same by the JIT, which must agree. */
export function runOnce(slots: Slots): bigint {
  const interpreted = interpretOnce(slots);
  const program = loadUnverified(sharedMachine('jit'), slots);
  if (program.engine !== 'jit') throw new Error('the JIT did not translate the program');
  const compiled = program.run(0);
  if (compiled !== interpreted) throw new Error(`interpreted ${interpreted}, compiled ${compiled}`);
  return interpreted;
}
