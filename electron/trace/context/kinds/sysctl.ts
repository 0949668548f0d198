/** `sysctl -a`, or a part of it: settings of the kernel, of which those of the network are kept. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

/** The folders of /proc/sys. Devices' names may hold slashes in the place of dots. */
const LINE = /^(?:abi|debug|dev|fs|kernel|net|user|vm)\.[^\s=]+ ?= ?/;
const NETWORK = /^net\./;

export const sysctl: ContextKind = {
  name: 'kernel settings',
  detect({ text }) {
    const lines = wholeLines(text);
    return lines.length > 0 && lines.slice(0, 10).every((line) => LINE.test(line));
  },
  read(file, _head, facts) {
    const lines = linesIn(textOf(file));
    facts.network.settings.push(lines.filter((line) => NETWORK.test(line)).join('\n'));
    return counted(lines.length, 'setting');
  },
};
