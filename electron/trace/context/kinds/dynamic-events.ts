/** kprobe_events, uprobe_events, dynamic_events: the probes that were set while it was recorded. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const LINE = /^[preftsm](?:\d+)?(?::[\w.-]+(?:[/][\w.-]+)?)? +\S+/;
const NAMED = /^[preftsm]\d*:[\w.-]+\/[\w.-]+ /;

export const dynamicEvents: ContextKind = {
  name: 'dynamic events',
  detect({ text, path }) {
    const lines = wholeLines(text).slice(0, 10);
    const isSaid = /(kprobe|uprobe|dynamic)_events[^/]*$/.test(path);
    return lines.length > 0 && lines.every((line) => (isSaid ? LINE : NAMED).test(line));
  },
  read(file, _head, facts) {
    const lines = linesIn(textOf(file)).filter((line) => LINE.test(line));
    for (const line of lines) if (!facts.dynamicEvents.includes(line)) facts.dynamicEvents.push(line);
    return counted(lines.length, 'probe');
  },
};
