/**
 * Memory with a size: values of maps, ring buffer records. Whether an access stays within it, and
 * what a read-only value is known to hold. After check_mem_region_access() and bpf_map_direct_read() of Linux 6.18.
 */
import type { MapDefinition } from '../program.ts';
import { POINTER_OFFSET_MAX } from './limits.ts';
import type { PointerRegister } from './register.ts';
import { checkFieldsUntouched } from './special-fields.ts';
import { constantOf, S64_MIN } from './scalar.ts';
import type { Walk } from './walk.ts';

const BPF_F_RDONLY_PROG = 1 << 7;
const BPF_F_WRONLY_PROG = 1 << 8;

/**
 * Checks `sizeBytes` from `offset` past the pointer against the region it points into. `isDirect`: an instruction
 * touches them, not a helper.
 */
export function checkRegion(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  isZeroAllowed = false,
  isDirect = false,
): void {
  const regionBytes = regionSize(walk, pointer);
  const start = BigInt(offset + pointer.offset);
  const { smin, umax } = pointer.variable;
  const fail = (text: string): never => walk.refuse(boundsCode(pointer), text);
  if (smin < 0n && (smin === S64_MIN || start + smin < 0n)) {
    fail(`R${register} min value is negative, either use unsigned index or do a if (index >=0) check.`);
  }
  const fits = (from: bigint): boolean =>
    from >= 0n && (sizeBytes > 0 || isZeroAllowed) && from + BigInt(sizeBytes) <= BigInt(regionBytes);
  if (!fits(start + smin)) {
    fail(
      `${accessText(pointer, regionBytes, start + smin, sizeBytes)}\nR${register} min value is outside of the allowed memory range`,
    );
  }
  if (umax >= BigInt(POINTER_OFFSET_MAX)) {
    fail(`R${register} unbounded memory access, make sure to bounds check any such access`);
  }
  if (!fits(start + umax)) {
    fail(
      `${accessText(pointer, regionBytes, start + umax, sizeBytes)}\nR${register} max value is outside of the allowed memory range`,
    );
  }
  if (pointer.target === 'map-value') checkFieldsUntouched(walk, pointer, offset, sizeBytes, isDirect);
}

function boundsCode(pointer: PointerRegister): string {
  return pointer.target === 'map-value' ? 'map-value-bounds' : 'memory-bounds';
}

function accessText(pointer: PointerRegister, regionBytes: number, from: bigint, sizeBytes: number): string {
  const what = pointer.target === 'map-value' ? 'map value, value_size' : 'memory, mem_size';
  return `invalid access to ${what}=${regionBytes} off=${from} size=${sizeBytes}`;
}

function regionSize(walk: Walk, pointer: PointerRegister): number {
  if (pointer.target === 'map-value') return walk.map(pointer.map).valueSizeBytes;
  if (pointer.target === 'map-key') return walk.map(pointer.map).keySizeBytes;
  return pointer.sizeBytes;
}

/** Refuses writes into read-only maps and reads from write-only ones. */
export function checkMapDirection(
  walk: Walk,
  pointer: PointerRegister,
  isWrite: boolean,
  register: number,
  offset: number,
  sizeBytes: number,
): void {
  if (pointer.target === 'map-key' && isWrite)
    walk.refuse('read-only', `write to change key R${register} not allowed`);
  if (pointer.target !== 'map-value') return;
  const map = walk.map(pointer.map);
  const where = `value_size=${map.valueSizeBytes} off=${offset + pointer.offset} size=${sizeBytes}`;
  if (isWrite && (map.flags & BPF_F_RDONLY_PROG) !== 0)
    walk.refuse('read-only', `write into map forbidden, ${where}`);
  if (!isWrite && (map.flags & BPF_F_WRONLY_PROG) !== 0)
    walk.refuse('write-only', `read from map forbidden, ${where}`);
}

/** Whether nobody can change the map's only value any more, so that it may be read as constants. */
export function isConstantMap(map: MapDefinition): boolean {
  return map.isFrozen && (map.flags & BPF_F_RDONLY_PROG) !== 0 && map.type === 'array';
}

/** The number at a known offset of a constant map's value; undefined where it is not known. */
export function constantInMap(
  walk: Walk,
  pointer: PointerRegister,
  offset: number,
  sizeBytes: number,
): bigint | undefined {
  const variable = constantOf(pointer.variable);
  const map = walk.map(pointer.map);
  if (variable === undefined || !isConstantMap(map) || map.maxEntries !== 1) return undefined;
  const from = offset + pointer.offset + Number(variable);
  let value = 0n;
  for (let byte = sizeBytes - 1; byte >= 0; byte -= 1) {
    value = (value << 8n) | BigInt(map.initialValue?.[from + byte] ?? 0);
  }
  return value;
}

/** The text at a pointer into a constant map; undefined where it is not constant or does not end. */
export function constantTextAt(walk: Walk, pointer: PointerRegister): string | undefined {
  const variable = constantOf(pointer.variable);
  const map = walk.map(pointer.map);
  if (variable === undefined || !isConstantMap(map)) return undefined;
  const from = pointer.offset + Number(variable);
  const bytes = map.initialValue ?? new Uint8Array(map.valueSizeBytes);
  const end = bytes.indexOf(0, from);
  if (from < 0 || from >= map.valueSizeBytes) return undefined;
  if (end < 0 && bytes.length >= map.valueSizeBytes) return undefined;
  return Buffer.from(bytes.subarray(from, end < 0 ? undefined : end)).toString('latin1');
}
