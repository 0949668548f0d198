/**
 * Buffers whose size is known only where the program is attached: the verifier notes how far it reaches,
 * and attaching compares. As check_buffer_access() of Linux 6.18.
 */
import { kindName, type PointerRegister } from './register.ts';
import { constantOf } from './scalar.ts';
import { READ_ONLY } from './pointer-flags.ts';
import type { Walk } from './walk.ts';

/** The kernel's umax_of an int: what a buffer may be reached up to. */
const REACH_MAX = 0x7fff_ffff;

export function checkBufferAccess(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  isWrite: boolean,
): void {
  const name = kindName(pointer);
  if (isWrite && (pointer.flags & READ_ONLY) !== 0)
    walk.refuse('read-only', `R${register} cannot write into ${name}`);
  const from = pointer.offset + offset;
  const end = from + sizeBytes;
  if (from < 0)
    walk.refuse(
      'memory-bounds',
      `R${register} invalid ${name} buffer access: off=${from}, size=${sizeBytes}`,
    );
  if (constantOf(pointer.variable) !== 0n)
    walk.refuse('memory-bounds', `R${register} invalid variable buffer offset: off=${from}`);
  if (end > REACH_MAX) walk.refuse('memory-bounds', `R${register} reaches beyond what any ${name} holds`);
  if (pointer.target === 'tracepoint-buffer') walk.noteTracepointBuffer(end);
  else walk.noteBuffer((pointer.flags & READ_ONLY) !== 0, end);
}
