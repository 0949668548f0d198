import { expect, test } from 'vitest';

import { retroprobe } from './cli.ts';

const SAMPLE = 'traces/runqueue-contention.zip';

test('attach says what calls each program, and --explain what it asks for', () => {
  const { code, stdout } = retroprobe('attach', 'scheduling/runqlat', SAMPLE);
  expect(code).toBe(0);
  expect(stdout).toMatch(/on_switch {6}tracepoint:sched:sched_switch {6}9,971 events/);
  const explained = retroprobe('attach', 'scheduling/runqlat', SAMPLE, '--explain').stdout;
  expect(explained).toContain('attached to tracepoint:sched:sched_wakeup_new\n  59  sched:sched_wakeup_new');
});

test('attach --json tells of a refused program too; a bundle that is not there is named', () => {
  const { code, stdout } = retroprobe('attach', 'test/programs/refused.bpf.o', SAMPLE, '--json');
  const { programs } = JSON.parse(stdout) as { programs: { program: string; refusal: unknown }[] };
  expect(programs.find(({ program }) => program === 'null_map_value')?.refusal).toMatchObject({
    code: 'maybe-null',
    reason: expect.stringContaining('map_value_or_null') as string,
  });
  // None of these attaches by itself.
  expect(code).toBe(0);
  const wrong = retroprobe('attach', 'test/programs/tasks.bpf.o', 'nowhere.zip');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('nowhere.zip');
});
