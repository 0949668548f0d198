/** `--set NAME=VALUE`, `--attach PROGRAM=TARGET`, `--map NAME=FILE`: what a tool's user space would do before load. */
import type { RunJob } from '../host/jobs/protocol.ts';
import { Failure } from '../failure.ts';

/** The options of every command that loads an object. */
export const userOptions = {
  set: { type: 'string', multiple: true },
  attach: { type: 'string', multiple: true },
} as const;

/** The option of every command that reads a bundle. */
export const bundleOptions = { clock: { type: 'string', multiple: true } } as const;

/** Throws Failure `usage` where one is no source and clock. */
export function readClocks(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, source, clock] = /^(.+)=([^=]+)$/.exec(text) ?? [];
      if (source !== undefined && clock !== undefined) return [source, clock];
      throw new Failure('usage', 'bad-option', `--clock ${text}: SOURCE=+SECONDS or SOURCE=CLOCK is meant`);
    }),
  );
}

/** Values are text: the object's types say what they mean. Throws Failure `usage` where one is no name and value. */
export function readSettings(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, name, value] = /^([A-Za-z_.][\w.[\]]*)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      const meant = 'NAME=VALUE, NAME.FIELD=VALUE, MAP.max_entries=NUMBER or PROGRAM.autoload=false is meant';
      throw new Failure('usage', 'bad-option', `--set ${text}: ${meant}`);
    }),
  );
}

/** Throws Failure `usage` where one is no map and name. */
export function readPins(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, map, name] = /^([\w.]+)=([\w./-]+)$/.exec(text) ?? [];
      if (map !== undefined && name !== undefined) return [map, name];
      throw new Failure('usage', 'bad-option', `--pin ${text}: MAP=NAME is meant`);
    }),
  );
}

/** Throws Failure `usage` where one is no program and map. */
export function readIterators(
  at: string | undefined,
  maps: readonly string[] = [],
): RunJob['iterators'] | undefined {
  if (at === undefined && maps.length === 0) return undefined;
  const named = maps.map((text): [string, string] => {
    const [, program, map] = /^(\w+)=([\w.]+)$/.exec(text) ?? [];
    if (program !== undefined && map !== undefined) return [program, map];
    throw new Failure('usage', 'bad-option', `--iter-map ${text}: PROGRAM=MAP is meant`);
  });
  return { at, maps: Object.fromEntries(named) };
}

/** Throws Failure `usage` where one is no time and object. */
export function readSwaps(texts: readonly string[] = []): { readonly at: string; readonly path: string }[] {
  return texts.map((text) => {
    const [, at, path] = /^(\+?[\d.]+s?)=(.+)$/.exec(text) ?? [];
    if (at !== undefined && path !== undefined) return { at, path };
    throw new Failure('usage', 'bad-option', `--swap ${text}: SECONDS=OBJECT or +SECONDS=OBJECT is meant`);
  });
}

/** Throws Failure `usage` where one is no map and file. */
export function readMapFiles(
  texts: readonly string[] = [],
): { readonly map: string; readonly path: string }[] {
  return texts.map((text) => {
    const [, map, path] = /^([\w.]+)=(.+)$/.exec(text) ?? [];
    if (map !== undefined && path !== undefined) return { map, path };
    throw new Failure('usage', 'bad-option', `--map ${text}: MAP=FILE is meant, JSON or CSV`);
  });
}

/** Throws Failure `usage` where one is no program and target. */
export function readAttachTargets(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, program, target] = /^(\w+)=(.+)$/.exec(text) ?? [];
      if (program !== undefined && target !== undefined) return [program, target];
      throw new Failure('usage', 'bad-option', `--attach ${text}: PROGRAM=TARGET is meant`);
    }),
  );
}
