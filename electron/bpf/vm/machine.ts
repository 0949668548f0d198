/**
 * One machine for one replay: linear memory, maps, and the programs that share them.
 */
import { Failure } from '../../failure.ts';
import type { BatchEntry } from '../jit/batch.ts';
import { compileProgram, type CompiledProgram, type JitWorld } from '../jit/compile.ts';
import { MOMENT_BYTES } from '../jit/moment.ts';
import { HANDLE_TAG } from '../maps/descriptor.ts';
import { OPCODE_LDIMM64, PSEUDO_FUNC } from '../isa/opcodes.ts';
import { ProgramThrew } from '../helpers/exception.ts';
import type { Helper, HelperContext, HelperWorld } from '../helpers/helper.ts';
import { helperById, helperFor } from '../helpers/table.ts';
import type { Btf } from '../object/btf.ts';
import type { BpfMap } from '../maps/map.ts';
import { takeSnapshot, type Snapshot } from '../maps/snapshot.ts';
import { createMap } from '../maps/table.ts';
import type { MapDefinition, VerifiedProgram } from '../program.ts';
import { prepareCode, type Code } from './code.ts';
import {
  begin,
  beginFunction,
  callBack,
  createState,
  execute,
  STACK_BYTES,
  type ExecutionState,
  type ExecutionWorld,
} from './interpreter.ts';
import { LinearMemory, type Address } from './memory.ts';
import { endFields } from './object-fields.ts';
import { ObjectPool } from './object-pool.ts';
import { TAIL_CALL_LIMIT, type FaultKind } from './call-errors.ts';
import { Timers, type BoundFunction } from './timers.ts';
import { STACK_FRAME_BYTES, TAIL_CALLS_MAX } from './operations.ts';

export type EngineName = 'interpreter' | 'jit';

export interface MachineOptions {
  /** CPUs of the recorded machine. */
  readonly cpuCount: number;
  readonly world: HelperWorld;
  readonly memory?: LinearMemory;
  /** The JIT if not given; a program it cannot translate is interpreted either way. */
  readonly engine?: EngineName;
}

export interface LoadedProgram {
  readonly name: string;
  readonly engine: EngineName;
  readonly code: Code;
  /** What a program array holds for this program: 1 for the first that was loaded. */
  readonly id: number;
  /** Calls so far. */
  runs: number;
  /** Where it may be called from a batch without JavaScript between. */
  readonly batchEntry: BatchEntry | undefined;
  /** r0 of one run, unsigned 64 bits. Throws Failure of the layer `vm`. */
  run(context: Address): bigint;
}

export class Machine implements ExecutionWorld, JitWorld {
  readonly memory: LinearMemory;
  readonly cpuCount: number;
  readonly world: HelperWorld;
  readonly engine: EngineName;
  readonly helperContext: HelperContext;
  readonly momentCells: Address;
  /** STACK_BYTES, in which every program begins at the lowest frame. */
  readonly stack: Address;
  readonly timers: Timers;
  readonly objects: ObjectPool;
  /** Types of the kernel that the programs were relocated onto. */
  kernelTypes: Btf | undefined;
  /** Called for each fault of the program that runs, which goes on. */
  onFault: ((fault: FaultKind) => void) | undefined;
  readonly #maps: BpfMap[] = [];
  /** By address of the descriptor: a small integer, which a Map finds fastest. */
  readonly #mapsByDescriptor = new Map<Address, BpfMap>();
  readonly #programs: MachineProgram[] = [];
  /** What runs now, innermost: where a helper calls back to. */
  #interpreted: ExecutionState | undefined;
  #compiled: CompiledProgram | undefined;
  #tailCalls = 0;
  /** One for all programs: they run one after another. */
  #state: ExecutionState | undefined;

