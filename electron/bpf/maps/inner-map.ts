/** What maps of maps hold, and what may be put in: kernel/bpf/map_in_map.c. */
import type { MapDefinition, MapType } from '../program.ts';
import { requireMap } from './base.ts';
import { HANDLE_TAG } from './descriptor.ts';
import { EBADF, EINVAL } from './errno.ts';
import { BPF_F_INNER_MAP } from './flags.ts';
import type { BpfMap, MapEnvironment } from './map.ts';

/** Those whose operations have no map_meta_equal() in Linux 6.18, or hold maps themselves. */
const neverInner: ReadonlySet<MapType> = new Set([
  'prog_array',
  'array_of_maps',
  'hash_of_maps',
  'cgroup_storage',
  'percpu_cgroup_storage',
  'struct_ops',
  'arena',
]);

/** What a map of maps holds for a map: a number that is never 0. */
export function idOfMap(map: BpfMap): number {
  return map.handle - HANDLE_TAG;
}

/** Throws Failure `bad-map` for a map of maps that does not say what it holds, or holds what it cannot. */
export function requireInnerMap(definition: MapDefinition): void {
  const { inner } = definition;
  requireMap(definition, inner !== undefined, 'a map of maps says what maps it holds');
  if (inner === undefined) return;
  requireMap(definition, !neverInner.has(inner.type), `a map of type ${inner.type} cannot be in another map`);
}

/** 0, or -errno for a map that is not of the kind `definition` holds. */
export function innerRefusal(definition: MapDefinition, environment: MapEnvironment, id: number): number {
  const given = environment.mapById?.(id)?.definition;
  if (given === undefined) return -EBADF;
  return definition.inner !== undefined && isOfKind(given, definition.inner) ? 0 : -EINVAL;
}

/** An array has as many entries as was said, unless it was said that this may differ. */
function isOfKind(given: MapDefinition, kind: MapDefinition): boolean {
  const isEqual =
    given.type === kind.type &&
    given.keySizeBytes === kind.keySizeBytes &&
    given.valueSizeBytes === kind.valueSizeBytes &&
    given.flags === kind.flags;
  if (!isEqual || kind.type !== 'array') return isEqual;
  return (kind.flags & BPF_F_INNER_MAP) !== 0 || given.maxEntries === kind.maxEntries;
}
