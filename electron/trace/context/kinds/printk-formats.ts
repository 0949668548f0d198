/** printk_formats of tracefs: the strings that trace_printk() records point to. */
import type { ContextKind } from '../context.ts';
import { ROWS_MAX } from '../limits.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const LINE = /^0x([0-9a-f]+) : "(.*)"$/;

export const printkFormats: ContextKind = {
  name: 'strings of the kernel',
  detect({ text }) {
    const lines = wholeLines(text).slice(0, 10);
    return lines.length > 0 && lines.every((line) => LINE.test(line));
  },
  read(file, _head, facts) {
    let rows = 0;
    for (const line of linesIn(textOf(file))) {
      const [, address, text] = LINE.exec(line) ?? [];
      if (address === undefined || text === undefined || rows >= ROWS_MAX) continue;
      rows += 1;
      facts.printkFormats.set(address, text);
    }
    return counted(rows, 'string');
  },
};
