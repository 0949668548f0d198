/**
 * The function that bpf_rbtree_add() asks which of two nodes comes first. After set_rbtree_add_callback_state() and
 * in_rbtree_lock_required_cb() of Linux 6.18.
 */
import { takesLess } from '../helpers/kernel-functions.ts';
import type { Frame } from './state.ts';
import type { Walk } from './walk.ts';

/** Whether the path is in such a function, or in what that calls: the tree's lock stays as it is there. */
export function isInLess(walk: Walk): boolean {
  return walk.state.frames.some((frame) => isLess(walk, frame));
}

function isLess(walk: Walk, { callback, callSite }: Frame): boolean {
  if (callback === undefined) return false;
  const instruction = walk.program.instructions[callSite];
  return instruction !== undefined && takesLess(instruction);
}
