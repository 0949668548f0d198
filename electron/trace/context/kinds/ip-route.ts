/** `ip route`: where packets went. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const TYPES = 'unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|nat|anycast';
const DESTINATION = '(?:default|[\\da-f.:]+(?:/\\d+)?)';
const WORDS = 'encap|via|dev|proto|scope|metric|table|src|nhid|nexthop';
/** A route that leads nowhere may say no more than that. */
const LINE = new RegExp(
  `^(?:(?:(?:${TYPES}) )?${DESTINATION} +(?:${WORDS}) |(?:${TYPES}) ${DESTINATION} *$)`,
);

export const ipRoute: ContextKind = {
  name: 'routes',
  detect({ text }) {
    const lines = wholeLines(text).filter((line) => !/^\s+nexthop /.test(line));
    return lines.length > 0 && lines.slice(0, 10).every((line) => LINE.test(line));
  },
  read(file, _head, facts) {
    const text = textOf(file);
    facts.network.routes.push(text);
    return counted(linesIn(text).filter((line) => LINE.test(line)).length, 'route');
  },
};
