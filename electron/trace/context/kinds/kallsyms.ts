/** /proc/kallsyms: the kernel's symbols. */
import type { ContextKind } from '../context.ts';
import { KALLSYMS_BYTES_MAX } from '../limits.ts';
import { counted, textOf, wholeLines } from '../text.ts';

const LINE = /^([0-9a-f]{8}|[0-9a-f]{16}) [a-zA-Z?] \S+(\t\[\S+\])?$/;

export const kallsyms: ContextKind = {
  name: 'kernel symbols',
  detect({ text }) {
    const lines = wholeLines(text).slice(0, 20);
    return lines.length >= 2 && lines.every((line) => LINE.test(line));
  },
  read(file, _head, facts) {
    const text = textOf(file, KALLSYMS_BYTES_MAX);
    let symbols = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) symbols += 1;
    if (!text.endsWith('\n')) symbols += 1;
    // The kernel shows zeros to those who may not know.
    const isHidden = !/^0*[1-9a-f]/m.test(text.slice(0, 1_000_000));
    if (!isHidden) facts.kallsyms ??= text;
    return counted(symbols, 'symbol') + (isHidden ? ', all their addresses hidden' : '');
  },
};
