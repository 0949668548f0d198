/**
 * Functions of the program that a helper calls, any number of times. The call is followed as if the
 * helper had not called back, and, as another path, into the function; when that returns, the helper's
 * call is met again. After push_callback_call() and prepare_func_exit() of Linux 6.18.
 */
import type { HelperPrototype } from '../helpers/prototypes.ts';
import type { CallFacts } from './helper-arguments.ts';
import type { Relevance } from './liveness.ts';
import { FRAMES_MAX } from './limits.ts';
import { kindName, pointerRegister, unknownRegister, type Register } from './register.ts';
import { knownBounds } from './return-range.ts';
import { Frame, type CallbackFrame, type State } from './state.ts';
import type { Walk } from './walk.ts';

/** All callbacks here go on with 0 and stop with 1. */
const RETURNS_MAX = 1n;

/** Start of a function whose address is taken; refuses one that may not be called back. */
export function functionTaken(walk: Walk, entry: number): number {
  const facts = walk.subprograms.find(({ start }) => start === entry);
  if (facts?.signature === undefined) walk.refuse('callback', 'missing btf func_info');
  if (facts.isGlobal) walk.refuse('callback', 'callback function not static');
  return entry;
}

/** The state at the callback's first instruction; undefined where it has been called as often as it can be. */
export function calledBackBy(
  walk: Walk,
  prototype: HelperPrototype,
  facts: CallFacts,
  relevance: Relevance,
): State | undefined {
  if (prototype.name === 'loop' && isLoopOver(walk, relevance)) {
    walk.frame.callbackRounds = 0;
    return undefined;
  }
  return calledAt(walk, facts.callback, parametersOf(walk, prototype, facts));
}

/** The state at the first instruction of the function that begins at `entry`, as the current call calls it. */
export function calledAt(walk: Walk, entry: number, parameters: readonly Register[]): State {
  const subprogram = walk.subprograms.findIndex(({ start }) => start === entry);
  if (subprogram < 0) throw new Error(`no function begins at ${entry}`);
  if (walk.state.frames.length >= FRAMES_MAX)
    walk.refuse('too-deep', `the call stack of ${walk.state.frames.length + 1} frames is too deep`);
  walk.calledBack.add(subprogram);
  const state = walk.state.copy();
  state.rounds += 1;
  state.frame.callbackRounds += 1;
  const callback: CallbackFrame = { returnsMax: RETURNS_MAX, references: state.references };
  const callee = new Frame(subprogram, walk.pc, state.frames.length, callback);
  parameters.forEach((content, index) => {
    callee.registers[index + 1] = content;
  });
  state.frames.push(callee);
  walk.frame.callbackRounds = 0;
  return state;
}

/** Whether this path has gone round as often as bpf_loop() is told to at most. */
function isLoopOver(walk: Walk, relevance: Relevance): boolean {
  const rounds = walk.read(1);
  if (rounds.kind !== 'scalar') return false;
  relevance.noteDecided(walk.pc, 1);
  return BigInt(walk.frame.callbackRounds) >= rounds.scalar.umax;
}

function parametersOf(walk: Walk, prototype: HelperPrototype, facts: CallFacts): readonly Register[] {
  const context = walk.peek(3);
  switch (prototype.name) {
    case 'loop':
      return [unknownRegister, context];
    case 'for_each_map_elem': {
      const map = facts.mapIndex;
      return [
        pointerRegister('map', { map }),
        pointerRegister('map-key', { map }),
        pointerRegister('map-value', { map }),
        context,
      ];
    }
    case 'find_vma': {
      const area = pointerRegister('btf', { btfTypeId: walk.kernelTypes.idOf('vm_area_struct') });
      return [walk.peek(1), area, walk.peek(4)];
    }
    case 'user_ringbuf_drain':
      return [pointerRegister('dynptr', { id: walk.newId() }), context];
    default:
      return walk.refuse(
        'callback',
        `what bpf_${prototype.name} calls its function with is not described here`,
      );
  }
}

/** Slot to go on at: the helper's call, once more. */
export function returnFromCallback(walk: Walk, callee: Frame, callback: CallbackFrame): number {
  const returned = walk.read(0);
  if (returned.kind !== 'scalar')
    walk.refuse('bad-return', `R0 not a scalar value at callback return (${kindName(returned)})`);
  const { smin, smax } = returned.scalar;
  if (smin < 0n || smax > callback.returnsMax) {
    walk.refuse(
      'bad-return',
      `At callback return the register R0 has${knownBounds(smin, smax)} should have been in [0, ${callback.returnsMax}]`,
    );
  }
  if (!isSame(walk.state, callback))
    walk.refuse('unreleased-reference', 'a callback must hold on return what it held when called');
  walk.state.frames.pop();
  return callee.callSite;
}

function isSame(state: State, callback: CallbackFrame): boolean {
  return (
    state.references.length === callback.references.length &&
    state.references.every((each, index) => each.id === callback.references[index]?.id)
  );
}
