/** The programs at hand: every manifest below the programs folder, and any object named by path. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { readManifest, type Manifest } from '../packs/manifest.ts';

export interface LibraryProgram {
  readonly manifest: Manifest;
  readonly manifestPath: string;
  readonly objectPath: string;
}

/** By id, in the order of their paths. */
export function readProgramLibrary(folder: string): ReadonlyMap<string, LibraryProgram> {
  const programs = new Map<string, LibraryProgram>();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    // What is known of tools, whose objects are elsewhere.
    .filter((entry) => entry.parentPath !== join(folder, 'tools'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const manifestPath of paths) {
    const manifest = readManifest(manifestPath);
    programs.set(manifest.id, {
      manifest,
      manifestPath,
      objectPath: join(dirname(manifestPath), manifest.object),
    });
  }
  return programs;
}

/** The manifest that belongs to an object file: `NAME.json` beside `NAME.bpf.o` or `NAME.o`. */
export function manifestBeside(objectPath: string): string | undefined {
  const path = join(dirname(objectPath), `${basename(objectPath).replace(/(\.bpf)?\.o$/, '')}.json`);
  return existsSync(path) ? path : undefined;
}
