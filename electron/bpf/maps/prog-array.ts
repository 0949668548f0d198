/**
 * Program array: where tail calls go. Set from outside only, to the ids of loaded programs; an id
 * of 0 is an empty place.
 */
import { SlotArray } from './slot-array.ts';

export class ProgArray extends SlotArray {
  /** Ids are the machine's: one that it does not have is a tail call that fails. */
  protected refusal(_program: number): number {
    return 0;
  }
}
