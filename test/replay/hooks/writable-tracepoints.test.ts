/** Programs that may write what a tracepoint's first argument points to. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject, type AttachedObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { eventType, fakeSource, integerField, record, schedSwitchType } from '../fake-source.ts';

const FILE = 'test/programs/writable.bpf.o';
const EBUSY = 16;

const finished = eventType(0, 'bpf_test_run', 'bpf_test_finish', [integerField('err', 8, 4)]);
const sent = eventType(1, 'nbd', 'nbd_send_request', [integerField('nbd_request', 8, 8)]);
const types = [finished, sent, schedSwitchType(2)];

async function run(program: string, errors: readonly number[]): Promise<AttachedObject> {
  const events = errors.map((err, index) => ({
    timeNs: BigInt(index),
    type: 0,
    bytes: record(finished, { err }),
  }));
  const object = openObject(readFileSync(FILE), FILE);
  const attached = await attachObject(object, [fakeSource(types, events)], { programs: [program] });
  await replay(attached);
  return attached;
}

test('what a program writes is an effect, and the next program and event see what was recorded', async () => {
  const { moment, maps } = await run('fails_tests', [0, -22, 0]);
  const after = Uint8Array.from(new Uint8Array(Int32Array.of(-EBUSY).buffer));
  const facts = { tracepoint: 'bpf_test_finish', before: new Uint8Array(4), after };
  expect(moment.effects.map(({ effect }) => effect)).toEqual([
    { kind: 'tracepoint_write', facts },
    { kind: 'tracepoint_write', facts },
  ]);
  const bss = [...(maps.find(({ definition }) => definition.name.endsWith('.bss'))?.entries() ?? [])][0];
  expect(bss && new DataView(bss.value.buffer, bss.value.byteOffset).getBigInt64(0, true)).toBe(-22n);
});

test.each([
  ['beyond', 'beyond-tracepoint', 'lets programs write 4 bytes, and it reaches 8 bytes far'],
  ['writes_nothing_there_is', 'beyond-tracepoint', 'lets programs write nothing, and it reaches 4 bytes far'],
  ['unrecorded', 'argument-not-recorded', 'which no recording holds'],
])('a program that %s is refused when it is attached', async (program, code, reason) => {
  await expect(run(program, [])).rejects.toMatchObject({
    code,
    reason: expect.stringContaining(reason) as string,
  });
});
