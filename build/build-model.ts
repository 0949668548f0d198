/**
 * Builds the modelled kernel's types: electron/replay/kernel/model/*.c to the BTF in `types.ts` beside
 * them, as text, so that every door carries it without a file to find.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = 'electron/replay/kernel/model';
const CLANG = 'clang-19';
const OBJCOPY = 'llvm-objcopy-19';
const COLUMNS = 100;
/** Paths in what is built are relative to the project. */
const PATH_FLAGS = ['-fdebug-compilation-dir=.', `-ffile-prefix-map=${ROOT}=`];

/** The file the types are written to, relative to the project. */
export const MODEL_TYPES = `${FOLDER}/types.ts`;

const PARTS = [
  { name: 'X86_64', comment: 'On x86-64.', source: 'model.c', flags: [] },
  { name: 'ARM64', comment: 'On arm64.', source: 'model.c', flags: ['-DRETROPROBE_MODEL_ARM64'] },
  { name: 'TRACEPOINTS', comment: 'Records of tracepoints.', source: 'tracepoints.c', flags: [] },
] as const;

/** The text of MODEL_TYPES as the sources build to now. */
export function buildModel(): string {
  const head = [
    '/** BTF of the modelled kernel, base64. Built from model.c and tracepoints.c by build/build-model.ts: edit those. */',
  ];
  const parts = PARTS.map(({ name, comment, source, flags }) => {
    const lines = chunks(typesOf(source, flags).toString('base64')).map((text) => `  '${text}'`);
    return `\n/** ${comment} */\nexport const ${name} =\n${lines.join(' +\n')};`;
  });
  return `${[...head, ...parts].join('\n')}\n`;
}

function typesOf(source: string, flags: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'model-'));
  try {
    const object = join(folder, 'model.o');
    const types = join(folder, 'model.btf');
    const stdio = ['ignore', 'inherit', 'inherit'] as const;
    const common = ['-O2', '-g', '-target', 'bpf', '-Wall', '-Werror', ...PATH_FLAGS, ...flags];
    execFileSync(CLANG, [...common, '-c', join(FOLDER, source), '-o', object], {
      cwd: ROOT,
      stdio: [...stdio],
    });
    execFileSync(OBJCOPY, ['--dump-section', `.BTF=${types}`, object], { stdio: [...stdio] });
    return readFileSync(types);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function chunks(text: string): string[] {
  return text.match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
}
