/**
 * Follows every path of a program, one instruction at a time, depth first; paths that meet a state
 * already followed to its end are cut. As do_check() and is_state_visited() of Linux 6.18.
 */
import {
  CALL_HELPER,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_VALUE,
  type OpcodeInfo,
} from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { stepArithmetic } from './arithmetic.ts';
import { stepExit, stepFunctionCall, stepHelperCall } from './call.ts';
import { functionReferred, infoOf, isIteratorNext, jumpTarget, type ControlFlow } from './cfg.ts';
import { mayGiveMore } from './open-coded-iterator.ts';
import { stepBranch } from './jump.ts';
import { stepKernelCall } from './kernel-call.ts';
import { PENDING_MAX, PROCESSED_MAX } from './limits.ts';
import { Relevance } from './liveness.ts';
import { stepAtomic, stepLoad, stepStore, stepStoreImmediate } from './memory.ts';
import { stepPacketLoad } from './packet.ts';
import { covers, isSameCall, type Comparison } from './prune.ts';
import {
  constantRegister,
  knownNumber,
  pointerRegister,
  scalarRegister,
  unknownRegister,
  type Register,
} from './register.ts';
import { constantScalar, zeroScalar } from './scalar.ts';
import type { State } from './state.ts';
import { Refusal, type Walk } from './walk.ts';
import { widen } from './widen.ts';

/** A branch decided on the way, with those before it. */
export interface Decision {
  readonly instruction: number;
  readonly isTaken: boolean;
  readonly before: Decision | undefined;
}

/** A state as it was at a meeting, and how much of what follows it is still to be walked. */
interface Checkpoint {
  readonly pc: number;
  readonly state: State;
  readonly parent: Checkpoint | undefined;
  /** Paths through here that have not ended. */
  openPaths: number;
  hits: number;
  misses: number;
}

interface Pending {
  readonly pc: number;
  readonly state: State;
  readonly parent: Checkpoint | undefined;
  readonly decision: Decision | undefined;
  /** Slot that the path was put off at, and what the log held then. */
  readonly from: number;
  logMark: number;
}

/** Between looks at the abort signal. */
const SIGNAL_INTERVAL = 4096;
/** A remembered state that was compared in vain this often for each time it helped is dropped. */
const MISSES_A_HIT = 3;
const LOOP_HEAD_MISSES_A_HIT = 64;
/** Jumps or instructions between states remembered in a loop. */
const LOOP_JUMPS = 20;
const LOOP_STEPS = 100;

export class Explorer {
  processed = 0;
  /** Last branch decided on the current path. */
  decision: Decision | undefined;
  readonly #walk: Walk;
  readonly #flow: ControlFlow;
  readonly #relevance: Relevance;
  /** By slot. */
  readonly #checkpoints: (Checkpoint[] | undefined)[];
  readonly #exact: Comparison;
  readonly #wider: Comparison;
  readonly #pending: Pending[] = [];
  readonly #subprogramByStart: ReadonlyMap<number, number>;
  #parent: Checkpoint | undefined;
  #jumps = 0;
  #jumpsAtCheckpoint = 0;
  #processedAtCheckpoint = 0;

