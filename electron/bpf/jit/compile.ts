/**
 * A loaded program as a WebAssembly instance over the machine's memory, and what it asks of the
 * machine while it runs.
 */
import { Failure } from '../../failure.ts';
import { OPCODE_LDIMM64, PSEUDO_FUNC } from '../isa/opcodes.ts';
import type { HelperContext, HelperFunction } from '../helpers/helper.ts';
import type { BpfMap } from '../maps/map.ts';
import { callError, type FaultKind } from '../vm/call-errors.ts';
import { broken, FUNCTION_HANDLE_HIGH, type Code } from '../vm/code.ts';
import { CALL_FRAMES_MAX, STACK_FRAME_BYTES } from '../vm/operations.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { loadFromPacket } from '../vm/packet.ts';
import type { BatchEntry } from './batch.ts';
import { isWrittenOut } from './kernel-call.ts';
import { knownMap } from './known-map.ts';
import { exportName } from './layout.ts';
import { buildModule } from './module.ts';
import { Moment } from './moment.ts';
import { TAIL_CALL } from './translate.ts';

/** What compiled programs need around them; the machine is one. */
export interface JitWorld {
  readonly memory: LinearMemory;
  /** MOMENT_BYTES, where compiled code finds time, CPU and task while it runs. */
  readonly momentCells: Address;
  readonly helperContext: HelperContext;
  /** The program that runs from now on, or undefined after it ended. */
  enter(program: CompiledProgram | undefined): CompiledProgram | undefined;
  mapByDescriptor(descriptor: Address): BpfMap | undefined;
  fault(fault: FaultKind): void;
  /** Runs the program a tail call goes to, in the frame of its caller; undefined where there is none. */
  tailCall(context: bigint, mapHandle: bigint, index: bigint, frame: bigint): bigint | undefined;
}

type ProgramFunction = (r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint, frame: bigint) => bigint;

export class CompiledProgram {
  readonly #code: Code;
  readonly #world: JitWorld;
  readonly #exports: WebAssembly.Exports;
  readonly #entry: ProgramFunction;
  readonly #frame: WebAssembly.Global<'i64'>;
  readonly #firstFrame: bigint;
  /** Highest value the frame pointer may have: that of the program's eighth frame. */
  readonly #frameMax: WebAssembly.Global<'i64'>;
  readonly #moment: Moment;

  /** `module` as buildModule() made it of `code`; `stack` as for the interpreter. */
  constructor(module: Uint8Array<ArrayBuffer>, code: Code, stack: Address, world: JitWorld, moment: Moment) {
    this.#moment = moment;
    this.#code = code;
    this.#world = world;
    this.#firstFrame = BigInt(stack + STACK_FRAME_BYTES);
    const compiled = new WebAssembly.Module(module);
    this.#exports = new WebAssembly.Instance(compiled, { machine: this.#imports() }).exports;
    this.#entry = this.#exports[exportName(0)] as ProgramFunction;
    this.#frame = this.#exports['frame'] as WebAssembly.Global<'i64'>;
    this.#frameMax = this.#exports['frameMax'] as WebAssembly.Global<'i64'>;
  }

  /** r0, unsigned. `second` is r2. Throws Failure of the layer `vm`. Hot: once an event. */
  run(context: Address, second = 0): bigint {
    return this.#run(this.#entry, BigInt(context), BigInt(second), 0n, this.#firstFrame);
  }

  /** As run() for a program that is tail called, in the frame of its caller: from there it has eight. */
  runInFrame(context: bigint, frame: bigint): bigint {
    const before = this.#frameMax.value as bigint;
    this.#frameMax.value = frame + FRAMES_ABOVE_BYTES;
    try {
      return this.#run(this.#entry, context, 0n, 0n, frame);
    } finally {
      this.#frameMax.value = before;
    }
  }

  #run(target: ProgramFunction, r1: bigint, r2: bigint, r3: bigint, frame: bigint): bigint {
    const caller = this.#world.enter(this);
    this.#moment.write();
    try {
      return BigInt.asUintN(64, target(r1, r2, r3, 0n, 0n, frame));
    } catch (error) {
      throw asFailure(error, this.#code);
    } finally {
      this.#world.enter(caller);
    }
  }

  get name(): string {
    return this.#code.name;
  }

