/**
 * What one instruction was found to use on different paths, where the kernel rewrites it for one of
 * them: save_aux_ptr_type() and record_func_map() of Linux 6.18.
 */
import type { PointerTarget } from './register.ts';
import { socketTargets } from './socket.ts';
import type { Walk } from './walk.ts';

/** Accesses through these are rewritten: no other pointer may come to the same instruction. */
const rewrittenTargets: ReadonlySet<PointerTarget> = new Set<PointerTarget>([
  'ctx',
  'btf',
  'object',
  ...socketTargets,
]);
/** Of these two at one load, all its reads are probed. */
const probedTargets: ReadonlySet<PointerTarget> = new Set<PointerTarget>(['btf', 'mem', 'ringbuf-record']);

export class InstructionUse {
  readonly #targets = new Map<number, PointerTarget>();
  readonly #tailCallMaps = new Map<number, number>();

  /** A load or store through a pointer of the kind. */
  noteAccess(walk: Walk, target: PointerTarget): void {
    const known = this.#targets.get(walk.pc);
    if (known === undefined) this.#targets.set(walk.pc, target);
    else if (probedTargets.has(known) && probedTargets.has(target)) return;
    else if (known !== target && (rewrittenTargets.has(known) || rewrittenTargets.has(target)))
      walk.refuse('mixed-pointers', 'same insn cannot be used with different pointers');
  }

  /** A tail call through the map: which is to be known where its index is masked. */
  noteTailCall(walk: Walk, map: number): void {
    const known = this.#tailCallMaps.get(walk.pc) ?? map;
    if (known !== map && walk.speculation !== undefined)
      walk.refuse('tail-call-map', 'tail_call abusing map_ptr');
    this.#tailCallMaps.set(walk.pc, map);
  }
}
