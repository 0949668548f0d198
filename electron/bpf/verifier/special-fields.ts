/**
 * Fields of map values that the kernel keeps for itself: locks, timers, pointers to its objects. A
 * program may not read or write them like other bytes. After btf_parse_fields() of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import type { MapDefinition } from '../program.ts';

/** Structs that only helpers and kernel functions may touch. */
const specialStructs: ReadonlySet<string> = new Set([
  'bpf_spin_lock',
  'bpf_res_spin_lock',
  'bpf_timer',
  'bpf_wq',
  'bpf_task_work',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
]);
/** Type tags that make a pointer in a map value one to a kernel object. */
const specialTags: ReadonlySet<string> = new Set(['kptr', 'kptr_untrusted', 'percpu_kptr', 'uptr']);
/** Types within types; the kernel's own limit is 32 (MAX_RESOLVE_DEPTH). */
const DEPTH_MAX = 64;
const TOO_DEEP = 'types nested too deep to look through';

/** What the map's value holds of these, as C names it: `struct bpf_timer`; undefined for none. */
export function specialFieldOf(map: MapDefinition, btf: Btf): string | undefined {
  return map.valueTypeId === 0 ? undefined : new Search(btf).within(map.valueTypeId, 0);
}

/** Looks at every type once, however often it is met. */
class Search {
  readonly #btf: Btf;
  readonly #seen = new Set<number>();

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  within(typeId: number, depth: number): string | undefined {
    if (depth > DEPTH_MAX) return TOO_DEEP;
    if (this.#seen.has(typeId)) return undefined;
    this.#seen.add(typeId);
    const type = this.#btf.typeById(typeId);
    switch (type.kind) {
      case 'struct':
      case 'union':
        return specialStructs.has(type.name) ? `struct ${type.name}` : this.#first(type.members, depth);
      case 'datasec':
        return this.#first(type.variables, depth);
      case 'array':
        return this.within(type.elementTypeId, depth + 1);
      case 'ptr':
        return this.#tagged(type.typeId, depth);
      case 'var':
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        return this.within(type.typeId, depth + 1);
      default:
        return undefined;
    }
  }

  #first(parts: readonly { readonly typeId: number }[], depth: number): string | undefined {
    for (const { typeId } of parts) {
      const found = this.within(typeId, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Tags stand between a pointer and what it points to. */
  #tagged(targetId: number, depth: number): string | undefined {
    if (depth > DEPTH_MAX) return TOO_DEEP;
    const target = this.#btf.typeById(targetId);
    switch (target.kind) {
      case 'type_tag':
        if (specialTags.has(target.name)) return `a pointer tagged ${target.name}`;
        return this.#tagged(target.typeId, depth + 1);
      case 'const':
      case 'volatile':
      case 'restrict':
        return this.#tagged(target.typeId, depth + 1);
      default:
        return undefined;
    }
  }
}
