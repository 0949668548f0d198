/**
 * Follows every path of a program, one instruction at a time, depth first; paths that meet a state
 * already followed to its end are cut. As do_check() and is_state_visited() of Linux 6.18.
 */
import { isThrow } from '../helpers/kernel-functions.ts';
import { CALL_HELPER, PSEUDO_CALL, PSEUDO_KFUNC_CALL, type OpcodeInfo } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { stepArithmetic } from './arithmetic.ts';
import { stepExit, stepFunctionCall, stepHelperCall } from './call.ts';
import { fromNowhere, type Path } from './checkpoint.ts';
import { Checkpoints } from './checkpoints.ts';
import { functionReferred, infoOf, jumpTarget, type ControlFlow } from './cfg.ts';
import { entryOf } from './global-function.ts';
import { stepBranch } from './jump.ts';
import { stepKernelCall } from './kernel-call.ts';
import { PENDING_MAX, PROCESSED_MAX } from './limits.ts';
import { Relevance } from './liveness.ts';
import { LiveStack } from './live-stack.ts';
import { loadImmediate } from './load-immediate.ts';
import type { PlaceOnPath } from './kept-paths.ts';
import { checkCallUnderLock } from './locks.ts';
import { stepAtomic, stepLoad, stepStore, stepStoreImmediate } from './memory.ts';
import { stepPacketLoad } from './packet.ts';
import { forgetPackets } from './packet-pointers.ts';
import { knownNumber, scalarRegister, unknownRegister, zeroRegister } from './register.ts';
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

interface Pending {
  readonly pc: number;
  readonly state: State;
  readonly path: Path;
  readonly decision: Decision | undefined;
  /** Step it parts from, where paths are kept. */
  readonly place: PlaceOnPath | undefined;
  /** Slot that the path was put off at, and what the log held then. */
  readonly from: number;
  logMark: number;
}

const TAIL_CALL = 12;
/** Between looks at the abort signal. */
const SIGNAL_INTERVAL = 4096;
export class Explorer {
  processed = 0;
  /** Last branch decided on the current path. */
  decision: Decision | undefined;
  readonly #walk: Walk;
  readonly #flow: ControlFlow;
  readonly #relevance: Relevance;
  readonly #checkpoints: Checkpoints;
  readonly #pending: Pending[] = [];
  readonly #subprogramByStart: ReadonlyMap<number, number>;

  constructor(walk: Walk, flow: ControlFlow) {
    this.#walk = walk;
    this.#flow = flow;
    const { instructions } = walk.program;
    this.#relevance = new Relevance(walk, flow);
    const liveStack = new LiveStack(instructions, flow.functionStarts, flow.successors);
    walk.liveStack = liveStack;
    this.#checkpoints = new Checkpoints(walk, flow, this.#relevance, liveStack);
    this.#subprogramByStart = new Map(flow.functionStarts.map((start, index) => [start, index]));
  }

