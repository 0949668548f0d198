/** An expression as instructions: what a thread of the matcher does next. */
import { INSTRUCTIONS_MAX } from '../limits.ts';
import { badExpression } from './parse.ts';
import type { Assertion, ByteSet, Node } from './syntax.ts';

export type Instruction =
  | { readonly kind: 'byte'; readonly bytes: ByteSet }
  /** Goes on at both, the first preferred. */
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'assert'; readonly at: Assertion }
  | { readonly kind: 'match' };

/** Throws Failure `bad-expression` where it is more than INSTRUCTIONS_MAX. */
export function compile(root: Node): readonly Instruction[] {
  const instructions: Instruction[] = [];
  emit(root, instructions);
  instructions.push({ kind: 'match' });
  return instructions;
}

function add<I extends Instruction>(instructions: Instruction[], instruction: I): I {
  if (instructions.length >= INSTRUCTIONS_MAX)
    throw badExpression(`repeated as it says it has more than ${INSTRUCTIONS_MAX} parts`, 0);
  instructions.push(instruction);
  return instruction;
}

function emit(node: Node, to: Instruction[]): void {
  switch (node.kind) {
    case 'class':
      add(to, { kind: 'byte', bytes: node.bytes });
      return;
    case 'assertion':
      add(to, { kind: 'assert', at: node.at });
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, to);
      return;
    case 'capture':
      add(to, { kind: 'save', slot: 2 * node.index });
      emit(node.part, to);
      add(to, { kind: 'save', slot: 2 * node.index + 1 });
      return;
    case 'choice':
      emitChoice(node.parts, to);
      return;
    case 'repeat':
      for (let count = 0; count < node.min; count++) emit(node.part, to);
      if (node.max === Infinity) emitLoop(node.part, node.isLazy, to);
      else emitOptional(node.part, node.max - node.min, node.isLazy, to);
      return;
  }
}

function emitChoice(parts: readonly Node[], to: Instruction[]): void {
  const jumps: { to: number }[] = [];
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) emit(part, to);
    else {
      const split = add(to, { kind: 'split', first: to.length + 1, second: 0 });
      emit(part, to);
      jumps.push(add(to, { kind: 'jump', to: 0 }));
      split.second = to.length;
    }
  }
  for (const jump of jumps) jump.to = to.length;
}

function emitLoop(part: Node, isLazy: boolean, to: Instruction[]): void {
  const start = to.length;
  const split = add(to, { kind: 'split', first: 0, second: 0 });
  emit(part, to);
  add(to, { kind: 'jump', to: start });
  aim(split, start + 1, to.length, isLazy);
}

/** One inside the other: the second only behind the first. */
function emitOptional(part: Node, count: number, isLazy: boolean, to: Instruction[]): void {
  const splits: { at: number; split: { first: number; second: number } }[] = [];
  for (let index = 0; index < count; index++) {
    splits.push({ at: to.length, split: add(to, { kind: 'split', first: 0, second: 0 }) });
    emit(part, to);
  }
  for (const { at, split } of splits) aim(split, at + 1, to.length, isLazy);
}

function aim(split: { first: number; second: number }, on: number, out: number, isLazy: boolean): void {
  split.first = isLazy ? out : on;
  split.second = isLazy ? on : out;
}
