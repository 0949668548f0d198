import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject, type AttachOptions } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { fakeSource, record, schedSwitchType, type FakeEvent } from '../fake-source.ts';

const object = openObject(readFileSync('test/programs/iterators.bpf.o'), 'iterators.bpf.o');
const type = schedSwitchType(0);
const EXIT_DEAD = 16;

function switchTo(timeNs: number, prev: number, next: number, state = 1): FakeEvent {
  const bytes = record(type, {
    prev_comm: `task-${prev}`,
    prev_pid: prev,
    prev_state: state,
    next_comm: `task-${next}`,
    next_pid: next,
  });
  return { timeNs: BigInt(timeNs), type: 0, tid: prev, bytes };
}

async function read(programs: readonly string[], options: AttachOptions = {}) {
  const events = [switchTo(10, 7, 8), switchTo(20, 8, 9), switchTo(30, 9, 7, EXIT_DEAD)];
  const tgids = new Map([7, 8, 9, 100].map((tid) => [tid, tid]));
  const source = fakeSource([type], events, { tgids, comms: new Map([[100, 'long-gone']]) });
  const attached = await attachObject(object, [source], { programs, ...options });
  await replay(attached);
  const texts = attached.programs.flatMap(({ plan }) => plan.sequence ?? []);
  return { texts: texts.map(({ bytes }) => new TextDecoder().decode(bytes)), moment: attached.moment };
}

test('goes through the tasks that live at the end: not those that ended, nor those that saved names alone tell of', async () => {
  const { texts, moment } = await read(['dump_tasks']);
  expect(texts).toEqual(['7 7 task-7\n8 8 task-8\nend\n']);
  expect([...moment.missingCounts]).toContainEqual(['whether threads that only saved names tell of live', 1]);
});

test('or through those of another time, which may come before the first event or after the last', async () => {
  const at = async (atNs: bigint) => (await read(['dump_tasks'], { iterators: { atNs } })).texts;
  expect(await at(21n)).toEqual(['7 7 task-7\n8 8 task-8\n9 9 task-9\nend\n']);
  expect(await at(0n)).toEqual(['end\n']);
  expect(await at(99n)).toEqual(['7 7 task-7\n8 8 task-8\nend\n']);
});

test('goes through maps, and through the elements of the one that is named or alone fits', async () => {
  const maps = { dump_switched: 'switched' };
  const { texts } = await read(['dump_maps', 'dump_switched', 'on_switch'], { iterators: { maps } });
  expect(texts[0]?.split('\n')).toEqual(expect.arrayContaining(['switched 64', 'by_cpu 2']));
  expect(texts[1]?.replaceAll(/ +/g, ' ')).toBe('0: 7 1\n1: 8 1\n2: 9 1\nend after 2\n');
  for (const named of [undefined, { dump_switched: 'none' }, { dump_switched: '.bss' }])
    await expect(read(['dump_switched'], { iterators: { maps: named } })).rejects.toMatchObject({
      code: 'no-iterated-map',
    });
});

test('refuses by name what no recording holds', async () => {
  const options = { programs: ['dump_tasks'], attachTargets: { dump_tasks: 'task_file' } };
  await expect(attachObject(object, [fakeSource([type], [])], options)).rejects.toMatchObject({
    code: 'iterator-not-replayable',
    reason: expect.stringContaining('which files a process has open') as string,
  });
});
