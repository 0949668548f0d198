/**
 * Builds every `*.bpf.c` of programs/ and test/programs/ to the object committed beside it, and the
 * modelled kernel's types (build-model.ts).
 *
 *   node build/build-programs.ts           build all
 *   node build/build-programs.ts --check   build apart; exit 1 naming every object that differs
 *
 * The result depends on the sources, on clang's version and on libbpf's headers, not on where the
 * project lies: paths in it are relative to the project.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { buildModel, MODEL_TYPES } from './build-model.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['programs/**/*.bpf.c', 'test/programs/*.bpf.c'];

/** Committed objects are built by this one; another version's code differs. */
const CLANG = 'clang-19';
const STRIP = 'llvm-strip-19';
const OBJCOPY = 'llvm-objcopy-19';

const FLAGS = [
  '-O2',
  '-g',
  '-target',
  'bpf',
  '-mcpu=v3',
  '-Wall',
  '-Werror',
  '-fdebug-compilation-dir=.',
  `-ffile-prefix-map=${ROOT}=`,
];

/** Sources, relative to the project, in a stable order. */
export function programSources(): string[] {
  return globSync(SOURCES, { cwd: ROOT }).sort();
}

/** Compiles one source; debug sections go, the types and lines that loaders read stay. */
export function buildProgram(source: string, object: string): void {
  execFileSync(CLANG, [...FLAGS, '-c', source, '-o', object], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  execFileSync(STRIP, ['-g', object], { cwd: ROOT });
}

/** Missing tools, as a message; undefined if all are there. */
export function missingTools(): string | undefined {
  for (const tool of [CLANG, STRIP, OBJCOPY]) {
    try {
      execFileSync(tool, ['--version'], { stdio: 'ignore' });
    } catch {
      return `${tool} is not installed: programs are built with LLVM 19 and libbpf's headers (Debian: clang-19 llvm-19 libbpf-dev)`;
    }
  }
  return undefined;
}

function objectOf(source: string): string {
  return source.replace(/\.c$/, '.o');
}

/** Objects that are missing or are not what their source builds to. */
function differingObjects(): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'programs-'));
  try {
    return programSources()
      .filter((source) => {
        const fresh = join(directory, 'object.o');
        buildProgram(source, fresh);
        return !isEqualTo(readFileSync(fresh), join(ROOT, objectOf(source)));
      })
      .map(objectOf);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function isEqualTo(bytes: Buffer, path: string): boolean {
  try {
    return bytes.equals(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function main(isCheck: boolean): number {
  const missing = missingTools();
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  if (isCheck) {
    const differing = differingObjects();
    if (!isEqualTo(Buffer.from(buildModel()), join(ROOT, MODEL_TYPES))) differing.push(MODEL_TYPES);
    for (const object of differing) console.error(`${object}: not what its source builds to`);
    return differing.length === 0 ? 0 : 1;
  }
  for (const source of programSources()) {
    buildProgram(source, join(ROOT, objectOf(source)));
    console.log(objectOf(source));
  }
  writeFileSync(join(ROOT, MODEL_TYPES), buildModel());
  console.log(MODEL_TYPES);
  return 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.includes('--check'));
}
