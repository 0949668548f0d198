/**
 * Maps whose address is in the code: which map a call is given, and what of it never changes, so that
 * it can be written into the module. A descriptor's layout: maps/descriptor.ts.
 */
import {
  CLASS_ALU,
  CLASS_ALU64,
  CLASS_LD,
  CLASS_LDX,
  CLASS_STX,
  OPCODE_CALL,
  OPCODE_LDIMM64,
  givesMap,
} from '../isa/opcodes.ts';
import {
  BUCKET_MASK,
  BUCKETS,
  EVICTIONS,
  KEY_SIZE,
  MAX_ENTRIES,
  SPARES,
  STORAGE,
  STRIDE,
  VALUE_SIZE,
} from '../maps/descriptor.ts';
import type { BpfMap } from '../maps/map.ts';
import type { MapType } from '../program.ts';
import type { Code } from '../vm/code.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { CLASS_MASK } from '../vm/operations.ts';

/** The register a map's handle is passed in. */
const MAP_ARGUMENT = 1;

export interface KnownMap {
  readonly type: MapType;
  readonly descriptor: Address;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  /** Bytes of one value copy. */
  readonly stride: number;
  readonly valueCopies: number;
  readonly storage: Address;
  readonly buckets: Address;
  readonly bucketMask: number;
  readonly spares: Address;
  /** Values hold locks, timers or kernel pointers, around which only the map itself updates. */
  readonly hasSpecialFields: boolean;
  readonly evictions: Address;
}

export function knownMap(map: BpfMap, descriptor: Address, { view }: LinearMemory): KnownMap {
  const field = (offset: number): number => view.getUint32(descriptor + offset, true);
  return {
    type: map.definition.type,
    descriptor,
    keyBytes: field(KEY_SIZE),
    valueBytes: field(VALUE_SIZE),
    maxEntries: field(MAX_ENTRIES),
    stride: field(STRIDE),
    valueCopies: map.valueCopies,
    storage: field(STORAGE),
    buckets: field(BUCKETS),
    bucketMask: field(BUCKET_MASK),
    spares: field(SPARES),
    hasSpecialFields: (map.definition.specialFields ?? []).length > 0,
    evictions: field(EVICTIONS),
  };
}

/**
 * Descriptor of the map that r1 holds before the instruction at `slot`, from what the straight run of
 * instructions from `first` on did; undefined where the code does not say.
 */
export function mapBefore(code: Code, first: number, slot: number): Address | undefined {
  for (let at = slot - 1; at >= first; at -= 1) {
    // The second half of a 64-bit immediate stands for both.
    if (code.opcode[at] === SECOND_HALF && at > first) at -= 1;
    const opcode = code.opcode[at] as number;
    if (opcode === OPCODE_LDIMM64 && code.dst[at] === MAP_ARGUMENT) {
      return givesMap(code.src[at] as number) ? (code.imm[at] as number) >>> 0 : undefined;
    }
    if (changesMapArgument(code, at, opcode)) return undefined;
  }
  return undefined;
}

/** No instruction has this opcode. */
const SECOND_HALF = 0;

function changesMapArgument(code: Code, slot: number, opcode: number): boolean {
  const isWritten = code.dst[slot] === MAP_ARGUMENT;
  switch (opcode & CLASS_MASK) {
    case CLASS_ALU:
    case CLASS_ALU64:
    case CLASS_LDX:
      return isWritten;
    case CLASS_STX:
      // An atomic puts what it fetches into src; a load-acquire, what it loads into dst.
      return isWritten || code.src[slot] === MAP_ARGUMENT;
    case CLASS_LD:
      // A load from the packet leaves r1 to r5 undefined.
      return opcode !== OPCODE_LDIMM64;
    default:
      return opcode === OPCODE_CALL;
  }
}
