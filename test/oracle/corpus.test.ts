import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTargetKernel } from '../../electron/host/target-kernel.ts';
import { verifyFiles, type ProgramVerdict } from '../../electron/host/verify-objects.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const KERNEL_TYPES = '/sys/kernel/btf/vmlinux';
const HEADERS = '/usr/include/x86_64-linux-gnu';
const TIMEOUT_MS = 240_000;
/** The least that the corpus holds. */
const PROGRAMS_MIN = 80;

const sources = readdirSync(CORPUS).filter((name) => name.endsWith('.bpf.c'));
const CPUS = ['v3', 'v4'] as const;
let folder = '';
let problem: string | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bpf-corpus-'));
  problem = build();
}, TIMEOUT_MS);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, ...given: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, given, { encoding: 'utf8' });
  return status === 0 ? undefined : `${command}: ${error?.message ?? stderr}`;
}

function objectOf(source: string, cpu: string): string {
  return join(folder, `${basename(source, '.bpf.c')}-${cpu}.o`);
}

/** Why there is nothing to ask, undefined where there is. */
function build(): string | undefined {
  const loader = join(import.meta.dirname, 'object-loader.c');
  const failed = run('cc', '-O1', '-Wall', '-o', join(folder, 'loader'), loader, '-lbpf');
  if (failed !== undefined) return failed;
  for (const source of sources) {
    for (const cpu of CPUS) {
      const options = ['-target', 'bpf', '-O2', '-g', `-mcpu=${cpu}`, '-I', HEADERS, '-w', '-c'];
      const refused = run('clang-19', ...options, join(CORPUS, source), '-o', objectOf(source, cpu));
      if (refused !== undefined) return refused;
    }
  }
  return undefined;
}

interface KernelVerdict {
  readonly isAccepted: boolean;
  readonly words: string;
}

/** -EPERM: this machine does not allow the program's type, whatever the program does. */
const NOT_PERMITTED = '-1';

function kernelVerdicts(object: string): Map<string, KernelVerdict> {
  const { stdout, stderr, status } = spawnSync(join(folder, 'loader'), [object], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const verdicts = new Map<string, KernelVerdict>();
  for (const line of stdout.trimEnd().split('\n')) {
    const [name = '', result = '', words = ''] = line.split('\t');
    if (result !== NOT_PERMITTED) verdicts.set(name, { isAccepted: result === '0', words });
  }
  return verdicts;
}

async function ourVerdicts(object: string): Promise<Map<string, ProgramVerdict>> {
  const verdicts = new Map<string, ProgramVerdict>();
  for await (const answer of verifyFiles([object], {
    target: readTargetKernel([KERNEL_TYPES]),
    isPrivileged: true,
  })) {
    if (answer.kind === 'failed') throw answer.failure;
    verdicts.set(answer.verdict.program, answer.verdict);
  }
  return verdicts;
}

/** What is refused in plain words for not being modelled is no error, but is shown. */
const NOT_YET = /not verified yet/;

describe.each(CPUS)('programs as people write them, compiled for %s', (cpu) => {
  it.for(sources)(
    '%s is accepted and refused as promised',
    { timeout: TIMEOUT_MS },
    async (source, context) => {
      if (problem !== undefined) return context.skip(problem);
      const ours = [...(await ourVerdicts(objectOf(source, cpu))).values()];
      const wrong = ours.filter(({ program, verdict }) => (verdict === 'accepted') !== isGood(program));
      for (const { program, reason } of wrong) {
        if (NOT_YET.test(reason)) console.log(`${source}: ${program}: ${reason}`);
      }
      expect(wrong.filter(({ reason }) => !NOT_YET.test(reason)).map(wordsOf)).toEqual([]);
    },
  );

  it.for(sources)('%s is what it promises to the kernel', { timeout: TIMEOUT_MS }, (source, context) => {
    if (problem !== undefined) return context.skip(problem);
    const verdicts = kernelVerdicts(objectOf(source, cpu));
    if (verdicts.size === 0) return context.skip('the kernel lets none of them be loaded');
    const wrong = [...verdicts].filter(([program, { isAccepted }]) => isAccepted !== isGood(program));
    expect(wrong).toEqual([]);
  });
});

function isGood(program: string): boolean {
  if (!/^(good|bad)_/.test(program)) throw new Error(`${program} promises nothing`);
  return program.startsWith('good_');
}

function wordsOf({ program, verdict, reason }: ProgramVerdict): string {
  return `${program}: ${verdict} ${reason}`;
}

it(`the corpus holds ${PROGRAMS_MIN} programs and more`, async (context) => {
  if (problem !== undefined) return context.skip(problem);
  const counts = await Promise.all(
    sources.map(async (source) => (await ourVerdicts(objectOf(source, 'v3'))).size),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(PROGRAMS_MIN);
});
