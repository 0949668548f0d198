/**
 * Reads of a context through helpers that read any memory, bpf_probe_read_kernel(&x, 8, &ctx->di): Linux lets them
 * be. What of the context a recording must hold, they tell as loads do.
 */
import type { ProgramType } from '../program.ts';
import { isPointer } from './register.ts';
import { constantOf } from './scalar.ts';
import type { Walk } from './walk.ts';

/** Types whose contexts are laid out from records. */
const RECORDED: ReadonlySet<ProgramType> = new Set(['kprobe', 'tracepoint', 'raw_tracepoint', 'perf_event']);
const READS: ReadonlySet<string> = new Set(['probe_read', 'probe_read_kernel']);
/** No context is longer. */
const SIZE_MAX = 4096n;
const [SIZE, SOURCE] = [2, 3];

/** Before a call of the helper forgets its arguments. */
export function noteContextRead(walk: Walk, helper: string): void {
  if (!READS.has(helper) || !RECORDED.has(walk.program.type)) return;
  const [size, source] = [walk.peek(SIZE), walk.peek(SOURCE)];
  if (!isPointer(source) || source.target !== 'ctx' || size.kind !== 'scalar') return;
  const sizeBytes = size.scalar.umax < SIZE_MAX ? size.scalar.umax : SIZE_MAX;
  if (constantOf(source.variable) === 0n && source.offset >= 0 && sizeBytes > 0n)
    walk.noteContextAccess(source.offset, Number(sizeBytes), false);
}
