/** trace_clock of tracefs: `local global [mono] boot`. */
import type { ContextKind } from '../context.ts';

const CLOCKS = /^(?:\[?[a-z_-]+\]? )*\[([a-z_-]+)\](?: \[?[a-z0-9_-]+\]?)*\s*$/;

export const traceClock: ContextKind = {
  name: 'clock of the trace',
  detect: ({ text, path }) => /(^|\/)trace_clock[^/]*$/.test(path) && CLOCKS.test(text),
  read(_file, { text }, facts) {
    const clock = CLOCKS.exec(text)?.[1];
    facts.traceClock ??= clock;
    return clock ?? '';
  },
};
