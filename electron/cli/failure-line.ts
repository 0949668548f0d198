/** A refusal as the one line that a terminal shows, whatever is in the names it speaks of. */
import type { Failure } from '../failure.ts';
import { printable } from '../report/format.ts';

export function failureLine(failure: Failure): string {
  return `retroprobe: ${printable(failure.message)}\n`;
}
