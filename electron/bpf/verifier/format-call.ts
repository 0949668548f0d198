/** The format of bpf_snprintf(), which is known before the program runs: check_bpf_snprintf_call() of Linux 6.18. */
import { demandsOf } from '../helpers/format-values.ts';
import { constantTextAt } from './map-value.ts';
import { isPointer } from './register.ts';
import type { Walk } from './walk.ts';

const FORMAT = 3;
const VALUES_SIZE = 5;
const VALUE_BYTES = 8n;

/** Refuses a format that the kernel does not take with so many values. The arguments are checked already. */
export function checkSnprintf(walk: Walk): void {
  const format = walk.peek(FORMAT);
  const size = walk.peek(VALUES_SIZE);
  if (!isPointer(format) || format.target !== 'map-value' || size.kind !== 'scalar')
    throw new Error('the arguments of bpf_snprintf() were checked');
  // A size that is not known counts for the bits of it that are.
  const known = size.scalar.bits.value;
  if (known % VALUE_BYTES !== 0n)
    walk.refuse('bad-argument', `R${VALUES_SIZE}=${known} is not the size of an array of u64`);
  if (!demandsOf(constantTextAt(walk, format) ?? '', Number(known / VALUE_BYTES)).isValid)
    walk.refuse('bad-argument', 'Invalid fmt string');
}
