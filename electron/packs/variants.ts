/**
 * Programs of a tool that stand for each other. libbpf's tools bring a hook twice and let their user space choose: a
 * tracepoint with types or without, a function's entry and exit or probes of it. Attached together each event counts twice.
 */
import type { ObjectFile } from '../bpf/object/open.ts';
import type { ObjectSettings } from '../bpf/object/settings.ts';
import { sectionOf } from './tool.ts';

/** What a tool prefers, where it can be attached, and what it takes else. */
const PAIRS: readonly (readonly [preferred: RegExp, other: RegExp])[] = [
  [/^(?:fentry|fexit)\/(.+)$/, /^(?:kprobe|kretprobe)\/(.+)$/],
  [/^tp_btf\/(.+)$/, /^(?:raw_tp|raw_tracepoint)\/(.+)$/],
];

/**
 * The programs that are left out, for each way in which the tool may attach, in the order in which it tries them; none
 * where the object is no tool's, or has nothing twice. What settings say of a program (`NAME.autoload`) they say for good.
 */
export function leftOutByTool(
  object: ObjectFile,
  settings: ObjectSettings = {},
): readonly (readonly string[])[] {
  if (!object.isOfTool) return [];
  const programs = object.functions.map(({ name }) => ({ name, section: sectionOf(object, name) ?? '' }));
  const twinsOf = (one: 0 | 1): readonly string[] =>
    PAIRS.flatMap((pair) => {
      const targets = new Set(programs.flatMap(({ section }) => pair[one].exec(section)?.[1] ?? []));
      const other = pair[1 - one] as RegExp;
      return programs.filter(({ section }) => targets.has(other.exec(section)?.[1] ?? ''));
    })
      .map(({ name }) => name)
      .filter((name) => settings[autoloadOf(name)] === undefined);
  const [others, preferred] = [twinsOf(0), twinsOf(1)];
  return others.length === 0 ? [] : [others, preferred];
}

/** What leaves them out. */
export function withoutPrograms(names: readonly string[]): ObjectSettings {
  return Object.fromEntries(names.map((name) => [autoloadOf(name), false]));
}

function autoloadOf(program: string): string {
  return `${program}.autoload`;
}
