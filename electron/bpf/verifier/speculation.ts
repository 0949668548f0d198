/**
 * What a processor may run before it knows that it should not: in programs loaded without privilege the
 * way a decided jump does not go is followed too, as is pointer arithmetic whose operand was cut to zero.
 * What fails on such a path refuses nothing: the kernel puts a barrier there, and the path ends. As
 * sanitize_speculative_path() and error_recoverable_with_nospec() of Linux 6.18.
 */
import { isPointer, type Register } from './register.ts';
import type { Slot, State } from './state.ts';

/** Refusals that stand on any path: they say nothing of the instruction's safety. */
const fatalCodes: ReadonlySet<string> = new Set([
  'too-complex',
  'too-deep',
  'not-supported',
  'helper-undescribed',
  'tail-call-map',
]);

/** How the operand of an addition is masked, where that is by a number. */
export interface Mask {
  readonly kind: string;
  readonly limit: number;
}

export class Speculation {
  /** Masks that differ between paths are looked for: numbers that differ at all are followed on. */
  isSearchingMasks = false;
  readonly #barriers = new Set<number>();
  readonly #barriersAfter = new Set<number>();
  readonly #masks = new Map<number, Mask>();
  #put: State[] = [];

  isBarred(slot: number): boolean {
    return this.#barriers.has(slot);
  }

  /** Whether the refusal of an instruction only ends the path, with a barrier before the instruction. */
  endsWith(refusalCode: string, slot: number): boolean {
    if (fatalCodes.has(refusalCode)) return false;
    this.#barriers.add(slot);
    this.#masks.delete(slot);
    return true;
  }

  /** The store is followed by a barrier: it may be overtaken by a load that finds what was there before. */
  noteStore(slot: number): void {
    this.#barriersAfter.add(slot);
  }

  isBarredAfter(slot: number): boolean {
    return this.#barriersAfter.has(slot);
  }

  /** False where the instruction is masked in another way on another path. */
  mask(slot: number, mask: Mask): boolean {
    const known = this.#masks.get(slot);
    if (known !== undefined && (known.kind !== mask.kind || known.limit !== mask.limit)) return false;
    this.#masks.set(slot, mask);
    return true;
  }

  /** A path to follow from the next instruction on. */
  put(state: State): void {
    state.isSpeculative = true;
    this.#put.push(state);
  }

  take(): readonly State[] {
    const put = this.#put;
    if (put.length > 0) this.#put = [];
    return put;
  }
}

/** Whether a barrier follows a store of `content` over these bytes of a slot. */
export function isOvertakable(content: Register, slot: Slot, firstByte: number, sizeBytes: number): boolean {
  return isPointer(content) || /[^m0]/.test(slot.kinds.slice(firstByte, firstByte + sizeBytes));
}
