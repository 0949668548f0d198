/** `ip addr` and `ip link`: the interfaces and their addresses. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf } from '../text.ts';

const HEADING = /^(\d+): ([^\s:@]+)(?:@\S+)?: <[A-Z0-9_,-]*>(?: mtu (\d+))?/;

export const ipAddr: ContextKind = {
  name: 'network interfaces',
  detect: ({ text }) => HEADING.test(text),
  read(file, _head, facts) {
    const text = textOf(file);
    facts.network.addresses.push(text);
    return counted(linesIn(text).filter((line) => HEADING.test(line)).length, 'interface');
  },
};
