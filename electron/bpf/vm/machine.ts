/**
 * One machine for one replay: linear memory, maps, and the programs that share them.
 */
import type { HelperContext, HelperWorld } from '../helpers/helper.ts';
import type { BpfMap } from '../maps/map.ts';
import { createMap } from '../maps/table.ts';
import type { MapDefinition, VerifiedProgram } from '../program.ts';
import { prepareCode, type Code } from './code.ts';
import {
  begin,
  callBack,
  createState,
  execute,
  STACK_BYTES,
  type ExecutionState,
  type ExecutionWorld,
} from './interpreter.ts';
import { LinearMemory, type Address } from './memory.ts';

export interface MachineOptions {
  /** CPUs of the recorded machine. */
  readonly cpuCount: number;
  readonly world: HelperWorld;
  readonly memory?: LinearMemory;
}

export interface LoadedProgram {
  readonly name: string;
  readonly engine: 'interpreter' | 'jit';
  readonly code: Code;
  /** What a program array holds for this program: 1 for the first that was loaded. */
  readonly id: number;
  /** Calls of run() so far. */
  readonly runs: number;
  /** r0 of one run, unsigned 64 bits. Throws Failure of the layer `vm`. */
  run(context: Address): bigint;
}

export class Machine implements ExecutionWorld {
  readonly memory: LinearMemory;
  readonly cpuCount: number;
  readonly world: HelperWorld;
  readonly #maps: BpfMap[] = [];
  readonly #mapsByHandle = new Map<number, BpfMap>();
  readonly #programs: InterpretedProgram[] = [];
  readonly #context: HelperContext;
  #running: ExecutionState | undefined;

  constructor(options: MachineOptions) {
    this.memory = options.memory ?? new LinearMemory();
    this.cpuCount = options.cpuCount;
    this.world = options.world;
    this.#context = {
      memory: this.memory,
      world: this.world,
      mapByHandle: (handle) => this.#mapsByHandle.get(handle),
      callFunction: (handle, ...parameters) => this.#callFunction(handle, parameters),
    };
  }

  get maps(): readonly BpfMap[] {
    return this.#maps;
  }

  /** Creates the map with its initial value. Throws Failure `map-type`, `bad-map` or `memory-limit`. */
  addMap(definition: MapDefinition): BpfMap {
    const map = createMap(definition, {
      memory: this.memory,
      cpuCount: this.cpuCount,
      currentCpu: () => this.world.cpu(),
    });
    this.#maps.push(map);
    this.#mapsByHandle.set(map.handle, map);
    return map;
  }

  /** `maps` in the order of the object's map definitions; programs given the same map share it. */
  loadProgram(verified: VerifiedProgram, maps: readonly BpfMap[]): LoadedProgram {
    return this.loadCode(prepareCode(verified.program.name, verified.program.instructions, maps));
  }

  /** As loadProgram() for code that was not verified: accesses are still checked, nothing else is. */
  loadCode(code: Code): LoadedProgram {
    const program = new InterpretedProgram(code, this.#programs.length + 1, this);
    this.#programs.push(program);
    return program;
  }

  helperContext(state: ExecutionState): HelperContext {
    this.#running = state;
    return this.#context;
  }

  tailCallTarget(mapHandle: number, index: number): Code | undefined {
    const map = this.#mapsByHandle.get(mapHandle);
    if (map?.definition.type !== 'prog_array') return undefined;
    const value = map.get(new Uint8Array(Uint32Array.of(index).buffer));
    if (value === undefined) return undefined;
    const id = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
    return this.#programs[id - 1]?.code;
  }

  #callFunction(handle: bigint, parameters: readonly bigint[]): bigint {
    if (this.#running === undefined) throw new Error('a helper calls back while its program runs');
    return callBack(this.#running, this, handle, parameters);
  }
}

class InterpretedProgram implements LoadedProgram {
  readonly engine = 'interpreter';
  readonly code: Code;
  readonly id: number;
  runs = 0;
  readonly #machine: Machine;
  readonly #state: ExecutionState;

  constructor(code: Code, id: number, machine: Machine) {
    this.code = code;
    this.id = id;
    this.#machine = machine;
    this.#state = createState(code, machine.memory.allocate(STACK_BYTES, 16));
  }

  get name(): string {
    return this.code.name;
  }

  run(context: Address): bigint {
    this.runs += 1;
    const state = this.#state;
    begin(state, this.code, context);
    execute(state, this.#machine, Number.MAX_SAFE_INTEGER);
    return state.registers.wide[0] as bigint;
  }
}
