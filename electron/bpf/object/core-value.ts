/**
 * What a CO-RE relocation asks for, computed on one side: in the object's own types to check what the
 * compiler wrote, in the target's to know what to write.
 *
 * Source: enum bpf_core_relo_kind in include/uapi/linux/bpf.h, and the behaviour of libbpf 1.5.
 */
import type { Btf } from './btf.ts';
import { isEnum } from './core-compatible.ts';
import type { FieldSpec } from './core-spec.ts';

/** enum bpf_core_relo_kind by number. */
export const CORE_KINDS = [
  'field_byte_offset',
  'field_byte_size',
  'field_exists',
  'field_signed',
  'field_lshift_u64',
  'field_rshift_u64',
  'type_id_local',
  'type_id_target',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
] as const;

export type CoreKind = (typeof CORE_KINDS)[number];
export type FieldKind = Extract<CoreKind, `field_${string}`>;

/** The bytes that have to be loaded to read a field. */
export interface FieldLoad {
  readonly byteOffset: number;
  readonly byteSize: number;
  readonly isBitfield: boolean;
  /** Bits of the field, and where they begin in its struct. */
  readonly bitSize: number;
  readonly bitOffset: number;
}

/** undefined where no load of up to 8 bytes holds the bitfield, or the type has no size. */
export function loadOfField(btf: Btf, spec: FieldSpec): FieldLoad | undefined {
  const { bitOffset, member, typeId } = spec;
  const size = btf.sizeOf(typeId);
  if (size === undefined) return undefined;
  const bitSize = member?.bitSize ?? 0;
  if (bitSize === 0) {
    return {
      byteOffset: Math.floor(bitOffset / 8),
      byteSize: size,
      isBitfield: false,
      bitSize: size * 8,
      bitOffset,
    };
  }
  for (let byteSize = size; byteSize <= 8 && byteSize > 0; byteSize *= 2) {
    const byteOffset = Math.floor(bitOffset / 8 / byteSize) * byteSize;
    if (bitOffset + bitSize - byteOffset * 8 <= byteSize * 8) {
      return { byteOffset, byteSize, isBitfield: true, bitSize, bitOffset };
    }
  }
  return undefined;
}

/** The relocation's value for a field that is there; undefined where it has none (a void's size). */
export function fieldValue(kind: FieldKind, btf: Btf, spec: FieldSpec): bigint | undefined {
  if (kind === 'field_exists') return 1n;
  if (kind === 'field_signed') return isSignedField(btf, spec) ? 1n : 0n;
  const load = loadOfField(btf, spec);
  if (load === undefined) return undefined;
  switch (kind) {
    case 'field_byte_offset':
      return BigInt(load.byteOffset);
    case 'field_byte_size':
      return BigInt(load.byteSize);
    case 'field_lshift_u64':
      return BigInt(64 - (load.bitOffset + load.bitSize - load.byteOffset * 8));
    case 'field_rshift_u64':
      return BigInt(64 - load.bitSize);
  }
}

function isSignedField(btf: Btf, { typeId }: FieldSpec): boolean {
  const type = btf.resolve(typeId);
  return (type.kind === 'int' || isEnum(type)) && type.isSigned;
}