  constructor(options: MachineOptions) {
    this.memory = options.memory ?? new LinearMemory();
    this.cpuCount = options.cpuCount;
    this.world = options.world;
    this.engine = options.engine ?? 'jit';
    this.momentCells = this.memory.allocate(MOMENT_BYTES);
    this.stack = this.memory.allocate(STACK_BYTES, 16);
    this.timers = new Timers(this.memory);
    this.objects = new ObjectPool(this.memory, options.cpuCount);
    this.helperContext = {
      memory: this.memory,
      world: this.world,
      mapByHandle: (handle) => this.mapByDescriptor(handle - HANDLE_TAG),
      callFunction: (handle, ...parameters) => this.#callFunction(handle, parameters),
      bindFunction: (handle) => this.#bindFunction(handle),
      timers: this.timers,
      objects: this.objects,
      kernelTypes: () => this.kernelTypes,
      run: { retval: undefined },
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
      hasProgram: (id) => id <= this.#programs.length,
      missing: (what) => this.world.missing(what),
      fault: (kind) => this.fault({ kind, detail: definition.name }),
      endFields: (at, fields) => endFields(this.memory, this.objects, at, fields),
      mapById: (id) => this.mapByDescriptor(id),
    });
    this.#maps.push(map);
    this.#mapsByDescriptor.set(map.handle - HANDLE_TAG, map);
    return map;
  }

  /** `maps` in the order of the object's map definitions; programs given the same map share it. */
  loadProgram(verified: VerifiedProgram, maps: readonly BpfMap[]): LoadedProgram {
    const { name, type, instructions } = verified.program;
    const called = new Set(verified.helpers);
    const helper = (id: number): Helper | undefined =>
      called.has(id) ? helperFor(type, id) : neverCalled(id);
    const stackBytes = hasCallbacks(verified) ? undefined : verified.stackDepthBytes;
    const { probedLoads, objectLayouts } = verified;
    return this.loadCode(
      prepareCode(name, instructions, maps, { helper, stackBytes, probedLoads, objectLayouts }),
    );
  }

  /** As loadProgram() for code that was not verified: for tests of the machine itself. */
  loadCode(code: Code): LoadedProgram {
    const program = new MachineProgram(code, this.#programs.length + 1, this);
    this.#programs.push(program);
    return program;
  }

  /** Between runs: memory and maps as they are now, to go back to. */
  snapshot(): Snapshot {
    const { memory, timers, objects } = this;
    return takeSnapshot({ memory, timers, objects, maps: this.#maps, programs: this.#programs });
  }

  /** Runs `code` from its start; r0. A tail call of compiled code gives it the frame that ends at `frame`. */
  interpret(code: Code, context: Address, frame?: Address): bigint {
    this.#state ??= createState(code, this.stack);
    const depth = frame === undefined ? 0 : (frame - this.stack) / STACK_FRAME_BYTES - 1;
    begin(this.#state, this, code, context, depth, frame === undefined ? 0 : this.#tailCalls);
    execute(this.#state, this, Number.MAX_SAFE_INTEGER);
    return this.#state.registers.wide[0] as bigint;
  }

  contextFor(state: ExecutionState): HelperContext {
    this.#interpreted = state;
    this.#compiled = undefined;
    return this.helperContext;
  }

  tailCallTarget(mapHandle: number, index: number): Code | undefined {
    return this.#tailCallProgram(mapHandle, index)?.code;
  }

  fault(fault: FaultKind): void {
    this.onFault?.(fault);
  }

  enter(program: CompiledProgram | undefined): CompiledProgram | undefined {
    const caller = this.#compiled;
    this.#compiled = program;
    if (caller === undefined) this.#tailCalls = 0;
    return caller;
  }

  mapByDescriptor(descriptor: Address): BpfMap | undefined {
    return this.#mapsByDescriptor.get(descriptor);
  }

  tailCall(context: bigint, mapHandle: bigint, index: bigint, frame: bigint): bigint | undefined {
    const program = this.#tailCallProgram(Number(mapHandle), Number(index));
    if (program === undefined) return undefined;
    if (this.#tailCalls >= TAIL_CALLS_MAX) {
      this.fault(TAIL_CALL_LIMIT);
      return undefined;
    }
    this.#tailCalls += 1;
    const caller = this.#compiled;
    try {
      return program.runInFrame(context, frame);
    } finally {
      this.#compiled = caller;
    }
  }

  #tailCallProgram(mapHandle: number, index: number): MachineProgram | undefined {
    const map = this.mapByDescriptor(mapHandle - HANDLE_TAG);
    if (map?.definition.type !== 'prog_array') return undefined;
    const value = map.get(new Uint8Array(Uint32Array.of(index).buffer));
    if (value === undefined) return undefined;
    const id = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
    return this.#programs[id - 1];
  }

  #callFunction(handle: bigint, parameters: readonly bigint[]): bigint {
    if (this.#compiled !== undefined) return this.#compiled.callFunction(handle, parameters);
    if (this.#interpreted === undefined) throw new Error('a helper calls back while its program runs');
    return callBack(this.#interpreted, this, handle, parameters);
  }

  #bindFunction(handle: bigint): BoundFunction {
    const compiled = this.#compiled;
    if (compiled !== undefined)
      return { program: compiled.name, call: (...given) => compiled.runFunction(handle, given) };
    const code = this.#interpreted?.code;
    if (code === undefined) throw new Error('a helper binds a function while its program runs');
    return { program: code.name, call: (...given) => this.#interpretFunction(code, handle, given) };
  }

  #interpretFunction(code: Code, handle: bigint, parameters: readonly bigint[]): bigint {
    this.#state ??= createState(code, this.stack);
    beginFunction(this.#state, this, code, handle, parameters);
    execute(this.#state, this, Number.MAX_SAFE_INTEGER);
    return this.#state.registers.wide[0] as bigint;
  }
}

/** The verifier's depth is that of chains of calls, which callbacks are not part of. */
function hasCallbacks({ program }: VerifiedProgram): boolean {
  return program.instructions.some(({ opcode, src }) => opcode === OPCODE_LDIMM64 && src === PSEUDO_FUNC);
}

/** A helper in code the verifier proved dead: it need not exist here, as a tool's unused branch shows. */
function neverCalled(id: number): Helper {
  const known = helperById(id);
  if (known?.run !== undefined) return known;
  return {
    id,
    name: known?.name ?? `helper ${id}`,
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
    run: () => {
      throw new Failure('vm', 'dead-code', `helper ${id} is called from code that was proved never to run`);
    },
  };
}

class MachineProgram implements LoadedProgram {
  readonly code: Code;
  readonly id: number;
  runs = 0;
  readonly batchEntry: BatchEntry | undefined;
  readonly #machine: Machine;
  readonly #compiled: CompiledProgram | undefined;

  constructor(code: Code, id: number, machine: Machine) {
    this.code = code;
    this.id = id;
    this.#machine = machine;
    this.#compiled = machine.engine === 'jit' ? compileProgram(code, machine.stack, machine) : undefined;
    this.batchEntry = this.#compiled?.batchEntry;
  }

  get name(): string {
    return this.code.name;
  }

  get engine(): EngineName {
    return this.#compiled === undefined ? 'interpreter' : 'jit';
  }

  run(context: Address): bigint {
    this.runs += 1;
    this.#machine.helperContext.run.retval = undefined;
    this.#machine.objects.reuseDropped();
    try {
      return this.#compiled?.run(context) ?? this.#machine.interpret(this.code, context);
    } catch (error) {
      if (error instanceof ProgramThrew) return error.cookie;
      throw error;
    }
  }

  /** For a compiled program that tail calls this one: in the frame of the caller. */
  runInFrame(context: bigint, frame: bigint): bigint {
    if (this.#compiled !== undefined) return this.#compiled.runInFrame(context, frame);
    return this.#machine.interpret(this.code, Number(context), Number(frame));
  }
}
