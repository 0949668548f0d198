import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { Limits } from '../../../electron/replay/limits.ts';
import { fakeSource, record, schedSwitchType } from '../fake-source.ts';

const object = openObject(readFileSync('test/programs/timed.bpf.o'), 'timed.bpf.o');
const type = schedSwitchType(0);
const ALL = { setup: 'begin', summary: 'end', tick: 'every:100ns' };

/** `what time switches` in the order they happened. */
async function happened(
  times: readonly number[],
  attachTargets: Readonly<Record<string, string>> = ALL,
  limits: Limits = {},
): Promise<string[]> {
  const events = times.map((time) => ({ timeNs: BigInt(time), type: 0, bytes: record(type, {}) }));
  const source = fakeSource([type], events, { batchEvents: 2 });
  const programs = [...Object.keys(attachTargets), 'on_switch'];
  const attached = await attachObject(object, [source], { attachTargets, programs });
  const { outputs, faults } = await replay(attached, { limits });
  expect(faults).toEqual([]);
  return outputs.map(({ bytes, timeNs, program }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    expect(view.getBigUint64(0, true)).toBe(timeNs);
    // Between events nobody is known to run.
    expect(view.getInt32(16, true)).toBe(-1);
    return `${program} ${timeNs} ${view.getBigUint64(8, true)}`;
  });
}

test('begins before the first event, ends after the last, and ticks in trace time', async () => {
  expect(await happened([1000, 1099, 1100, 1350])).toEqual([
    'setup 1000 0',
    'tick 1100 2',
    'tick 1200 3',
    'tick 1300 3',
    'summary 1350 4',
  ]);
});

test('a recording without events begins and ends all the same', async () => {
  expect(await happened([])).toEqual(['setup 0 0', 'summary 0 0']);
});

test('keeps to the limits of time', async () => {
  expect(await happened([1000, 1110, 1300, 1500], ALL, { fromNs: 1100n, toNs: 1400n })).toEqual([
    'setup 1100 0',
    'tick 1200 1',
    'tick 1300 1',
    'summary 1400 2',
  ]);
});

test('what only user space calls is left out unless it is asked for', async () => {
  const source = fakeSource([type], []);
  const attach = (options: Parameters<typeof attachObject>[2]) => attachObject(object, [source], options);
  const attached = await attach({ attachTargets: { tick: 'every:1s' } });
  expect(attached.programs.map(({ program }) => program.name)).toEqual(['tick', 'on_switch']);
  await expect(attach({ programs: ['setup'] })).rejects.toMatchObject({ code: 'no-time' });
  for (const target of ['every:', 'every:0s', 'every:1h', 'every:999999999999999999s'])
    await expect(attach({ attachTargets: { tick: target } })).rejects.toMatchObject({ code: 'bad-target' });
});

test.each(['test/programs/samples.bpf.o', 'test/programs/probes.bpf.o'])(
  'a program that reads its context is refused, for it would have none: %s',
  async (path) => {
    const probe = openObject(readFileSync(path), path);
    const [name = ''] = probe.functions.map((each) => each.name);
    const options = { programs: [name], attachTargets: { [name]: 'begin' } };
    await expect(attachObject(probe, [fakeSource([type], [])], options)).rejects.toMatchObject({
      code: 'context-access',
    });
  },
);
