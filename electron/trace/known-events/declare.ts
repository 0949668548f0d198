/**
 * Lays out a tracepoint's record from its fields as C declares them: `pid_t prev_pid; long prev_state`. Each lies
 * where its alignment puts it, as TRACE_EVENT() does on x86-64 and every other machine of 64-bit longs.
 */
import type { EventField } from '../event.ts';
import { parseField } from '../formats/trace-dat/event-format.ts';

const LONG_BYTES = 8;
/** Every record begins with these. */
export const COMMON_DECLARATIONS =
  'unsigned short common_type; unsigned char common_flags; unsigned char common_preempt_count; int common_pid';
/** Bytes of a type, negative for a signed one. */
const TYPES: Readonly<Record<string, number>> = {
  ...sized(1, '__u8 bool char u8 unsigned_char uint8_t'),
  ...sized(-1, '__s8 s8 signed_char'),
  ...sized(2, '__u16 __be16 u16 uint16_t unsigned_short umode_t'),
  ...sized(-2, 'short s16'),
  ...sized(
    4,
    '__u32 __be32 blk_opf_t dev_t erofs_blk_t errseq_t ext4_lblk_t gfp_t gid_t prid_t tid_t u32 uid_t',
  ),
  ...sized(4, 'uint uint32_t unsigned unsigned_int'),
  ...sized(-4, 'clockid_t int int32_t pid_t s32'),
  ...sized(8, '__u64 blkcnt_t dma_addr_t ext4_fsblk_t fl_owner_t ino_t resource_size_t sector_t size_t u64'),
  ...sized(8, 'uint64_t unsigned_long unsigned_long_long vm_flags_t initcall_t'),
  ...sized(-8, 'int64_t loff_t long long_long s64 ssize_t time64_t'),
};

/**
 * The fields from `offsetBytes` on, or from where a declaration ends in `@offset`. A type that is not known here
 * is followed by its bytes, `enum hrtimer_mode mode:4`; a count of an array by a number. `slotBytes` is the least
 * a field takes: system calls' arguments have eight bytes each. Throws Error where it cannot be laid out.
 */
export function declareFields(declarations: string, offsetBytes: number, slotBytes = 1): EventField[] {
  let at = offsetBytes;
  return splitDeclarations(declarations).map((declaration) => {
    const [, declared = '', size, place] = /^(.*?)(?::(\d+))?(?:@(\d+))?$/.exec(declaration) ?? [];
    const { bytes, count, isSigned } = measure(declared, size === undefined ? undefined : Number(size));
    const step = Math.max(bytes, slotBytes);
    const offset = place === undefined ? Math.ceil(at / alignOf(step)) * alignOf(step) : Number(place);
    at = offset + step * count;
    const line = `field:${declared};offset:${offset};size:${step * count};signed:${isSigned && slotBytes === 1 ? 1 : 0};`;
    const field = parseField(line, LONG_BYTES);
    if (field === undefined) throw new Error(`'${declaration}' declares no field`);
    return field;
  });
}

function splitDeclarations(text: string): string[] {
  return text
    .split(';')
    .map((declaration) => declaration.trim())
    .filter((declaration) => declaration !== '');
}

function measure(
  declared: string,
  size: number | undefined,
): { bytes: number; count: number; isSigned: boolean } {
  if (/^__(data|rel)_loc\b/.test(declared)) return { bytes: 4, count: 1, isSigned: false };
  const [, spelled = '', bounds] = /^(.*?)\s*\b\w+(?:\[(\d*)\])?$/.exec(declared) ?? [];
  const count = bounds === undefined ? 1 : Number(bounds);
  if (spelled.endsWith('*')) return { bytes: LONG_BYTES, count, isSigned: false };
  const known = TYPES[spelled.replace(/^const /, '').replaceAll(' ', '_')] ?? 0;
  const bytes = size ?? Math.abs(known);
  if (bytes === 0) throw new Error(`'${declared}' is of no known size`);
  return { bytes, count, isSigned: known < 0 };
}

/** A struct's bytes are aligned as its words are. */
function alignOf(bytes: number): number {
  return bytes % 8 === 0 ? 8 : bytes % 4 === 0 ? 4 : bytes % 2 === 0 ? 2 : 1;
}

function sized(bytes: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name) => [name, bytes]));
}
