/**
 * What pointers in map values (kptrs) may point to: structs of the kernel, found by name. After
 * btf_parse_kptr() of Linux 6.18.
 */
import { OWNED_POINTER, type MapDefinition } from '../program.ts';
import type { Walk } from './walk.ts';

/** A pointer for whatever it is worth. */
export const UNTRUSTED_POINTER = 'a pointer tagged kptr_untrusted';

/** Structs that the kernel knows how to give back where a map ends; RCU protects all of them. */
const ownable: ReadonlySet<string> = new Set(['task_struct', 'cgroup', 'bpf_cpumask', 'bpf_crypto_ctx']);

/** Id of the kernel's struct of the name; undefined where the kernel is not known to have one. */
export function kernelStruct(walk: Walk, name: string): number | undefined {
  const { kernelTypes } = walk;
  if (kernelTypes.btf !== undefined) return name === '' ? undefined : kernelTypes.btf.findStruct(name)?.id;
  return ownable.has(name) ? kernelTypes.idOf(name) : undefined;
}

/** Whether what owns a pointer to the struct could give it back: one of the program's own, or one the kernel knows how. */
export function isOwnableStruct(walk: Walk, name: string): boolean {
  return ownable.has(name) || kernelStruct(walk, name) === undefined;
}

/** Refuses a map whose values hold a pointer that it could not own. */
export function checkPointee(walk: Walk, map: MapDefinition, name: string, pointee: string): void {
  if (name !== OWNED_POINTER || isOwnableStruct(walk, pointee)) return;
  walk.refuse('bad-map', `values of map ${map.name} hold ${name} to struct ${pointee}, which no map may own`);
}
