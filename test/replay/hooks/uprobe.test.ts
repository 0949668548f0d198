import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { numbersIn, replayOn, traceText } from './on-bundle.ts';
import { workload } from './workload.ts';

const PROBES = 'test/programs/probes.bpf.o';
const LIST = '/sys/kernel/tracing/uprobe_events';
const CALLS = 2000;

const WORKLOAD = `
#include <stdio.h>
#include <stdlib.h>
__attribute__((noinline)) int work(int number, const char *name)
{
	__asm__ volatile("" ::: "memory");
	return name[0] + number;
}
int main(void)
{
	long asked = 0, got = 0;
	char name[32];
	for (int i = 0; i < ${CALLS}; i++) {
		snprintf(name, sizeof(name), "file %d", i);
		asked += i;
		got += work(i, name);
	}
	printf("%ld %ld", asked, got);
	return 0;
}
`;

/** The same through an instance of ftrace: its text, as the kernel prints it. */
function traceOf(context: TestContext, group: string, program: string): string {
  const instance = `/sys/kernel/tracing/instances/${group}`;
  try {
    mkdirSync(instance);
  } catch {
    context.skip('tracefs makes no instance here');
  }
  onTestFinished(() => rmdirSync(instance));
  writeFileSync(`${instance}/events/${group}/enable`, '1');
  execFileSync(program);
  writeFileSync(`${instance}/events/${group}/enable`, '0');
  return readFileSync(`${instance}/trace`, 'utf8');
}

/** perf.data of the workload with probes of its function, what lists them, and what the workload counted itself. */
function record(context: TestContext) {
  const { path: program, record: run } = workload(context, WORKLOAD);
  const [, offset] =
    /^0*([0-9a-f]+) T work$/m.exec(execFileSync('nm', [program], { encoding: 'utf8' })) ?? [];
  if (!existsSync(LIST)) context.skip('tracefs has no uprobe_events here');
  const group = `retroprobe_${process.pid}`;
  const place = `${program}:0x${offset ?? '0'}`;
  const probes = [
    `p:${group}/work ${place} n=%di:s32 name=+0(%si):string`,
    `r:${group}/work__return ${place} ret=$retval:s32`,
  ];
  try {
    for (const probe of probes) appendFileSync(LIST, `${probe}\n`);
  } catch {
    context.skip('uprobes cannot be set here: it takes root');
  }
  onTestFinished(() => appendFileSync(LIST, `-:${group}/work\n-:${group}/work__return\n`));
  const { data, printed } = run([`${group}:work`, `${group}:work__return`]);
  const [asked = '', got = ''] = printed.split(' ');
  const text = traceOf(context, group, program);
  return { data, text, list: `${probes.join('\n')}\n`, program, asked, got };
}

test('a recorded uprobe gives what the workload itself counted, through registers and memory', async (context) => {
  const { data, text, list, program, asked, got } = record(context);
  const recordings: Record<string, string | Uint8Array>[] = [{ 'perf.data': data }, { 'trace.txt': text }];
  for (const recorded of recordings) {
    const replayed = await replayOn(
      PROBES,
      { ...recorded, uprobe_events: list },
      {
        programs: ['worked', 'worked_ret'],
        attachTargets: { worked: `${program}:work`, worked_ret: `uretprobe/${program}:work` },
      },
    );
    expect(replayed.calls).toEqual({ worked: CALLS, worked_ret: CALLS });
    expect(numbersIn(replayed, 'sums')).toEqual({ 4: BigInt(asked), 5: BigInt(got) });
  }
});

test('probes of a file are no others, and what a program is attached to must be said', async () => {
  const files = {
    'trace.txt': traceText([[7, 'work: (0x401159) n=3 name="f"']]),
    uprobe_events: 'p:uprobes/work /bin/one:0x0000000000001159 n=%di:s32 name=+0(%si):string\n',
  };
  const at = (target: string) =>
    replayOn(PROBES, files, { programs: ['worked'], attachTargets: { worked: target } });
  expect(numbersIn(await at('/bin/one:work'), 'sums')).toEqual({ 4: 3n });
  expect(numbersIn(await at('one:0x1159'), 'sums')).toEqual({ 4: 3n });
  await expect(at('/bin/other:work')).rejects.toMatchObject({ code: 'event-not-recorded' });
  await expect(replayOn(PROBES, files, { programs: ['worked'] })).rejects.toMatchObject({
    code: 'bad-attach-target',
    reason: expect.stringContaining('--attach worked=uprobe/TARGET') as string,
  });
});
