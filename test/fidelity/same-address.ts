/** Functions of files by their addresses, as nm prints them: what a name with an offset stands for. */
import { spawnSync } from 'node:child_process';

const LINE = /^([0-9a-f]+)(?: ([0-9a-f]+))? [tTwWiI] ([^@\s]+)(?:@\S+)?$/gm;
/** `#8  0x00007f12 read+0x4c (/usr/lib/libc.so.6+0xf82ec)`, without a name where none is known. */
const FRAME = /^#\d+\s+0x([0-9a-f]+)(?: ([^\s(]\S*)\+0x([0-9a-f]+))?(?: \((\S+)\+0x([0-9a-f]+)\))?/;

/** Of each file, by the path it was mapped under, names and sizes of functions by their address. */
export type FunctionsOf = ReadonlyMap<string, ReadonlyMap<number, Functions>>;

interface Functions {
  readonly names: Set<string>;
  sizeBytes: number;
}

export function functionsOf(files: ReadonlyMap<string, string>): FunctionsOf {
  return new Map([...files].map(([path, file]) => [path, functionsIn(file)]));
}

function functionsIn(file: string): Map<number, Functions> {
  const found = new Map<number, Functions>();
  for (const table of [['-D'], []]) {
    const { stdout } = spawnSync('nm', ['-S', '--defined-only', ...table, file], { encoding: 'utf8' });
    for (const [, address = '', size = '0', name = ''] of (stdout ?? '').matchAll(LINE)) {
      const at = Number.parseInt(address, 16);
      const functions = found.get(at) ?? { names: new Set(), sizeBytes: 0 };
      functions.names.add(name);
      functions.sizeBytes = Math.max(functions.sizeBytes, Number.parseInt(size, 16));
      found.set(at, functions);
    }
  }
  return found;
}

/**
 * A frame such that two are the same text if they say the same: of names at one address the first stands for all. The
 * live tools name what lies behind a function's end after that function, because they do not look at its size: that is
 * no name. A name that the file does not have at that address stays as it is.
 */
export function sameFrame(frame: string, functions: FunctionsOf): string {
  const [, address = '', name, offset = '0', path = '', place = '0'] = FRAME.exec(frame) ?? [];
  const where = `${BigInt(`0x${address || '0'}`).toString(16)} (${path}+0x${place})`;
  if (name === undefined) return `[unknown] ${where}`;
  const behind = Number.parseInt(offset, 16);
  const found = functions.get(path)?.get(Number.parseInt(place, 16) - behind);
  if (found === undefined || !found.names.has(name)) return `${name}+0x${offset} ${where}`;
  if (behind >= found.sizeBytes) return `[unknown] ${where}`;
  return `${[...found.names].sort()[0] ?? name}+0x${offset} ${where}`;
}
