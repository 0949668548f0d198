import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import { fakeSource, record, schedSwitchType } from './fake-source.ts';

test('fills program arrays and maps of maps as they are declared, so that programs find them', async () => {
  const type = schedSwitchType(0);
  const bytes = record(type, { prev_comm: 'a', prev_pid: 1, prev_state: 1, next_comm: 'b', next_pid: 2 });
  const events = [10n, 20n, 30n].map((timeNs) => ({ timeNs, type: 0, tid: 1, bytes }));
  const object = openObject(readFileSync('test/programs/entries.bpf.o'), 'entries.bpf.o');
  const attached = await attachObject(object, [fakeSource([type], events)], { programs: ['first'] });
  await replay(attached);
  const values = (name: string): readonly bigint[] => {
    const map = attached.maps.find(({ definition }) => definition.name === name);
    return Array.from(
      map?.entries() ?? [],
      ({ value }) => new BigUint64Array(value.slice().buffer)[0] ?? -1n,
    );
  };
  expect(values('odds')).toEqual([0n, 3n, 0n, 0n]);
  expect(values('evens')).toEqual([0n, 0n, 0n, 0n]);
  expect(values('.bss')).toEqual([3n]);
});
