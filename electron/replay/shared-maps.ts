/**
 * Maps that more than one object uses: pinned ones, which all objects that pin the same name share, and those
 * that a new version of an object takes over from the one it replaces.
 */
import type { BpfMap } from '../bpf/maps/map.ts';
import type { MapDefinition } from '../bpf/program.ts';
import { Failure } from '../failure.ts';

/** Gives an object's map, or undefined where it gets one of its own. Throws Failure where they do not fit. */
export type MapSharing = (definition: MapDefinition, file: string) => BpfMap | undefined;

/** Pinned maps of one replay, by the name they are pinned under. */
export class Pins {
  readonly #maps = new Map<string, { readonly map: BpfMap; readonly file: string }>();

  get names(): readonly string[] {
    return [...this.#maps.keys()];
  }

  /** undefined where nothing is pinned under the name. Throws Failure `pin-differs` as libbpf's reuse does. */
  find(name: string, definition: MapDefinition, file: string): BpfMap | undefined {
    const pinned = this.#maps.get(name);
    if (pinned === undefined) return undefined;
    const difference = differenceOf(pinned.map.definition, definition);
    if (difference === undefined) return pinned.map;
    const reason = `pinned as ${name}, it has another ${difference} (${pinned.file} pinned it first)`;
    throw new Failure('replay', 'pin-differs', reason, { file, at: `map ${definition.name}` });
  }

  pin(name: string, map: BpfMap, file: string): void {
    this.#maps.set(name, { map, file });
  }

  /** The map lives on with those that use it; the next to pin the name gets one of its own. False for no such pin. */
  unpin(name: string): boolean {
    return this.#maps.delete(name);
  }
}

/**
 * Maps of the object that is replaced, by name: declared ones, and variables that may be written. Constants and
 * the kernel's configuration are the new object's own, as its code was proved with them.
 */
export function takeOver(from: readonly BpfMap[]): MapSharing {
  return (definition, file) => {
    const map = from.find((each) => each.definition.name === definition.name);
    if (map === undefined || definition.isFrozen || map.definition.isFrozen) return undefined;
    const difference = differenceOf(map.definition, definition);
    if (difference === undefined) return map;
    const reason = `it has another ${difference} than the map it is to take over`;
    throw new Failure('replay', 'swap-differs', reason, { file, at: `map ${definition.name}` });
  };
}

/** The first part of a definition that is not the same: what bpf_map__reuse_fd() of libbpf compares, and what values hold. */
function differenceOf(a: MapDefinition, b: MapDefinition): string | undefined {
  if (a.type !== b.type) return `type: ${a.type} and ${b.type}`;
  if (a.keySizeBytes !== b.keySizeBytes) return `key size: ${a.keySizeBytes} and ${b.keySizeBytes} bytes`;
  if (a.valueSizeBytes !== b.valueSizeBytes)
    return `value size: ${a.valueSizeBytes} and ${b.valueSizeBytes} bytes`;
  if (a.maxEntries !== b.maxEntries) return `number of entries: ${a.maxEntries} and ${b.maxEntries}`;
  if (a.flags !== b.flags) return `set of flags: ${a.flags} and ${b.flags}`;
  if ((a.extra ?? 0) !== (b.extra ?? 0)) return `map_extra: ${a.extra ?? 0} and ${b.extra ?? 0}`;
  if (JSON.stringify(a.specialFields ?? []) !== JSON.stringify(b.specialFields ?? []))
    return 'set of locks, timers or kernel pointers in its values';
  if ((a.inner === undefined) !== (b.inner === undefined)) return 'inner map';
  return a.inner === undefined || b.inner === undefined ? undefined : differenceOf(a.inner, b.inner);
}