  constructor(walk: Walk, flow: ControlFlow) {
    this.#walk = walk;
    this.#flow = flow;
    this.#relevance = new Relevance(walk.program.instructions, flow);
    this.#checkpoints = new Array<Checkpoint[] | undefined>(walk.program.instructions.length).fill(undefined);
    // Where a loop converges, a path is cut before all that follows it was walked: what was seen to
    // matter by then is not all that matters.
    const isAllPrecise = flow.isLoopHead.includes(1) || !walk.isBpfCapable;
    const { isPrivileged, speculation } = walk;
    const comparison = { relevance: this.#relevance, isPrivileged, isAllPrecise, speculation };
    this.#exact = { ...comparison, isExact: true };
    this.#wider = { ...comparison, isExact: false };
    this.#subprogramByStart = new Map(flow.functionStarts.map((start, index) => [start, index]));
  }

  /** Walks all paths; throws Refusal at the first instruction that is not safe. */
  run(): void {
    const limit = this.#walk.options.instructionsMax ?? PROCESSED_MAX;
    this.#walk.log?.begin(this.#walk, -1, 0);
    for (let isMore = true; isMore;) {
      this.processed += 1;
      if (this.processed > limit) {
        this.#walk.refuse('too-complex', `BPF program is too large. Processed ${this.processed} insn`);
      }
      if (this.processed % SIGNAL_INTERVAL === 0) this.#walk.options.signal?.throwIfAborted();
      const { pc } = this.#walk;
      const isCovered = this.#flow.isMeeting[pc] === 1 && this.#isCovered(pc);
      if (isCovered) this.#walk.log?.safe(pc);
      isMore = (!isCovered && this.#followGuarded(pc)) || this.#next();
    }
  }

  /** Executes the instruction; on a path that is only guessed, a refusal merely ends the path. */
  #followGuarded(pc: number): boolean {
    const { speculation, state } = this.#walk;
    if (speculation === undefined) return this.#follow(pc);
    if (state.isSpeculative && speculation.isBarred(pc)) return false;
    let goesOn = false;
    try {
      goesOn = this.#follow(pc);
    } catch (error) {
      if (!state.isSpeculative || !(error instanceof Refusal)) throw error;
      if (!speculation.endsWith(error.code, error.instruction)) throw error;
    }
    for (const put of speculation.take()) this.#postpone(pc + 1, put, this.decision);
    return goesOn && !(state.isSpeculative && speculation.isBarredAfter(pc));
  }

  /** Executes the instruction, logging it where that is asked for; false where the path ends. */
  #follow(pc: number): boolean {
    const { log } = this.#walk;
    if (log === undefined) return this.#step(pc);
    log.enter(this.#walk);
    const waiting = this.#pending.length;
    let isDone = false;
    try {
      const goesOn = this.#step(pc);
      isDone = true;
      return goesOn;
    } finally {
      log.leave(this.#walk, pc, isDone);
      for (const put of this.#pending.slice(waiting)) put.logMark = log.mark;
    }
  }

  /** Executes the instruction; false where the path ends. */
  #step(pc: number): boolean {
    const walk = this.#walk;
    const instruction = walk.program.instructions[pc];
    if (instruction === undefined) throw new Error(`the walk left the program at ${pc}`);
    const problem = this.#flow.problems.size === 0 ? undefined : this.#flow.problems.get(pc);
    if (problem !== undefined) walk.refuse('bad-instruction', problem);
    const info = infoOf(instruction);
    let next: number | undefined = pc + 1;
    switch (info.kind) {
      case 'alu':
        this.#forkMask(instruction, info, pc);
        stepArithmetic(walk, instruction, info, this.#relevance);
        break;
      case 'byteswap':
        stepArithmetic(walk, instruction, info, this.#relevance);
        break;
      case 'load':
        stepLoad(walk, instruction, info);
        break;
      case 'store':
        stepStore(walk, instruction, info);
        break;
      case 'storeImmediate':
        stepStoreImmediate(walk, instruction, info);
        break;
      case 'atomic':
        stepAtomic(walk, instruction, info);
        break;
      case 'loadImmediate64':
        walk.write(instruction.dst, this.#loadImmediate(instruction, pc));
        next = pc + 2;
        break;
      case 'jump':
        this.#jumps += 1;
        next = jumpTarget(instruction, pc);
        break;
      case 'branch':
        this.#jumps += 1;
        next = this.#branch(instruction, info, pc);
        break;
      case 'call':
        this.#jumps += 1;
        next = this.#call(instruction, pc);
        break;
      case 'exit':
        this.#jumps += 1;
        next = this.#exit(pc);
        break;
      case 'loadPacket':
        stepPacketLoad(walk, instruction, info);
        break;
      case 'mayGoto':
        this.#jumps += 1;
        next = this.#mayGoto(instruction, pc);
    }
    if (next === undefined) return false;
    walk.pc = next;
    return true;
  }

  /**
   * A number that is 0 or -1, about to be masked by a constant, is followed as each of the two: what
   * compilers make of a condition keeps its meaning so. maybe_fork_scalars() of Linux 6.18.
   */
  #forkMask(instruction: Instruction, info: OpcodeInfo, pc: number): void {
    const walk = this.#walk;
    const operand = walk.peek(instruction.dst);
    if ((info.name !== 'and' && info.name !== 'or') || operand.kind !== 'scalar') return;
    if (operand.scalar.smin !== -1n || operand.scalar.smax !== 0n) return;
    if (info.usesSource && knownNumber(walk.peek(instruction.src)) === undefined) return;
    const other = walk.state.copy();
    other.frame.registers[instruction.dst] = scalarRegister(zeroScalar, operand.id, operand.delta);
    this.#postpone(pc, other, this.decision);
    walk.write(instruction.dst, scalarRegister(constantScalar(-1n), operand.id, operand.delta));
  }

  #loadImmediate(instruction: Instruction, pc: number): Register {
    const walk = this.#walk;
    const second = walk.program.instructions[pc + 1];
    if (second === undefined) throw new Error('half of a ldimm64 passed the check');
    switch (instruction.src) {
      case 0:
        return constantRegister(BigInt.asUintN(32, BigInt(instruction.imm)) | (BigInt(second.imm) << 32n));
      case PSEUDO_MAP_FD:
        walk.useMap(instruction.imm);
        return pointerRegister('map', { map: instruction.imm });
      case PSEUDO_MAP_VALUE: {
        const map = walk.useMap(instruction.imm);
        const offset = second.imm >>> 0;
        if (map.type !== 'array' || map.maxEntries !== 1 || offset >= map.valueSizeBytes) {
          walk.refuse(
            'bad-map',
            `no direct value access at offset ${offset} of map ${map.name} (${map.type})`,
          );
        }
        return pointerRegister('map-value', { map: instruction.imm, offset });
      }
      case PSEUDO_FUNC:
        return pointerRegister('function', { entry: functionReferred(instruction, pc) ?? -1 });
      default:
        return walk.refuse(
          'not-supported',
          `ldimm64 with src ${instruction.src} refers to what is not known here`,
        );
    }
  }

  #branch(instruction: Instruction, info: OpcodeInfo, pc: number): number {
    const target = jumpTarget(instruction, pc);
    const ways = stepBranch(this.#walk, instruction, info, this.#relevance);
    if (ways.taken !== undefined && ways.notTaken !== undefined) {
      this.#postpone(target, ways.taken, { instruction: pc, isTaken: true, before: this.decision });
    }
    if (ways.taken === undefined || ways.notTaken === undefined)
      this.#guessOtherWay(instruction, info, ways.taken === undefined ? target : pc + 1);
    const isTaken = ways.notTaken === undefined;
    const state = ways.notTaken ?? ways.taken;
    if (state === undefined) throw new Error('a branch goes somewhere');
    this.#walk.state = state;
    this.decision = { instruction: pc, isTaken, before: this.decision };
    return isTaken ? target : pc + 1;
  }

  /** The way that a jump never goes is followed where a processor may guess that it does. */
  #guessOtherWay({ dst, src }: Instruction, info: OpcodeInfo, target: number): void {
    if (this.#walk.speculation === undefined) return;
    const guessed = this.#walk.state.copy();
    guessed.isSpeculative = true;
    guessed.frame.registers[dst] = unknownRegister;
    if (info.usesSource) guessed.frame.registers[src] = unknownRegister;
    this.#postpone(target, guessed, this.decision);
  }

  #postpone(pc: number, state: State, decision: Decision | undefined): void {
    if (this.#pending.length >= PENDING_MAX) {
      this.#walk.refuse('too-complex', `The sequence of ${this.#pending.length} jumps is too complex.`);
    }
    if (this.#parent !== undefined) this.#parent.openPaths += 1;
    this.#pending.push({ pc, state, parent: this.#parent, decision, from: this.#walk.pc, logMark: 0 });
  }

  #call(instruction: Instruction, pc: number): number {
    if (instruction.src === CALL_HELPER) {
      const calledBack = stepHelperCall(this.#walk, instruction, this.#relevance);
      if (calledBack !== undefined) this.#postpone(this.#calleeOf(calledBack), calledBack, this.decision);
      return pc + 1;
    }
    if (instruction.src === PSEUDO_KFUNC_CALL) return this.#kernelCall(instruction, pc);
    if (instruction.src !== PSEUDO_CALL)
      this.#walk.refuse('not-supported', `calls with src ${instruction.src} are not known here`);
    const target = functionReferred(instruction, pc) ?? -1;
    const subprogram = this.#subprogramByStart.get(target);
    if (subprogram === undefined) throw new Error(`no function begins at ${target}`);
    return stepFunctionCall(this.#walk, target, subprogram);
  }

  /** Goes on with what an iterator that ended gives; what it gives before is followed as another path. */
  #kernelCall(instruction: Instruction, pc: number): number {
    const more = stepKernelCall(this.#walk, instruction, this.#relevance);
    if (more !== undefined) {
      const previous = this.#previousEntry(pc, this.#parent?.parent, more);
      if (previous !== undefined) widen(previous, more, pc + 1, this.#relevance);
      this.#postpone(pc + 1, more, this.decision);
    }
    return pc + 1;
  }

  #calleeOf(state: State): number {
    const start = this.#flow.functionStarts[state.frame.subprogram];
    if (start === undefined) throw new Error('a frame of no function');
    return start;
  }

  /** A callback that returns meets the call of its helper again. */
  #exit(pc: number): number | undefined {
    const { state } = this.#walk;
    const isCallback = this.#walk.frame.callback !== undefined;
    if (isCallback) this.#relevance.noteDecided(pc, 0);
    const next = stepExit(this.#walk, this.#relevance);
    if (isCallback && next !== undefined) {
      const previous = this.#previousEntry(next, this.#parent, state);
      if (previous !== undefined) widen(previous, state, next, this.#relevance);
    }
    return next;
  }

  /** Goes on at the target now or later; the rounds in between are followed as another path. */
  #mayGoto(instruction: Instruction, pc: number): number {
    const { state } = this.#walk;
    const round = state.copy();
    round.rounds += 1;
    // The state here was remembered just now; the one before it is the round before.
    const previous = this.#previousEntry(pc, this.#parent?.parent, state);
    if (previous !== undefined) widen(previous, round, pc + 1, this.#relevance);
    this.#postpone(pc + 1, round, { instruction: pc, isTaken: false, before: this.decision });
    return jumpTarget(instruction, pc);
  }

  /** The last state remembered at the slot on the way here, in the same calls. */
  #previousEntry(pc: number, from: Checkpoint | undefined, state: State): State | undefined {
    for (let checkpoint = from; checkpoint !== undefined; checkpoint = checkpoint.parent) {
      const { frames } = checkpoint.state;
      if (checkpoint.pc !== pc || frames.length !== state.frames.length) continue;
      const areSame = frames.every((frame, index) => {
        const other = state.frames[index];
        return other !== undefined && isSameCall(frame, other);
      });
      if (areSame) return checkpoint.state;
    }
    return undefined;
  }

  /**
   * Whether a path from an equal or wider state was walked to its end; remembers this state where not.
   * When to remember and when to drop what never helps is as in is_state_visited() of Linux 6.18.
   */
  #isCovered(pc: number): boolean {
    const walk = this.#walk;
    const jumps = this.#jumps - this.#jumpsAtCheckpoint;
    const steps = this.processed - this.#processedAtCheckpoint;
    const known = this.#checkpoints[pc];
    const isLoopHead = this.#flow.isLoopHead[pc] === 1;
    let isAdded = (jumps >= 2 && steps >= 8) || this.#parent === undefined || isLoopHead;
    const instruction = walk.program.instructions[pc];
    const isNext = isLoopHead && instruction !== undefined && isIteratorNext(instruction);
    let kept = 0;
    for (let index = 0; known !== undefined && index < known.length; index += 1) {
      const checkpoint = known[index];
      if (checkpoint === undefined) throw new Error('a list without holes');
      if (checkpoint.openPaths > 0) {
        const isProgress = isNext ? mayGiveMore(walk.state) : checkpoint.state.rounds !== walk.state.rounds;
        if (isLoopHead && isProgress && covers(checkpoint.state, walk.state, pc, this.#wider)) {
          checkpoint.hits += 1;
          known.copyWithin(kept, index);
          known.length -= index - kept;
          return true;
        }
        if (!isProgress && covers(checkpoint.state, walk.state, pc, this.#exact))
          walk.refuse('infinite-loop', `infinite loop detected at insn ${pc}`);
        // In a loop that is still being walked, states are worth keeping only now and then.
        if (!isLoopHead && jumps < LOOP_JUMPS && steps < LOOP_STEPS) isAdded = false;
      } else if (covers(checkpoint.state, walk.state, pc, this.#wider)) {
        checkpoint.hits += 1;
        known.copyWithin(kept, index);
        known.length -= index - kept;
        return true;
      }
      if (isAdded) checkpoint.misses += 1;
      const allowed = isLoopHead && checkpoint.openPaths > 0 ? LOOP_HEAD_MISSES_A_HIT : MISSES_A_HIT;
      if (checkpoint.misses > allowed * (checkpoint.hits + 1)) continue;
      known[kept] = checkpoint;
      kept += 1;
    }
    if (known !== undefined) known.length = kept;
    if (isAdded) this.#remember(pc);
    return false;
  }

  #remember(pc: number): void {
    this.#jumpsAtCheckpoint = this.#jumps;
    this.#processedAtCheckpoint = this.processed;
    this.#parent = {
      pc,
      state: this.#walk.state.copy(),
      parent: this.#parent,
      openPaths: 1,
      hits: 0,
      misses: 0,
    };
    const known = this.#checkpoints[pc];
    if (known === undefined) this.#checkpoints[pc] = [this.#parent];
    else known.push(this.#parent);
  }

  /** Ends the current path and turns to the one postponed last; false where none is left. */
  #next(): boolean {
    for (let checkpoint = this.#parent; checkpoint !== undefined; checkpoint = checkpoint.parent) {
      checkpoint.openPaths -= 1;
      if (checkpoint.openPaths > 0) break;
    }
    const next = this.#pending.pop();
    if (next === undefined) return false;
    this.#walk.pc = next.pc;
    this.#walk.state = next.state;
    this.#parent = next.parent;
    this.decision = next.decision;
    this.#walk.log?.begin(this.#walk, next.from, next.logMark);
    return true;
  }
}
