/** The shape of what follows one kind of the kernel's objects through the events that tell of them. */
import type { Address } from '../../../bpf/vm/memory.ts';
import type { Batch, EventType, Source } from '../../../trace/event.ts';

/**
 * Hot: takes what the record tells and gives the address of the object that it is of. Programs that are called for
 * the same event ask one after another: all get the same.
 */
export type ObjectReader = (record: Address, batch: Batch, row: number) => Address;

export interface Follower {
  /** `block:block_rq_issue`: events that must be followed for the objects to be right. */
  readonly events: readonly string[];
  /** undefined for a type that does not tell of such objects, or not enough. */
  reader(source: Source, type: EventType): ObjectReader | undefined;
}