  /** undefined where a call has to be prepared: for helpers that call back, tail calls, objects and exceptions. */
  get batchEntry(): BatchEntry | undefined {
    if (needsPreparing(this.#code)) return undefined;
    return {
      entry: this.#entry,
      reads: this.#moment.reads,
      asFailure: (error) => asFailure(error, this.#code),
    };
  }

  /** As run() of the function a BPF_PSEUDO_FUNC value stands for, with up to three parameters. */
  runFunction(handle: bigint, [r1 = 0n, r2 = 0n, r3 = 0n]: readonly bigint[]): bigint {
    return this.#run(this.#functionOf(handle), r1, r2, r3, this.#firstFrame);
  }

  /** Calls the function a BPF_PSEUDO_FUNC value stands for, from within a helper. */
  callFunction(handle: bigint, parameters: readonly bigint[]): bigint {
    const target = this.#functionOf(handle);
    const frame = this.#frame.value as bigint;
    if (frame >= (this.#frameMax.value as bigint)) throw tooDeep(this.#code);
    const [r1 = 0n, r2 = 0n, r3 = 0n, r4 = 0n, r5 = 0n] = parameters;
    const r0 = BigInt.asUintN(64, target(r1, r2, r3, r4, r5, frame + BigInt(STACK_FRAME_BYTES)));
    this.#frame.value = frame;
    return r0;
  }

  #functionOf(handle: bigint): ProgramFunction {
    const slot = Number(handle & 0xffff_ffffn);
    const target = this.#exports[exportName(slot)] as ProgramFunction | undefined;
    if (handle >> 32n !== BigInt(FUNCTION_HANDLE_HIGH) || target === undefined)
      throw broken(this.#code.name, slot, 'the callback is not a function of this program');
    return target;
  }

  /** What the module imports; the names are layout.ts's. Hot. */
  #imports(): WebAssembly.ModuleImports {
    const { memory, helperContext } = this.#world;
    const code = this.#code;
    // The translator writes these calls for slots that have one.
    const run = (slot: number): HelperFunction => code.run[slot] as HelperFunction;
    const checked = (slot: number, r0: bigint): bigint => {
      const error = callError(code, slot, r0);
      if (error !== undefined) this.#world.fault(error);
      return r0;
    };
    return {
      memory: memory.wasmMemory,
      helper0: (slot: number) => checked(slot, run(slot)(helperContext, 0n, 0n, 0n, 0n, 0n)),
      helper1: (slot: number, r1: bigint) =>
        checked(slot, run(slot)(helperContext, unsigned(r1), 0n, 0n, 0n, 0n)),
      helper2: (slot: number, r1: bigint, r2: bigint) =>
        checked(slot, run(slot)(helperContext, unsigned(r1), unsigned(r2), 0n, 0n, 0n)),
      helper3: (slot: number, r1: bigint, r2: bigint, r3: bigint) =>
        checked(slot, run(slot)(helperContext, unsigned(r1), unsigned(r2), unsigned(r3), 0n, 0n)),
      helper4: (slot: number, r1: bigint, r2: bigint, r3: bigint, r4: bigint) =>
        checked(slot, run(slot)(helperContext, unsigned(r1), unsigned(r2), unsigned(r3), unsigned(r4), 0n)),
      helper5: (slot: number, r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint) =>
        checked(
          slot,
          run(slot)(helperContext, unsigned(r1), unsigned(r2), unsigned(r3), unsigned(r4), unsigned(r5)),
        ),
      tailCall: (context: bigint, map: bigint, index: bigint, frame: bigint): number => {
        const result = this.#world.tailCall(context, unsigned(map), BigInt.asUintN(32, index), frame);
        if (result === undefined) return 0;
        (this.#exports['result'] as WebAssembly.Global<'i64'>).value = BigInt.asIntN(64, result);
        return 1;
      },
      callDepth: () => {
        throw tooDeep(this.#code);
      },
      lookup: (descriptor: number, key: number) => this.#map(descriptor).lookup(key),
      update: (descriptor: number, key: number, value: number, flags: number) =>
        this.#map(descriptor).update(key, value, FLAGS[flags] ?? INVALID_FLAGS),
      delete: (descriptor: number, key: number) => this.#map(descriptor).delete(key),
      packet: (skBuff: number, offset: number, sizeBytes: number) =>
        BigInt(loadFromPacket(helperContext, skBuff >>> 0, offset, sizeBytes)),
    };
  }

  #map(descriptor: Address): BpfMap {
    const map = this.#world.mapByDescriptor(descriptor);
    if (map === undefined) {
      throw new Failure('vm', 'not-a-map', `a helper was given ${descriptor}, which is no map`, {
        file: this.#code.name,
      });
    }
    return map;
  }
}

/** WebAssembly hands an i64 over as signed. */
function unsigned(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Flags of map updates as BigInt, without making one a call; all others are invalid for every map. */
const FLAGS: readonly bigint[] = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n];
const INVALID_FLAGS = 0xffff_ffffn;

/** From the frame pointer of a program's first frame to that of its eighth. */
const FRAMES_ABOVE_BYTES = BigInt((CALL_FRAMES_MAX - 1) * STACK_FRAME_BYTES);

/** Frame pointer of the eighth frame of a stack. */
export function frameMaxOf(stack: Address): number {
  return stack + CALL_FRAMES_MAX * STACK_FRAME_BYTES;
}

/** undefined where the program is too large for V8. */
export function compileProgram(code: Code, stack: Address, world: JitWorld): CompiledProgram | undefined {
  const moment = new Moment(world.momentCells, world.memory, world.helperContext.world);
  const module = buildModule(code, frameMaxOf(stack), {
    moment,
    memoryEnd: world.memory.endCell,
    mapAt(descriptor) {
      const map = world.mapByDescriptor(descriptor);
      return map === undefined ? undefined : knownMap(map, descriptor, world.memory);
    },
  });
  return module === undefined ? undefined : new CompiledProgram(module, code, stack, world, moment);
}

function needsPreparing({ opcode, src, helper, kernelFunction }: Code): boolean {
  return (
    helper.some((called) => called?.id === TAIL_CALL) ||
    kernelFunction.some((called) => called !== undefined && !isWrittenOut(called)) ||
    opcode.some((each, slot) => each === OPCODE_LDIMM64 && src[slot] === PSEUDO_FUNC)
  );
}

function tooDeep(code: Code): Failure {
  return new Failure('vm', 'call-depth', `more than ${CALL_FRAMES_MAX} frames`, { file: code.name });
}

/** A trap is an access beyond all memory, or recursion without end: what the verifier refuses. */
function asFailure(error: unknown, code: Code): unknown {
  if (error instanceof WebAssembly.RuntimeError) {
    return new Failure('vm', 'out-of-bounds', `the program was stopped: ${error.message}`, {
      file: code.name,
    });
  }
  return error;
}
