/** `ip neigh`: the link addresses of hosts beside this one. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const STATES = 'PERMANENT|NOARP|REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|NONE';
const LINE = new RegExp(`^[\\da-f.:]+ dev \\S+ .*\\b(?:${STATES})\\s*$`);

export const ipNeigh: ContextKind = {
  name: 'neighbours',
  detect({ text }) {
    const lines = wholeLines(text);
    return lines.length > 0 && lines.slice(0, 10).every((line) => LINE.test(line));
  },
  read(file, _head, facts) {
    const text = textOf(file);
    facts.network.neighbours.push(text);
    return counted(linesIn(text).length, 'neighbour');
  },
};
