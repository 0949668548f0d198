/** `ip addr` and `ip link`: the interfaces and their addresses. */
import type { ContextKind, NetworkInterface } from '../context.ts';
import { ROWS_MAX } from '../limits.ts';
import { counted, linesIn, textOf } from '../text.ts';

const HEADING = /^(\d+): ([^\s:@]+)(?:@\S+)?: <[A-Z0-9_,-]*>(?: mtu (\d+))?/;

export const ipAddr: ContextKind = {
  name: 'network interfaces',
  detect: ({ text }) => HEADING.test(text),
  read(file, _head, facts) {
    let count = 0;
    let addresses: string[] = [];
    for (const line of linesIn(textOf(file))) {
      const [, index, name, mtu] = HEADING.exec(line) ?? [];
      if (index !== undefined && name !== undefined) {
        count += 1;
        addresses = [];
        const found: NetworkInterface = {
          index: Number(index),
          name,
          mtu: mtu === undefined ? undefined : Number(mtu),
          hardwareAddress: undefined,
          addresses,
        };
        if (facts.interfaces.length < ROWS_MAX) facts.interfaces.push(found);
        continue;
      }
      const address = /^\s+inet6? (\S+)/.exec(line)?.[1];
      if (address !== undefined) addresses.push(address);
      const hardwareAddress = /^\s+link\/(?:ether|loopback) ([\da-f:]+)/.exec(line)?.[1];
      const last = facts.interfaces.at(-1);
      if (hardwareAddress !== undefined && last !== undefined)
        facts.interfaces[facts.interfaces.length - 1] = { ...last, hardwareAddress };
    }
    return counted(count, 'interface');
  },
};
