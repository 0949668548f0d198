/**
 * Global functions: verified once, for any arguments that fit their BTF, and where they are called
 * only the arguments are checked. After btf_check_func_arg_match(), check_func_call() and
 * do_check_common() of Linux 6.18.
 */
import { isThrow } from '../helpers/kernel-functions.ts';
import { checkHandedOver } from './helper-arguments.ts';
import { checkSleepOfGlobal } from './helper-places.ts';
import { mayDo, mayMovePacket } from './packet-movers.ts';
import { requireNothingLeft } from './references.ts';
import { forgetPackets } from './packet-pointers.ts';
import {
  isPointer,
  kindName,
  pointerRegister,
  uninitialised,
  unknownRegister,
  type Register,
} from './register.ts';
import { constantOf } from './scalar.ts';
import type { Parameter } from './signature.ts';
import { Frame, State } from './state.ts';
import type { SubprogramFacts } from './subprograms.ts';
import type { Walk } from './walk.ts';

const CALLER_SAVED = [1, 2, 3, 4, 5];

/** The call as the caller sees it: checked arguments, and any number back. */
export function callGlobalFunction(walk: Walk, number: number, callee: SubprogramFacts): void {
  if (walk.state.locks.length > 0)
    walk.refuse(
      'locked',
      'global function calls are not allowed while holding a lock, use static function instead',
    );
  parametersOf(walk, callee).forEach((parameter, index) => checkParameter(walk, parameter, index));
  checkSleepOfGlobal(walk, number);
  if (mayDo(walk, number, isThrow)) requireNothingLeft(walk, 'a global function that may throw');
  walk.calledGlobals.add(number);
  if (callee.movesPacket) forgetPackets(walk);
  for (const register of CALLER_SAVED) walk.write(register, uninitialised);
  walk.write(0, unknownRegister);
  if (mayMovePacket(walk, number)) forgetPackets(walk);
}

function parametersOf(walk: Walk, { signature, name }: SubprogramFacts): readonly Parameter[] {
  if (signature === undefined) throw new Error('a global function has BTF');
  if (signature.problem !== undefined)
    walk.refuse(signature.problem.code, `${signature.problem.text}, so ${name}() cannot be called`);
  return signature.parameters;
}

function checkParameter(walk: Walk, parameter: Parameter, index: number): void {
  const register = index + 1;
  const content = walk.peek(register);
  switch (parameter.kind) {
    case 'scalar':
      if (content.kind !== 'scalar') walk.refuse('bad-argument', `R${register} is not a scalar`);
      return;
    case 'ctx':
      requireUnmoved(walk, content, register);
      if (!isPointer(content) || content.target !== 'ctx' || content.isMaybeNull)
        walk.refuse('bad-argument', `arg#${index} expects pointer to ctx`);
      return;
    case 'memory':
      checkMemoryParameter(walk, parameter, index);
  }
}

function checkMemoryParameter(
  walk: Walk,
  parameter: Extract<Parameter, { kind: 'memory' }>,
  index: number,
): void {
  const register = index + 1;
  const content = walk.peek(register);
  if (content.kind === 'scalar') {
    // Linux takes a constant null even where the function wants none: it is verified with memory there.
    if (constantOf(content.scalar) === 0n) return;
    walk.refuse('bad-argument', `R${register} type=scalar expected=fp`);
  }
  if (!isPointer(content)) walk.refuse('bad-argument', `R${register} type=${kindName(content)} expected=fp`);
  checkHandedOver(walk, { ...content, isMaybeNull: false }, register, parameter.sizeBytes);
  if (content.isMaybeNull && !parameter.isMaybeNull)
    walk.refuse('maybe-null', `arg#${index} is expected to be non-NULL`);
}

function requireUnmoved(walk: Walk, content: Register, register: number): void {
  if (isPointer(content) && (content.offset !== 0 || constantOf(content.variable) !== 0n))
    walk.refuse('bad-argument', `dereference of modified ${kindName(content)} ptr R${register} disallowed`);
}

/** The state in which a global function is verified, on its own. */
export function entryOf(walk: Walk, number: number, callee: SubprogramFacts): State {
  const frame = new Frame(number, -1, 0);
  parametersOf(walk, callee).forEach((parameter, index) => {
    frame.registers[index + 1] = anyOf(walk, parameter);
  });
  return new State([frame]);
}

/** Whatever fits the parameter. */
function anyOf(walk: Walk, parameter: Parameter): Register {
  switch (parameter.kind) {
    case 'scalar':
      return unknownRegister;
    case 'ctx':
      return pointerRegister('ctx');
    case 'memory': {
      const { sizeBytes, isMaybeNull } = parameter;
      return pointerRegister('mem', { sizeBytes, isMaybeNull, id: isMaybeNull ? walk.newId() : 0 });
    }
  }
}
