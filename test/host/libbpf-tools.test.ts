/** Debian's libbpf-tools as an engineer would check them: every program, on the modelled kernel. */
import { expect, test } from 'vitest';

import { modelledKernel } from '../../electron/host/target-kernel.ts';
import { verifyFiles, type ProgramVerdict } from '../../electron/host/verify-objects.ts';
import { installedTools } from '../bpf/object/sample.ts';

/** File systems' functions, which a tool names when it knows the file system. */
const attachTargets = Object.fromEntries(
  [
    ['file_read', 'ext4_file_read_iter'],
    ['file_write', 'ext4_file_write_iter'],
    ['file_open', 'ext4_file_open'],
    ['file_sync', 'ext4_sync_file'],
    ['getattr', 'ext4_file_getattr'],
  ].flatMap(([program, target]) => [
    [`${program}_fentry`, target],
    [`${program}_fexit`, target],
  ]),
) as Record<string, string>;

/** Programs a tool tries to load first, where the kernel has what they are attached to. */
function isTyped({ type }: ProgramVerdict): boolean {
  return type === 'tracing';
}

test('accepts the programs every tool would choose', async (ctx) => {
  const tools = installedTools();
  if (tools.length === 0) ctx.skip('libbpf-tools is not installed');
  const request = { target: modelledKernel(), isPrivileged: true, attachTargets };
  const verdicts = new Map<string, ProgramVerdict[]>();
  for (const { name } of tools) verdicts.set(name, []);
  for await (const answer of verifyFiles(
    tools.map(({ name }) => `/usr/sbin/${name}`),
    request,
  )) {
    if (answer.kind === 'failed') throw answer.failure;
    verdicts.get(answer.verdict.file)?.push(answer.verdict);
  }
  for (const [tool, programs] of verdicts) console.info(summary(tool, programs));
  for (const [tool, programs] of verdicts) {
    const isAccepted = (set: readonly ProgramVerdict[]): boolean =>
      set.length > 0 && set.every(({ verdict }) => verdict === 'accepted');
    const typed = programs.filter(isTyped);
    const untyped = programs.filter((each) => !isTyped(each));
    expect(isAccepted(typed) || isAccepted(untyped), `${tool}: one of its sets of programs`).toBe(true);
    // What is attached by address, by event or by register needs nothing that could be missing.
    expect(untyped.filter(({ verdict }) => verdict === 'rejected')).toEqual([]);
  }
  expect(verdicts.size).toBeGreaterThanOrEqual(52);
});

/** `fsdist  20 of 20 accepted, 67 ms`, and whatever was not. */
function summary(tool: string, programs: readonly ProgramVerdict[]): string {
  const rejected = programs.filter(({ verdict }) => verdict === 'rejected');
  const ms = programs.reduce((sum, each) => sum + each.ms, 0);
  const counts = `${programs.length - rejected.length} of ${programs.length} accepted, ${ms.toFixed(0)} ms`;
  return [
    `  ${tool.padEnd(16)} ${counts}`,
    ...rejected.map(({ program, reason }) => `    ${program}: ${reason}`),
  ].join('\n');
}
