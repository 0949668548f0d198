/**
 * How the text of a probe's event begins: `(vfs_read+0x0/0x140)` at a function's entry, `(ksys_read+0x6b/0xe0 <-
 * vfs_read)` at its return. The kernel prints where it returns to first; a format file's `(%lx <- %lx)` prints the
 * function first, in bare hexadecimal. Places that are printed as symbols become texts, `__probe_ip_symbol`.
 */
import type { EventField } from '../event.ts';
import { declareFields } from '../known-events/declare.ts';
import { SKIP, type PatternPart } from './pattern.ts';

export interface ProbeHead {
  readonly parts: readonly PatternPart[];
  readonly fields: readonly EventField[];
  /** Where the fields end, and where the rest of the text begins. */
  readonly endBytes: number;
  readonly textAt: number;
}

const SYMBOL = String.raw`[^\s()+]+(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[\w+\])?`;
const HEAD = new RegExp(String.raw`^\((${SYMBOL})(?: <- (${SYMBOL}))?\)(?=\s|$)`);
const BARE_HEX = /^[0-9a-f]{6,16}$/;
const NUMBER = /^(0x)?[0-9a-f]{1,16}$/;

/** undefined where the text does not begin so. `known` are the fields that its format file declares. */
export function probeHead(
  text: string,
  known: readonly EventField[],
  sizeBytes: number,
): ProbeHead | undefined {
  const [head, first, second] = HEAD.exec(text) ?? [];
  if (head === undefined || first === undefined) return undefined;
  const isNumbers = second === undefined ? NUMBER.test(first) : NUMBER.test(first) && NUMBER.test(second);
  if (!isNumbers && !/[+.A-Za-z_]/.test(first)) return undefined;
  const names = namesOf(first, second);
  const fields: EventField[] = [];
  const parts: PatternPart[] = [{ kind: 'literal', text: '(' }];
  let endBytes = sizeBytes;
  for (const [index, name] of names.entries()) {
    const declared = isNumbers ? `unsigned long ${name}` : `__data_loc char[] ${name}_symbol`;
    const own = isNumbers ? known.find((field) => field.name === name) : undefined;
    const field = own ?? declareFields(declared, endBytes)[0];
    if (field === undefined) return undefined;
    fields.push(field);
    endBytes = Math.max(endBytes, field.offsetBytes + field.sizeBytes);
    if (index > 0) parts.push({ kind: 'literal', text: ' <- ' });
    parts.push({ ...SKIP, field: field.name, reading: isNumbers ? 'hex' : 'natural' });
  }
  parts.push({ kind: 'literal', text: ')' });
  return { parts, fields, endBytes, textAt: head.length };
}

function namesOf(first: string, second: string | undefined): readonly string[] {
  if (second === undefined) return ['__probe_ip'];
  const isByFormat = BARE_HEX.test(first) && BARE_HEX.test(second);
  return isByFormat ? ['__probe_func', '__probe_ret_ip'] : ['__probe_ret_ip', '__probe_func'];
}
