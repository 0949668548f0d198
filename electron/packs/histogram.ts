/**
 * Log2 histograms out of a map: each key a group, its value's slots the counts; and the heatmap that
 * comes from looking at the same map at the end of every interval of trace time.
 */
import type { Btf } from '../bpf/object/btf.ts';
import { decodeValue, type TypedValue } from '../bpf/object/typed-value.ts';
import type { BpfMap, MapEntry } from '../bpf/maps/map.ts';
import { Failure } from '../failure.ts';
import type { HistogramManifest } from './manifest.ts';

/** Groups with a heatmap of their own; the rest count in the heatmap of all. 20,000 x 96 x 26 x 4 bytes would be 200 MB. */
const GROUP_HEATMAPS_MAX = 2_000;

export interface HistogramGroupData {
  readonly groupId: string;
  readonly label: string;
  readonly key: TypedValue;
  readonly total: number;
  readonly slots: Float64Array;
}

export interface HeatmapData {
  readonly timeBins: number;
  readonly slotCount: number;
  /** Counts at [timeBin * slotCount + slot], of all groups. */
  readonly all: Float64Array;
  readonly byGroup: ReadonlyMap<string, Uint32Array>;
}

/** Where in a map's value the slots lie. */
interface SlotLayout {
  readonly offsetBytes: number;
  readonly elementBytes: number;
  readonly slotCount: number;
}

/** Reads one map as histograms, and follows it over the intervals of a replay. */
export class HistogramReader {
  readonly view: HistogramManifest;
  readonly #map: BpfMap;
  readonly #btf: Btf;
  readonly #layout: SlotLayout;
  readonly #timeBins: number;
  readonly #last = new Map<string, Float64Array>();
  readonly #all: Float64Array;
  readonly #byKey = new Map<string, Uint32Array>();

  /** Throws Failure `bad-view` where the map has no such member, or it is not an array of integers. */
  constructor(view: HistogramManifest, map: BpfMap, btf: Btf, timeBins: number) {
    this.view = view;
    this.#map = map;
    this.#btf = btf;
    this.#timeBins = timeBins;
    this.#layout = slotLayout(view, map, btf);
    this.#all = new Float64Array(timeBins * this.#layout.slotCount);
  }

  /** Takes what was added since the last call as belonging to this interval. */
  endInterval(timeBin: number): void {
    if (timeBin < 0 || timeBin >= this.#timeBins) return;
    const { slotCount } = this.#layout;
    const start = timeBin * slotCount;
    for (const entry of this.#map.entries()) {
      const key = keyText(entry);
      const now = this.#slots(entry);
      const before = this.#last.get(key);
      this.#last.set(key, now);
      const own = this.#heatmapOf(key);
      for (let slot = 0; slot < slotCount; slot += 1) {
        const added = (now[slot] ?? 0) - (before?.[slot] ?? 0);
        if (added === 0) continue;
        // Fewer than before: the program deleted the key and counts anew.
        const count = added > 0 ? added : (now[slot] ?? 0);
        this.#all[start + slot] = (this.#all[start + slot] ?? 0) + count;
        if (own !== undefined) own[start + slot] = (own[start + slot] ?? 0) + count;
      }
    }
  }

  /** By group, of the groups that are in the map now. */
  heatmap(): HeatmapData {
    const byGroup = new Map<string, Uint32Array>();
    for (const entry of this.#map.entries()) {
      const own = this.#byKey.get(keyText(entry));
      if (own !== undefined) byGroup.set(groupIdOf(this.#key(entry)), own);
    }
    return { timeBins: this.#timeBins, slotCount: this.#layout.slotCount, all: this.#all, byGroup };
  }

  /** Most samples first; equal ones by group id, so that the order is the same every time. */
  groups(): HistogramGroupData[] {
    const groups = [...this.#map.entries()].map((entry) => this.#group(entry));
    return groups.sort((a, b) => b.total - a.total || (a.groupId < b.groupId ? -1 : 1));
  }

  #group(entry: MapEntry): HistogramGroupData {
    const key = this.#key(entry);
    const value = decodeValue(this.#btf, this.#map.definition.valueTypeId, entry.value);
    const slots = this.#slots(entry);
    return {
      groupId: groupIdOf(key),
      label: labelOf(this.view.label, key, value),
      key,
      total: slots.reduce((sum, count) => sum + count, 0),
      slots,
    };
  }

  #key(entry: MapEntry): TypedValue {
    return decodeValue(this.#btf, this.#map.definition.keyTypeId, entry.key);
  }

  /** Sums the CPUs' copies for per-CPU maps. */
  #slots(entry: MapEntry): Float64Array {
    const { offsetBytes, elementBytes, slotCount } = this.#layout;
    const slots = new Float64Array(slotCount);
    const view = new DataView(entry.value.buffer, entry.value.byteOffset, entry.value.byteLength);
    const copyBytes = entry.value.byteLength / this.#map.valueCopies;
    for (let copy = 0; copy < this.#map.valueCopies; copy += 1) {
      for (let slot = 0; slot < slotCount; slot += 1) {
        const at = copy * copyBytes + offsetBytes + slot * elementBytes;
        const count = elementBytes === 8 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
        slots[slot] = (slots[slot] ?? 0) + count;
      }
    }
    return slots;
  }

  #heatmapOf(key: string): Uint32Array | undefined {
    let own = this.#byKey.get(key);
    if (own === undefined && this.#byKey.size < GROUP_HEATMAPS_MAX) {
      own = new Uint32Array(this.#timeBins * this.#layout.slotCount);
      this.#byKey.set(key, own);
    }
    return own;
  }
}

/** The key's bytes as text, to look things up by: cheaper than decoding it at every interval. */
function keyText({ key }: MapEntry): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function groupIdOf(key: TypedValue): string {
  return JSON.stringify(key);
}

function slotLayout(view: HistogramManifest, map: BpfMap, btf: Btf): SlotLayout {
  const refuse = (reason: string): Failure =>
    new Failure('pack', 'bad-view', reason, { file: view.viewId, at: `map ${map.definition.name}` });
  const value = btf.resolve(map.definition.valueTypeId);
  const member = value.kind === 'struct' ? value.members.find((each) => each.name === view.slots) : undefined;
  if (member === undefined) throw refuse(`its value has no member ${view.slots}`);
  const array = btf.resolve(member.typeId);
  const elementBytes = array.kind === 'array' ? btf.sizeOf(array.elementTypeId) : undefined;
  if (array.kind !== 'array' || array.count < 2 || (elementBytes !== 4 && elementBytes !== 8)) {
    throw refuse(`${view.slots} is not an array of 32- or 64-bit counts`);
  }
  return { offsetBytes: member.offsetBits / 8, elementBytes, slotCount: array.count };
}

function labelOf(member: string | undefined, key: TypedValue, value: TypedValue): string {
  const named = member === undefined ? undefined : (fieldOf(value, member) ?? fieldOf(key, member));
  const name = typeof named === 'string' || typeof named === 'number' ? String(named) : '';
  const ids = typeof key === 'object' && key !== null ? Object.values(key) : [key];
  return [name, ...ids.filter((id) => String(id) !== name).map(String)]
    .filter((part) => part !== '')
    .join(' ');
}

function fieldOf(value: TypedValue, name: string): TypedValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, TypedValue>>)[name];
}
