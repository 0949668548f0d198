/**
 * All that is known at one point of one path: the frames with their registers and stacks, and the
 * resources held. States are copied at branches; what they hold is immutable and shared.
 */
import { FRAME_POINTER, REGISTER_COUNT } from './limits.ts';
import { pointerRegister, uninitialised, type Register } from './register.ts';
import type { StackObject } from './stack-object.ts';

/**
 * What a byte of the stack holds: never written, part of a spilled register, some number, zero; part of a
 * dynptr, an iterator, saved interrupt flags.
 */
export type ByteKind = '?' | 's' | 'm' | '0' | 'd' | 'i' | 'f';

/** Eight bytes of stack. */
export interface Slot {
  /** Eight ByteKind, that of the lowest address first. */
  readonly kinds: string;
  /** The register that was spilled here, while the first byte is `s`. */
  readonly spilled: Register;
  /** What the kernel keeps here, while all bytes are `d`, `i` or `f`. */
  readonly object?: StackObject;
}

export const untouchedSlot: Slot = { kinds: '????????', spilled: uninitialised };

/** Of a frame that a helper called: it returns to the helper's call, which may call it again. */
export interface CallbackFrame {
  /** Greatest value the callback may return. */
  readonly returnsMax: bigint;
  /** What was held when it was called, and must be when it returns. */
  readonly references: readonly Reference[];
}

export class Frame {
  /** Of what a timer calls, which nobody on the way does: how many timers in turn led here. */
  asynchronousEntries = 0;
  /** Number of the function in order of start. */
  readonly subprogram: number;
  /** Slot of the call that made the frame, -1 for the first. */
  readonly callSite: number;
  readonly callback: CallbackFrame | undefined;
  /** Rounds of the callback that this frame's helper call makes, on this path. */
  callbackRounds = 0;
  registers: Register[];
  /** Slot i covers the bytes from r10 - 8(i + 1); as long as the deepest slot that was touched. */
  stack: Slot[] = [];

  constructor(
    subprogram: number,
    callSite: number,
    number: number,
    callback?: CallbackFrame,
    registers?: Register[],
  ) {
    this.subprogram = subprogram;
    this.callSite = callSite;
    this.callback = callback;
    this.registers = registers ?? registersAtEntry(number);
  }

  copy(): Frame {
    const copy = new Frame(this.subprogram, this.callSite, 0, this.callback, this.registers.slice());
    copy.stack = this.stack.slice();
    copy.callbackRounds = this.callbackRounds;
    copy.asynchronousEntries = this.asynchronousEntries;
    return copy;
  }

  /** Slot at which the caller goes on when this frame returns. */
  get returnsTo(): number {
    return this.callback === undefined ? this.callSite + 1 : this.callSite;
  }

  slot(index: number): Slot {
    return this.stack[index] ?? untouchedSlot;
  }

  setSlot(index: number, slot: Slot): void {
    while (this.stack.length < index) this.stack.push(untouchedSlot);
    this.stack[index] = slot;
  }
}

function registersAtEntry(frame: number): Register[] {
  const registers = new Array<Register>(REGISTER_COUNT).fill(uninitialised);
  registers[FRAME_POINTER] = pointerRegister('stack', { frame });
  return registers;
}

/** A resource that must be released before the program ends. */
export interface Reference {
  readonly id: number;
  readonly instruction: number;
  /** Saved interrupt flags: restored in the reverse order. */
  readonly isInterruptFlags?: boolean;
}

/** Regions in which the program holds off the rest of the kernel: how often each is open. */
export interface Regions {
  readonly rcu: number;
  readonly preemption: number;
}

export const noRegions: Regions = { rcu: 0, preemption: 0 };

/** struct bpf_spin_lock; struct bpf_res_spin_lock, by itself or with interrupts held off. */
export type LockKind = 'plain' | 'resilient' | 'resilient-irq';

/** A lock that is held: which one is told by the pointer it was taken through. */
export interface HeldLock {
  readonly kind: LockKind;
  /** -1 of a lock in an object of the program's own. */
  readonly map: number;
  /** Id of the pointer, 0 where all pointers into the map point to the same value. */
  readonly id: number;
}

export class State {
  frames: Frame[];
  references: readonly Reference[];
  /** Innermost last. */
  locks: readonly HeldLock[] = [];
  /** Rounds of callbacks and may_goto on this path: a loop in which they grow ends by itself. */
  rounds: number;
  /** Whether only a processor that guesses wrongly comes this way. */
  isSpeculative = false;
  /** What the program holds off. */
  regions: Regions = noRegions;
  /** Of what is called later by somebody who may sleep, whatever the program may; else what the program may do. */
  maySleep: boolean | undefined = undefined;

  constructor(frames: Frame[], references: readonly Reference[] = [], rounds = 0) {
    this.frames = frames;
    this.references = references;
    this.rounds = rounds;
  }

  get frame(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new Error('a state without a frame');
    return frame;
  }

  copy(): State {
    const copy = new State(
      this.frames.map((frame) => frame.copy()),
      this.references,
      this.rounds,
    );
    copy.isSpeculative = this.isSpeculative;
    copy.regions = this.regions;
    copy.maySleep = this.maySleep;
    copy.locks = this.locks;
    return copy;
  }

  /** Replaces every register and spilled register, in every frame, by what `change` makes of it. */
  replaceRegisters(change: (register: Register) => Register): void {
    for (const frame of this.frames) {
      frame.registers.forEach((register, index) => {
        const changed = change(register);
        if (changed !== register) frame.registers[index] = changed;
      });
      frame.stack.forEach((slot, index) => {
        if (slot.kinds[0] !== 's') return;
        const changed = change(slot.spilled);
        if (changed !== slot.spilled) frame.stack[index] = { ...slot, spilled: changed };
      });
    }
  }
}
