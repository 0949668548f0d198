import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import type { EngineName } from '../../electron/bpf/vm/machine.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import type { Fault } from '../../electron/replay/faults.ts';
import { fakeSource, record, schedSwitchType, schedWakeupType } from './fake-source.ts';

const types = [schedSwitchType(0), schedWakeupType(1)] as const;
const SWITCHES = 5;

/** A wakeup, then five switches. */
async function faultsOf(engine: EngineName): Promise<readonly Fault[]> {
  const object = openObject(readFileSync('test/programs/faults.bpf.o'), 'faults.bpf.o');
  const events = Array.from({ length: SWITCHES + 1 }, (_, index) => {
    const type = types[index === 0 ? 1 : 0];
    return { timeNs: BigInt(index), type: type.index, bytes: record(type, {}) };
  });
  const attached = await attachObject(object, [fakeSource(types, events, { batchEvents: 4 })], { engine });
  const { faults } = await replay(attached);
  expect(attached.programs.map((program) => program.events)).toEqual([5, 5, 5, 5]);
  return faults;
}

test.each(['jit', 'interpreter'] as const)(
  'counts by program what goes wrong and where it first did, and programs go on (%s)',
  async (engine) => {
    const source = 'fake';
    expect(await faultsOf(engine)).toEqual(
      expect.arrayContaining([
        { program: 'fills_map', kind: 'map-full', detail: 'seen', count: 3, firstEvent: 3, source },
        { program: 'fills_ring', kind: 'ringbuf-full', detail: 'records', count: 2, firstEvent: 2, source },
        {
          program: 'reads_nothing',
          kind: 'helper-error',
          detail: 'bpf_probe_read_kernel EFAULT',
          count: 5,
          firstEvent: 1,
          source,
        },
        { program: 'again', kind: 'tail-call-limit', detail: undefined, count: 5, firstEvent: 1, source },
      ]),
    );
  },
);

test('both engines tell of the same faults', async () => {
  expect(await faultsOf('jit')).toEqual(await faultsOf('interpreter'));
});
