/**
 * Reads of a program's context, by program type: the is_valid_access() functions of Linux 6.18. What the
 * recorded event holds may narrow it (VerifyOptions.contextSizeBytes), as attaching does in the kernel.
 */
import type { ProgramType } from '../program.ts';
import { SK_BUFF_BYTES, skBuffOffsets } from '../sk-buff.ts';
import { KPROBE_CONTEXT_BYTES, RAW_TRACEPOINT_CONTEXT_BYTES, TRACEPOINT_CONTEXT_BYTES } from './limits.ts';
import type { PointerRegister } from './register.ts';
import { constantOf } from './scalar.ts';
import type { Walk } from './walk.ts';

interface ContextRule {
  /** First byte that may be read: a tracepoint's first eight hold the kernel's own pointer. */
  readonly fromBytes: number;
  readonly sizeBytes: number;
  /** Narrows it further; all that is aligned within it where undefined. */
  readonly isReadable?: (offset: number, sizeBytes: number) => boolean;
}

/** First byte, bytes, and widest read of what socket filters may read of struct __sk_buff. */
const SOCKET_FILTER_FIELDS = [
  [skBuffOffsets.len, skBuffOffsets.cb, 4],
  [skBuffOffsets.cb, 20, 8],
  [skBuffOffsets.hash, 4, 4],
  [skBuffOffsets.napi_id, 4, 4],
  [skBuffOffsets.gso_segs, 4, 4],
  [skBuffOffsets.gso_size, 4, 4],
] as const;

/** Reads by sk_filter_is_valid_access(), but for `sk`, a pointer that is not described here. */
function isSocketFilterField(offset: number, sizeBytes: number): boolean {
  return SOCKET_FILTER_FIELDS.some(
    ([from, bytes, widest]) => offset >= from && offset + sizeBytes <= from + bytes && sizeBytes <= widest,
  );
}

const rules: Partial<Record<ProgramType, ContextRule>> = {
  tracepoint: { fromBytes: 8, sizeBytes: TRACEPOINT_CONTEXT_BYTES },
  raw_tracepoint: { fromBytes: 0, sizeBytes: RAW_TRACEPOINT_CONTEXT_BYTES },
  kprobe: { fromBytes: 0, sizeBytes: KPROBE_CONTEXT_BYTES },
  socket_filter: { fromBytes: 0, sizeBytes: SK_BUFF_BYTES, isReadable: isSocketFilterField },
};

/** The context is accessed through the pointer as it was given. */
export function requireUnmovedContext(walk: Walk, pointer: PointerRegister, register: number): void {
  if (pointer.offset !== 0) {
    const text = pointer.offset < 0 ? 'negative offset ctx ptr' : 'dereference of modified ctx ptr';
    walk.refuse('context-access', `${text} R${register} off=${pointer.offset} disallowed`);
  }
  if (constantOf(pointer.variable) !== 0n) {
    walk.refuse(
      'context-access',
      `variable ctx access of R${register} disallowed: the offset must be a constant`,
    );
  }
}

/** Checks an access and notes it; what it reads is an unknown number. */
export function checkContextAccess(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  isWrite: boolean,
): void {
  requireUnmovedContext(walk, pointer, register);
  const rule = rules[walk.program.type];
  if (rule === undefined) {
    walk.refuse(
      'context-access',
      `the context of ${walk.program.type} programs is not described here, and may not be read`,
    );
  }
  const isInside = offset >= rule.fromBytes && offset + sizeBytes <= rule.sizeBytes;
  const isReadable = rule.isReadable?.(offset, sizeBytes) ?? true;
  if (isWrite || !isInside || offset % sizeBytes !== 0 || !isReadable) {
    walk.refuse('context-access', `invalid bpf_context access off=${offset} size=${sizeBytes}`);
  }
  const held = walk.options.contextSizeBytes;
  if (held !== undefined && offset + sizeBytes > held) {
    walk.refuse(
      'context-access',
      `context access off=${offset} size=${sizeBytes} is beyond the ${held} bytes the event records`,
    );
  }
  walk.noteContextAccess(offset, sizeBytes, isWrite);
}
