/**
 * Programs of a tool that stand for each other. libbpf's tools bring a hook twice and let their user space choose: a
 * tracepoint with types or without, a function's entry and exit or probes of it. Attached together each event counts twice.
 */
import type { ObjectFile } from '../bpf/object/open.ts';
import { sectionOf } from './tool.ts';

export interface Variant {
  readonly programs: readonly string[];
  /** What others of the tool are in the place of. */
  readonly leftOut: readonly string[];
}

/** What a tool prefers, where it can be attached, and what it takes else. */
const PAIRS: readonly (readonly [preferred: RegExp, other: RegExp])[] = [
  [/^(?:fentry|fexit)\/(.+)$/, /^(?:kprobe|kretprobe)\/(.+)$/],
  [/^tp_btf\/(.+)$/, /^(?:raw_tp|raw_tracepoint)\/(.+)$/],
];

/**
 * In the order in which a tool tries them; undefined where the object is no tool's, or has nothing twice. `autoload` is
 * of programs whose user asked for them, or not to have them (`NAME.autoload`).
 */
export function variantsOf(
  object: ObjectFile,
  autoload: ReadonlyMap<string, boolean> = new Map(),
): readonly Variant[] | undefined {
  if (!object.isOfTool) return undefined;
  const programs = object.functions
    .map(({ name }) => ({ name, section: sectionOf(object, name) ?? '' }))
    .filter(({ section }) => section.includes('/'));
  const twice = (one: 0 | 1): ReadonlySet<string> =>
    new Set(
      PAIRS.flatMap((pair) => {
        const targets = new Set(programs.flatMap(({ section }) => pair[one].exec(section)?.[1] ?? []));
        const other = pair[1 - one] as RegExp;
        return programs
          .filter(({ section }) => targets.has(other.exec(section)?.[1] ?? ''))
          .map(({ name }) => name);
      }),
    );
  const [others, preferred] = [twice(0), twice(1)];
  if (others.size === 0) return undefined;
  return [others, preferred].map((twins) => ({
    programs: programs
      .filter(({ name, section }) => autoload.get(name) ?? !(twins.has(name) || section.startsWith('?')))
      .map(({ name }) => name),
    leftOut: [...twins].filter((name) => autoload.get(name) !== true),
  }));
}
