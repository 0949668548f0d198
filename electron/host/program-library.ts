/** The programs at hand: every manifest below the programs folder, and any object named by path. */
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { readManifest } from '../packs/manifest.ts';
import type { ProgramListing } from './contract.ts';
import { inspectFile } from './inspect-objects.ts';

/** Ids of objects of the user's own begin so. */
export const OWN_PROGRAM = 'own-';

/** An ELF header, or two lines of a kernel's symbols. */
const HEAD_BYTES = 512;
const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

export interface LibraryProgram {
  readonly listing: ProgramListing;
  /** undefined for an object of the user's own, whose maps are shown as rows. */
  readonly manifestPath: string | undefined;
  readonly objectPath: string;
  /** What is known of the libbpf tool that the object is of; undefined for any other. */
  readonly toolPath?: string | undefined;
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
    const { id: programId, title, summary, object } = readManifest(manifestPath);
    const objectPath = join(dirname(manifestPath), object);
    programs.set(programId, { listing: { programId, title, summary }, manifestPath, objectPath });
  }
  return programs;
}

/** Whether a file is for openObject() and no recording: an ELF file, a .o or a tool that holds one. */
export function isObjectFile(path: string): boolean {
  const magic = headOf(path).subarray(0, ELF_MAGIC.length);
  return ELF_MAGIC.equals(magic);
}

/** The bytes that a file's kind is told by, fewer where it is shorter. */
export function headOf(path: string): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

/** What is known of the libbpf tool a file is, by its name: `tools/NAME.json` below the programs folder. */
export function toolTableOf(objectPath: string, programsFolder: string): string | undefined {
  const path = join(programsFolder, 'tools', `${basename(objectPath)}.json`);
  return existsSync(path) ? path : undefined;
}

/** An object that the user handed over. Throws Failure of layer `object` where it holds no programs. */
export function ownProgram(objectPath: string, sha256: string, programsFolder: string): LibraryProgram {
  const [inspected] = inspectFile(objectPath);
  if (inspected === undefined) throw new Error('a file that opens holds an object');
  const { programs } = inspected.facts;
  const name = basename(objectPath);
  const names = programs.map((each) => each.name).join(', ');
  const listing = {
    programId: `${OWN_PROGRAM}${sha256.slice(0, 16)}`,
    title: { en: name, zh: name },
    summary: { en: names, zh: names },
  };
  return { listing, manifestPath: undefined, objectPath, toolPath: toolTableOf(objectPath, programsFolder) };
}

/** The manifest that belongs to an object file: `NAME.json` beside `NAME.bpf.o` or `NAME.o`. */
export function manifestBeside(objectPath: string): string | undefined {
  const path = join(dirname(objectPath), `${basename(objectPath).replace(/(\.bpf)?\.o$/, '')}.json`);
  return existsSync(path) ? path : undefined;
}
