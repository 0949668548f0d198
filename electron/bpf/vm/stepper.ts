/**
 * Single stepping with the whole state in and out: what a page that shows a running program is made of.
 * A ProgramState is data; it can be kept, compared, and stepped from again. Not in it is what programs
 * share, maps and the rest of linear memory: who steps from an old state finds these as they are now.
 */
import type { Code } from './code.ts';
import {
  begin,
  createState,
  FRAME_SAVED_HALVES,
  STACK_BYTES,
  step,
  type ExecutionState,
  type ExecutionWorld,
} from './interpreter.ts';
import type { Address } from './memory.ts';
import { FRAME_POINTER, STACK_FRAME_BYTES } from './operations.ts';

/** One function that was entered and has not returned. */
export interface FrameState {
  /** What runs in the frame: a tail call brings another program. */
  readonly code: Code;
  /** Slot of the next instruction: in the frames that wait, the one behind the call. */
  readonly pc: number;
  /** r6 to r9 as they will be when the frames above have returned. */
  readonly kept: BigUint64Array;
  /** Address of the first byte of `stack`; the frame pointer is the address of the first behind it. */
  readonly stackAddress: Address;
  readonly stack: Uint8Array;
  /** Rounds that may_goto still gives. */
  readonly loopsLeft: number;
  /** Place in `frames` of the program's first function. */
  readonly programDepth: number;
}

export interface ProgramState {
  readonly isDone: boolean;
  /** r0 to r10. Once the program is done r0 is its result. */
  readonly registers: BigUint64Array;
  /** Outermost first: the last one is running. */
  readonly frames: readonly FrameState[];
  readonly tailCalls: number;
  /** Instructions run so far. */
  readonly steps: number;
}

/** r6, the first register that a call keeps. */
const FIRST_KEPT = 6;

export class Stepper {
  readonly #world: ExecutionWorld;
  readonly #code: Code;
  /** Where a step happens; between two steps it holds nothing that counts. */
  readonly #state: ExecutionState;

  /** Takes STACK_BYTES of linear memory for its own, so that stepping disturbs no other run. */
  constructor(world: ExecutionWorld, code: Code) {
    this.#world = world;
    this.#code = code;
    this.#state = createState(code, world.memory.allocate(STACK_BYTES, 16));
  }

  /** The state before the first instruction; r1 is the context. */
  begin(context: Address): ProgramState {
    begin(this.#state, this.#world, this.#code, context);
    return this.#take();
  }

  /**
   * The state one instruction later; the given one stays as it is. A call of a helper, with all its
   * callbacks, is one instruction; a call of the program's own function goes into it. Throws as the
   * interpreter does, and where the program is done.
   */
  step(state: ProgramState): ProgramState {
    if (state.isDone) throw new Error('the program has ended: there is no next instruction');
    this.#put(state);
    step(this.#state, this.#world);
    return this.#take();
  }

  #take(): ProgramState {
    const { isDone, registers, depth, tailCalls, steps } = this.#state;
    const frames = Array.from({ length: depth + 1 }, (_, index) => this.#takeFrame(index));
    return { isDone, registers: registers.wide.slice(), frames, tailCalls, steps };
  }

  #takeFrame(index: number): FrameState {
    const state = this.#state;
    const isRunning = index === state.depth;
    const above = index + 1;
    const stackAddress = state.stack + index * STACK_FRAME_BYTES;
    const saved = state.saved.slice(above * FRAME_SAVED_HALVES, (above + 1) * FRAME_SAVED_HALVES);
    return {
      code: isRunning ? state.code : (state.returnCode[above] as Code),
      pc: isRunning ? state.pc : (state.returnTo[above] as number),
      kept: isRunning
        ? state.registers.wide.slice(FIRST_KEPT, FRAME_POINTER)
        : new BigUint64Array(saved.buffer),
      stackAddress,
      stack: this.#world.memory.bytes.slice(stackAddress, stackAddress + STACK_FRAME_BYTES),
      loopsLeft: state.loopsLeft[index] as number,
      programDepth: state.programDepth[index] as number,
    };
  }

  #put({ isDone, registers, frames, tailCalls, steps }: ProgramState): void {
    const state = this.#state;
    state.isDone = isDone;
    state.depth = frames.length - 1;
    state.tailCalls = tailCalls;
    state.steps = steps;
    state.registers.wide.set(registers);
    frames.forEach((frame, index) => {
      this.#world.memory.bytes.set(frame.stack, frame.stackAddress);
      state.loopsLeft[index] = frame.loopsLeft;
      state.programDepth[index] = frame.programDepth;
      const above = index + 1;
      if (index === state.depth) {
        state.code = frame.code;
        state.pc = frame.pc;
      } else {
        state.returnCode[above] = frame.code;
        state.returnTo[above] = frame.pc;
        state.saved.set(new Int32Array(frame.kept.buffer), above * FRAME_SAVED_HALVES);
      }
    });
  }
}
