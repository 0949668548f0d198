/** What of a program user space may set before it is loaded, as the page asks for it. */
import { basename } from 'node:path';

import { openObject } from '../bpf/object/open.ts';
import { leftOutByTool } from '../packs/variants.ts';
import { readTool, type Tool } from '../packs/tool-table.ts';
import type { ProgramSettings } from './contract.ts';
import { inspectFile } from './inspect-objects.ts';
import { readObject } from './jobs/read-object.ts';
import type { LibraryProgram } from './program-library.ts';

/** Throws Failure of layer `object`, or `bad-tool-table`. */
export function programSettings({ objectPath, toolPath }: LibraryProgram): ProgramSettings {
  const [inspected] = inspectFile(objectPath);
  if (inspected === undefined) throw new Error('a file that opens holds an object');
  const { variables, maps, programs } = inspected.facts;
  const [leftOut = []] = leftOutByTool(openObject(readObject(objectPath), basename(objectPath)));
  return {
    variables: variables
      .filter(({ type }) => !isConstant(type))
      .map(({ name, type, value }) => ({ name, type: oneLine(type), value })),
    maps: maps
      .filter(({ name }) => !name.startsWith('.'))
      .map(({ name, type, maxEntries }) => ({ name, type, maxEntries })),
    programs: programs.map(({ name, section, isAutoloaded }) => ({
      ...{ name, section },
      isAutoloaded: isAutoloaded && !leftOut.includes(name),
    })),
    toolOptions: toolPath === undefined ? undefined : optionsOf(readTool(toolPath)),
  };
}

/** As they would be given: `-p NUMBER`. */
function optionsOf({ options, argument }: Tool): string[] {
  const named = Object.entries(options).map(([name, { takes }]) =>
    takes === undefined ? name : `${name} ${takes === 'device' ? 'MAJOR:MINOR' : takes.toUpperCase()}`,
  );
  return argument === undefined ? named : [...named, (argument.takes ?? 'text').toUpperCase()];
}

/** What is `const` and not `volatile` was compiled into the code; a pointer is nobody's to set. */
function isConstant(type: string): boolean {
  return (/^const /.test(type) && !/^const volatile /.test(type)) || /\*( const)?$/.test(type);
}

/** `const volatile __u64`, without what a struct holds or a name stands for. */
function oneLine(type: string): string {
  const line = type.replace(/\s*\{.*$/s, '').split('\n')[0] ?? '';
  return /^typedef .* (\w+)$/.exec(line)?.[1] ?? line;
}
