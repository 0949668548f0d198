/** /proc/modules and `lsmod`. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const PROC = /^[\w-]+ \d+ \d+ \S+ (Live|Loading|Unloading) 0x[0-9a-f]+/;
const LSMOD_HEADING = /^Module +Size +Used by/;
const LSMOD = /^[\w-]+ +\d+ +-?\d+/;

export const modules: ContextKind = {
  name: 'kernel modules',
  detect({ text }) {
    const lines = wholeLines(text);
    return PROC.test(lines[0] ?? '') || LSMOD_HEADING.test(lines[0] ?? '');
  },
  read(file) {
    const lines = linesIn(textOf(file)).filter((line) => PROC.test(line) || LSMOD.test(line));
    return counted(lines.length, 'module');
  },
};
