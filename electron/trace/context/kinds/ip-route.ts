/** `ip route`: where packets went. */
import type { ContextKind, Route } from '../context.ts';
import { ROWS_MAX } from '../limits.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const TYPES = 'unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|nat|anycast';
const LINE = new RegExp(
  `^(?:(${TYPES}) )?(default|[\\da-f.:]+(?:/\\d+)?)(?= (?:via|dev|proto|scope|metric|table|src|nhid|nexthop) )`,
);

export const ipRoute: ContextKind = {
  name: 'routes',
  detect({ text }) {
    const lines = wholeLines(text).filter((line) => !/^\s+nexthop /.test(line));
    return lines.length > 0 && lines.slice(0, 10).every((line) => LINE.test(line));
  },
  read(file, _head, facts) {
    const lines = linesIn(textOf(file));
    const routes = lines.map(routeOf).filter((route) => route !== undefined);
    facts.routes.push(...routes.slice(0, Math.max(0, ROWS_MAX - facts.routes.length)));
    return counted(routes.length, 'route');
  },
};

function routeOf(line: string): Route | undefined {
  const [, type = 'unicast', destination] = LINE.exec(line) ?? [];
  if (destination === undefined) return undefined;
  const after = (word: string): string | undefined => new RegExp(` ${word} (\\S+)`).exec(line)?.[1];
  const metric = after('metric');
  return {
    type,
    destination,
    via: after('via'),
    device: after('dev'),
    source: after('src'),
    metric: metric === undefined ? undefined : Number(metric),
  };
}
