/**
 * Program array: where tail calls go. Set from outside only, to the ids of loaded programs; an id
 * of 0 is an empty place.
 */
import { EBADF } from './errno.ts';
import { SlotArray } from './slot-array.ts';

export class ProgArray extends SlotArray {
  /** Ids are the machine's, where Linux takes file descriptors. */
  protected refusal(program: number): number {
    return program === 0 || (this.environment.hasProgram?.(program) ?? true) ? 0 : -EBADF;
  }
}
