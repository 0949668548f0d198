/** A cluster's tokens as the template of a log probe, each capture with a name: what may be pasted into a file of probes. */
import { FIELDS_MAX } from '../limits.ts';
import type { Cluster } from './clusters.ts';

const CAPTURE = /\{\{|\}\}|\{(\w+)\}/g;
const NAMES: ReadonlyMap<string, string> = new Map([
  ['u64', 'n'],
  ['s64', 'n'],
  ['hex', 'x'],
  ['str', 's'],
  ['text', 'rest'],
]);
/** Names that an event of a log probe has of its own, or that are an int there. */
const TAKEN: ReadonlySet<string> = new Set(['pid', 'tid', 'level', 'tag', 'message']);

/** Latin-1, as the lines are. Beyond FIELDS_MAX captures the rest of the line is left to itself. */
export function proposedTemplate({ tokens }: Cluster): string {
  const text = tokens.join('').trimEnd();
  const names = new Set<string>();
  let out = '';
  let from = 0;
  for (const match of text.matchAll(CAPTURE)) {
    const [whole, type] = match;
    if (type === undefined) continue;
    if (names.size >= FIELDS_MAX) return out + text.slice(from, match.index);
    out += text.slice(from, match.index);
    const name = freeName(nameBefore(text.slice(0, match.index)) ?? NAMES.get(type) ?? 'v', names);
    names.add(name);
    out += type === 'str' ? `{${name}}` : `{${name}:${type}}`;
    from = match.index + whole.length;
  }
  return out + text.slice(from);
}

/** `size` of `size=` or `Size: `. */
function nameBefore(text: string): string | undefined {
  const name = /(?:^|[^\w}])([A-Za-z_]\w{0,30})(?:=|:\s)\(?["']?$/.exec(text.slice(-48))?.[1]?.toLowerCase();
  return name === undefined || TAKEN.has(name) || name.startsWith('common_') ? undefined : name;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const isNumbered = /^(?:n|x|s|rest|v)$/.test(name);
  if (!isNumbered && !taken.has(name)) return name;
  for (let count = isNumbered ? 1 : 2; ; count++) {
    if (!taken.has(`${name}${count}`)) return `${name}${count}`;
  }
}
