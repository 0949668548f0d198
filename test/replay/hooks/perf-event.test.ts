/** Programs on samples of a counter or clock. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { EventType } from '../../../electron/trace/event.ts';
import { folder } from '../../trace/bundle/on-disk.ts';
import { eventType, fakeSource, integerField, record } from '../fake-source.ts';
import { replayOn } from './on-bundle.ts';

const FILE = 'test/programs/samples.bpf.o';
const IP = 0x1234_5678_9abc;

const clock = eventType(0, 'perf', 'cpu-clock', [
  integerField('ip', 16, 8, false),
  integerField('period', 24, 8, false),
]);
const misses = eventType(1, 'perf', 'cache-misses', [
  integerField('ip', 16, 8, false),
  integerField('period', 24, 8, false),
]);
/** One of perf's own records. */
const comm = eventType(2, 'perf', 'comm', [integerField('pid', 16, 4), integerField('tid', 20, 4)]);

async function samples(program: string, types: readonly EventType[], target?: string): Promise<bigint[][]> {
  const events = types.map((type, index) => ({
    timeNs: 1n,
    cpu: 1,
    type: index,
    bytes: type === comm ? record(comm, {}) : record(type, { ip: IP, period: 1000 + type.index }),
  }));
  const placed = types.map((type, index) => ({ ...type, index }));
  const object = await attachObject(
    openObject(readFileSync(FILE), 'samples.bpf.o'),
    [fakeSource(placed, events)],
    {
      programs: [program],
      ...(target && { attachTargets: { [program]: target } }),
    },
  );
  const { outputs, faults } = await replay(object);
  expect(faults).toEqual([]);
  return outputs.map(({ bytes }) => [...new BigUint64Array(bytes.slice().buffer)]);
}

it('gives a sample’s place and period', async () => {
  expect(await samples('place', [clock, comm])).toEqual([[BigInt(IP), 1000n]]);
  expect(await samples('counts', [clock])).toEqual([[1n, 0n]]);
});

it('takes samples of the event that is named, where there are several', async () => {
  await expect(samples('place', [clock, misses])).rejects.toMatchObject({ code: 'several-events' });
  expect(await samples('place', [clock, misses], 'cache-misses')).toEqual([[BigInt(IP), 1001n]]);
});

it('is refused what samples do not hold, by its name', async () => {
  await expect(samples('reads_address', [clock])).rejects.toMatchObject({
    code: 'argument-not-recorded',
    facts: { argument: 'addr' },
  });
  await expect(samples('reads_register', [clock])).rejects.toMatchObject({
    code: 'argument-not-recorded',
    reason: expect.stringContaining('perf record --intr-regs=r12') as string,
  });
  await expect(samples('counts', [comm])).rejects.toMatchObject({ code: 'event-not-recorded' });
});

it('gives the registers that perf was told to record, as perf prints them', async (context) => {
  const path = join(folder(), 'perf.data');
  const told = ['record', '-o', path, '-e', 'cpu-clock', '--intr-regs=ax,ip,r12'];
  const recorded = spawnSync('perf', [
    ...told,
    '--',
    'sh',
    '-c',
    'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done',
  ]);
  if (recorded.status !== 0) context.skip('perf records no registers here');
  const printed = spawnSync('perf', ['script', '-i', path, '-F', 'period,iregs'], {
    encoding: 'utf8',
  }).stdout;
  const theirs = [...printed.matchAll(/R12:0x([0-9a-f]+)/g)].map(([, digits]) => BigInt(`0x${digits ?? ''}`));
  expect(theirs.length).toBeGreaterThan(5);
  const { outputs, faults } = await replayOn(
    FILE,
    { 'perf.data': readFileSync(path) },
    { programs: ['reads_register'] },
  );
  expect(faults).toEqual([]);
  expect(outputs.map(({ bytes }) => new BigUint64Array(bytes.slice().buffer)[0])).toEqual(theirs);
});
