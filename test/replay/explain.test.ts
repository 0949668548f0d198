import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { explainAttach } from '../../electron/replay/explain.ts';
import { helperNeeds } from '../../electron/replay/helper-needs.ts';
import { fakeSource, schedSwitchType } from './fake-source.ts';

const source = fakeSource([schedSwitchType(0)], []);

async function explained(path: string, switches: number) {
  const counts = new Map([[source, Float64Array.of(switches)]]);
  const programs = await explainAttach(openObject(readFileSync(path), path), [source], { counts });
  return new Map(programs.map((each) => [each.program, each]));
}

test('says of every program what calls it, how often, and what it does without', async () => {
  const programs = await explained('programs/scheduling/runqlat.bpf.o', 7);
  expect(programs.get('on_switch')).toMatchObject({
    hook: 'tracepoint:sched:sched_switch',
    events: [{ source: 'fake', type: 'sched:sched_switch', events: 7 }],
    refusal: undefined,
    doesWithout: ['trace_event_raw_sched_switch___32.prev_state'],
  });
  expect(programs.get('on_wakeup')?.refusal).toMatchObject({ code: 'event-not-recorded' });
});

test('one program that is refused does not keep the others from being explained, and names what it lacks', async () => {
  const programs = await explained('test/programs/tasks.bpf.o', 7);
  const refused = programs.get('by_pointer');
  expect(refused?.refusal).toMatchObject({ code: 'field-not-recorded' });
  expect(refused?.lacks).toContainEqual({
    what: 'task_struct.tgid',
    remedy: expect.stringContaining('task:task_newtask') as string,
  });
  expect(refused?.isAutoloaded).toBe(false);
});

test('an event that is described and was not recorded is named, with how to record it', async () => {
  const programs = await explained('test/programs/comm.bpf.o', 0);
  const [program] = programs.values();
  expect(program?.lacks).toContainEqual({
    what: 'sched:sched_switch',
    remedy: expect.stringContaining('-e sched:sched_switch') as string,
  });
});

test('what helpers would ask for in vain is named, where the recording does not tell it', () => {
  const GET_STACKID = 27;
  expect(helperNeeds([GET_STACKID], [source])).toEqual([
    { what: 'stacks', remedy: expect.stringContaining('perf record -g') as string },
  ]);
  const withStacks = { ...source, context: { ...source.context, callchains: [BigUint64Array.of(1n)] } };
  expect(helperNeeds([GET_STACKID], [withStacks])).toEqual([]);
});