  /**
   * Walks all paths, then those of every global function that was called, each by itself; throws Refusal
   * at the first instruction that is not safe. As do_check_main() and do_check_subprogs() of Linux 6.18.
   * Pauses after `turn` instructions each time.
   */
  *run(turn: number): Generator<void, void, void> {
    yield* this.#walkPaths(turn);
    const verified = new Set<number>();
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const [number, facts] of this.#walk.subprograms.entries()) {
        if (number === 0 || verified.has(number) || !this.#walk.calledGlobals.has(number)) continue;
        verified.add(number);
        isMore = true;
        this.#begin(facts.start, entryOf(this.#walk, number, facts));
        yield* this.#walkPaths(turn);
      }
    }
  }

  #begin(pc: number, state: State): void {
    this.#checkpoints.forget();
    this.decision = undefined;
    this.#walk.precision.start(pc);
    this.#walk.pc = pc;
    this.#walk.state = state;
  }

  *#walkPaths(turn: number): Generator<void, void, void> {
    this.#walk.log?.begin(this.#walk, -1, 0);
    this.#walk.keeper?.begin(undefined);
    while (this.#walkOn(turn)) yield;
  }

  /** Follows `count` instructions; false where all paths were walked before. Hot. */
  #walkOn(count: number): boolean {
    const limit = this.#walk.options.instructionsMax ?? PROCESSED_MAX;
    const until = this.processed + count;
    for (let isMore = true; isMore;) {
      if (this.processed >= until) return true;
      this.processed += 1;
      if (this.processed > limit) {
        this.#walk.refuse('too-complex', `BPF program is too large. Processed ${this.processed} insn`);
      }
      if (this.processed % SIGNAL_INTERVAL === 0) this.#walk.options.signal?.throwIfAborted();
      const walk = this.#walk;
      const { pc } = walk;
      const isCovered = this.#flow.isMeeting[pc] === 1 && this.#checkpoints.isCovered(pc, this.processed);
      if (isCovered) walk.log?.safe(pc);
      else walk.precision.enter(pc, this.#flow.isJumpPoint[pc] === 1);
      walk.keeper?.enter(pc, walk.state);
      isMore = (!isCovered && this.#followGuarded(pc)) || this.#next(isCovered);
    }
    return false;
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
        walk.write(instruction.dst, loadImmediate(walk, instruction, pc));
        next = pc + 2;
        break;
      case 'jump':
        this.#checkpoints.jumps += 1;
        next = jumpTarget(instruction, pc);
        break;
      case 'branch':
        this.#checkpoints.jumps += 1;
        next = this.#branch(instruction, info, pc);
        break;
      case 'call':
        this.#checkpoints.jumps += 1;
        next = this.#call(instruction, pc);
        break;
      case 'exit':
        this.#checkpoints.jumps += 1;
        next = this.#exit(pc);
        break;
      case 'loadPacket':
        stepPacketLoad(walk, instruction, info);
        if (walk.state.frames.length > 1) next = this.#exitOutsidePacket(pc);
        break;
      case 'mayGoto':
        this.#checkpoints.jumps += 1;
        next = this.#mayGoto(instruction, pc);
    }
    if (next === undefined) return false;
    // What follows a ldimm64 comes straight after its second half.
    walk.precision.previousPc = info.kind === 'loadImmediate64' ? pc + 1 : pc;
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

  #postpone(pc: number, state: State, decision: Decision | undefined, along?: Path): void {
    if (this.#pending.length >= PENDING_MAX) {
      this.#walk.refuse('too-complex', `The sequence of ${this.#pending.length} jumps is too complex.`);
    }
    const { precision } = this.#walk;
    const from = precision.pc;
    const path = along ?? { ...precision.path(), previousPc: pc === from ? precision.previousPc : from };
    if (path.parent !== undefined) path.parent.openPaths += 1;
    this.#pending.push({ pc, state, path, decision, place: this.#walk.keeper?.place, from, logMark: 0 });
  }

  #call(instruction: Instruction, pc: number): number | undefined {
    checkCallUnderLock(this.#walk, instruction);
    if (instruction.src === CALL_HELPER) {
      const calledBack = stepHelperCall(this.#walk, instruction, this.#relevance);
      if (calledBack !== undefined) {
        const isLater = calledBack.frame.asynchronousEntries > 0;
        const path = isLater ? fromNowhere : undefined;
        this.#postpone(this.#calleeOf(calledBack), calledBack, this.decision, path);
      }
      return this.#isTailCallBelow(instruction) ? this.#exitByTailCall(pc) : pc + 1;
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
  #kernelCall(instruction: Instruction, pc: number): number | undefined {
    const other = stepKernelCall(this.#walk, instruction, this.#relevance);
    if (isThrow(instruction)) return undefined;
    if (other?.kind === 'called-back' || other?.kind === 'called-later') {
      const path = other.kind === 'called-later' ? fromNowhere : undefined;
      this.#postpone(this.#calleeOf(other.state), other.state, this.decision, path);
    } else if (other?.kind === 'failed') {
      this.#postpone(pc + 1, other.state, this.decision);
    } else if (other !== undefined) {
      const more = other.state;
      const previous = this.#checkpoints.previousEntry(pc, more, this.#walk.precision.parent?.depth ?? 0);
      if (previous !== undefined) widen(previous, more);
      this.#postpone(pc + 1, more, this.decision);
    }
    return pc + 1;
  }

  #isTailCallBelow(instruction: Instruction): boolean {
    return instruction.imm === TAIL_CALL && this.#walk.state.frames.length > 1;
  }

  /**
   * A tail call that succeeds returns to the caller of this function, with what the other program returns;
   * one that fails goes on here.
   */
  #exitByTailCall(pc: number): number | undefined {
    const walk = this.#walk;
    if (walk.frame.callback !== undefined)
      walk.refuse('tail-call', 'a function that a helper calls may not tail call');
    this.#postpone(pc + 1, walk.state.copy(), this.decision);
    forgetPackets(walk);
    walk.write(0, unknownRegister);
    return this.#exit(pc);
  }

  /** In a function, a load outside of the packet returns 0 to the caller; one within it goes on here. */
  #exitOutsidePacket(pc: number): number | undefined {
    this.#postpone(pc + 1, this.#walk.state.copy(), this.decision);
    this.#walk.write(0, zeroRegister);
    return this.#exit(pc);
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
      const previous = this.#checkpoints.previousEntry(next, state, Number.MAX_SAFE_INTEGER);
      if (previous !== undefined) widen(previous, state);
    }
    return next;
  }

  /** Goes on at the target now or later; the rounds in between are followed as another path. */
  #mayGoto(instruction: Instruction, pc: number): number {
    const { state, precision } = this.#walk;
    const round = state.copy();
    round.rounds += 1;
    // The state here was remembered just now; the one before it is the round before.
    const previous = this.#checkpoints.previousEntry(pc, state, precision.parent?.depth ?? 0);
    if (previous !== undefined) widen(previous, round);
    this.#postpone(pc + 1, round, { instruction: pc, isTaken: false, before: this.decision });
    return jumpTarget(instruction, pc);
  }

  /** Ends the current path and turns to the one postponed last; false where none is left. */
  #next(isCovered: boolean): boolean {
    this.#walk.keeper?.end(isCovered ? 'like-another' : 'returned');
    const { precision } = this.#walk;
    for (let each = precision.parent; each !== undefined; each = each.path.parent) {
      each.openPaths -= 1;
      if (each.openPaths > 0) break;
      if (each.visit?.entry === each) each.visit.finish(precision);
    }
    const next = this.#pending.pop();
    if (next === undefined) return false;
    this.#walk.pc = next.pc;
    this.#walk.state = next.state;
    precision.resume(next.path);
    this.decision = next.decision;
    this.#walk.log?.begin(this.#walk, next.from, next.logMark);
    this.#walk.keeper?.begin(next.place);
    return true;
  }
}
