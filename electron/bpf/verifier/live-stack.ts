/**
 * Which slots of the stack may still be read: a state is compared by those alone. What reads a slot is found
 * as paths are followed, and carried back over all ways that lead there, whichever was followed; apart for
 * every chain of calls. As kernel/bpf/liveness.c of Linux 6.18, but that only stores of whole slots through
 * r10 are taken to end a slot's life, and that a function's stores to its callers' stacks do not.
 */
import { opcodeTable } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { callsBack } from './backtrack.ts';
import { FRAME_POINTER, SLOT_BYTES, STACK_BYTES_MAX } from './limits.ts';
import type { Frame, State } from './state.ts';

/** A function as called by one chain of calls. */
interface Instance {
  readonly start: number;
  readonly slots: number;
  readonly outer: Instance | undefined;
  /** By the slot of the call. */
  readonly called: Map<number, Instance>;
  /** By frame, two words an instruction: slots 0 to 31, slots 32 to 63. */
  readonly live: (Int32Array | undefined)[];
}

export class LiveStack {
  readonly #instructions: readonly Instruction[];
  readonly #functionStarts: readonly number[];
  /** Slots that lead to each slot: those of slot i are from #sourceStart[i] to #sourceStart[i + 1]. */
  readonly #sources: Int32Array;
  readonly #sourceStart: Int32Array;
  /** Slot of the function's own stack that the instruction writes whole, -1 for none. */
  readonly #written: Int8Array;
  /** Functions that nothing calls, by number: the program's first, and others that are verified alone. */
  readonly #entries = new Map<number, Instance>();
  readonly #pending: number[] = [];

  constructor(
    instructions: readonly Instruction[],
    functionStarts: readonly number[],
    successors: readonly (readonly number[])[],
  ) {
    this.#instructions = instructions;
    this.#functionStarts = functionStarts;
    this.#written = Int8Array.from(instructions, slotWritten);
    [this.#sourceStart, this.#sources] = reversed(successors);
  }

  /** The instruction at `pc` reads of the slot of the frame. */
  noteRead({ frames }: State, pc: number, frame: number, slot: number): void {
    const instance = this.#instanceOf(frames, frames.length);
    this.#mark(instance, frames.length - 1, frame, pc, slot);
    let outer = instance.outer;
    for (let depth = frames.length - 1; depth > frame && outer !== undefined; depth -= 1) {
      this.#mark(outer, depth - 1, frame, frames[depth]?.callSite ?? 0, slot);
      outer = outer.outer;
    }
  }

  /** Whether, in a state at `pc`, the slot of the frame may still be read. */
  isLive({ frames }: State, pc: number, frame: number, slot: number): boolean {
    let instance: Instance | undefined = this.#instanceOf(frames, frames.length);
    let at = pc;
    for (let depth = frames.length - 1; depth >= frame && instance !== undefined; depth -= 1) {
      if (isMarked(instance, frame, at, slot)) return true;
      const callSite = frames[depth]?.callSite ?? 0;
      at = callsBack(this.#instructions[callSite]) ? callSite : callSite + 1;
      instance = instance.outer;
    }
    return false;
  }

  #instance(subprogram: number, outer: Instance | undefined): Instance {
    const start = this.#functionStarts[subprogram] ?? 0;
    const end = this.#functionStarts[subprogram + 1] ?? this.#instructions.length;
    return { start, slots: end - start, outer, called: new Map(), live: [] };
  }

  #entryOf(subprogram: number): Instance {
    let entry = this.#entries.get(subprogram);
    if (entry === undefined) this.#entries.set(subprogram, (entry = this.#instance(subprogram, undefined)));
    return entry;
  }

  #instanceOf(frames: readonly Frame[], count: number): Instance {
    let instance = this.#entryOf(frames[0]?.subprogram ?? 0);
    for (let depth = 1; depth < count; depth += 1) {
      const frame = frames[depth];
      if (frame === undefined) throw new Error('frames without holes');
      let next = instance.called.get(frame.callSite);
      if (next === undefined) {
        next = this.#instance(frame.subprogram, instance);
        instance.called.set(frame.callSite, next);
      }
      instance = next;
    }
    return instance;
  }

  /** Marks the slot live at `pc`, and before, up to where it is written. */
  #mark(instance: Instance, depth: number, frame: number, pc: number, slot: number): void {
    const live = (instance.live[frame] ??= new Int32Array(2 * instance.slots));
    const bit = 1 << (slot & 31);
    const half = slot >> 5;
    const pending = this.#pending;
    const isOwn = frame === depth;
    pending.push(pc);
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const word = 2 * (at - instance.start) + half;
      const known = live[word] ?? 0;
      if ((known & bit) !== 0) continue;
      live[word] = known | bit;
      const end = this.#sourceStart[at + 1] ?? 0;
      for (let index = this.#sourceStart[at] ?? 0; index < end; index += 1) {
        const source = this.#sources[index] ?? 0;
        if (!isOwn || this.#written[source] !== slot) pending.push(source);
      }
    }
  }
}

function isMarked(instance: Instance, frame: number, pc: number, slot: number): boolean {
  const live = instance.live[frame];
  return (
    live !== undefined && ((live[2 * (pc - instance.start) + (slot >> 5)] ?? 0) & (1 << (slot & 31))) !== 0
  );
}

function slotWritten(instruction: Instruction): number {
  const info = opcodeTable[instruction.opcode];
  if (info?.kind !== 'store' && info?.kind !== 'storeImmediate') return -1;
  const { dst, offset } = instruction;
  if (dst !== FRAME_POINTER || info.sizeBytes !== SLOT_BYTES || offset % SLOT_BYTES !== 0) return -1;
  return offset < 0 && offset >= -STACK_BYTES_MAX ? -offset / SLOT_BYTES - 1 : -1;
}

/** The edges the other way round: starts by slot, and all sources in one row. */
function reversed(successors: readonly (readonly number[])[]): [Int32Array, Int32Array] {
  const starts = new Int32Array(successors.length + 2);
  let count = 0;
  for (const each of successors) {
    for (const next of each) starts[next + 2] = (starts[next + 2] ?? 0) + 1;
    count += each.length;
  }
  for (let slot = 2; slot < starts.length; slot += 1)
    starts[slot] = (starts[slot] ?? 0) + (starts[slot - 1] ?? 0);
  const sources = new Int32Array(count);
  successors.forEach((each, slot) => {
    for (const next of each) {
      const at = starts[next + 1] ?? 0;
      sources[at] = slot;
      starts[next + 1] = at + 1;
    }
  });
  return [starts, sources];
}
