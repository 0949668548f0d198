/** saved_cmdlines and saved_tgids of tracefs: names and processes of threads that were traced. Their paths tell them. */
import type { ContextKind, ContextHead } from '../context.ts';
import { ROWS_MAX } from '../limits.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const LINE = /^\s*(\d{1,9}) (.+)$/;

export const savedCmdlines: ContextKind = {
  name: 'names of threads',
  detect: (head) => isNamed(head, /(^|\/)saved_cmdlines[^/]*$/),
  read: (file, _head, facts) =>
    counted(
      addRows(textOf(file), facts.comms, (text) => text),
      'thread',
    ),
};

export const savedTgids: ContextKind = {
  name: 'processes of threads',
  detect: (head) => isNamed(head, /(^|\/)saved_tgids[^/]*$/),
  read: (file, _head, facts) =>
    counted(
      addRows(textOf(file), facts.tgids, (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined)),
      'thread',
    ),
};

function isNamed({ path, text }: ContextHead, pattern: RegExp): boolean {
  return pattern.test(path) && wholeLines(text).every((line) => LINE.test(line));
}

function addRows<T>(text: string, to: Map<number, T>, read: (text: string) => T | undefined): number {
  let rows = 0;
  for (const line of linesIn(text)) {
    const [, tid, rest] = LINE.exec(line) ?? [];
    const value = rest === undefined ? undefined : read(rest);
    if (tid === undefined || value === undefined || rows >= ROWS_MAX) continue;
    rows += 1;
    if (!to.has(Number(tid))) to.set(Number(tid), value);
  }
  return rows;
}
