/** What else lies in tracefs: how events were set. */
import type { ContextKind } from '../context.ts';

const SETTING = /(?:^|\/)events\/(?:[\w.-]+\/){0,2}(?:enable|filter|id|trigger|inject|hist|hist_debug)$/;

/** By their paths: a word, a number or a line of comment says nothing by itself. */
export const eventSettings: ContextKind = {
  name: 'settings of events',
  isCounted: true,
  detect: ({ path }) => SETTING.test(path),
  read: () => '',
};
