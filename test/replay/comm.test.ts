import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { decodeValue } from '../../electron/bpf/object/typed-value.ts';
import { openObject } from '../../electron/bpf/object/open.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';
import { fieldOf, RecordReader, typeOf } from '../../electron/trace/record.ts';

test('the current comm at a switch is the name of the task that is leaving', async () => {
  const bundle = await openBundle('traces/runqueue-contention.zip');
  try {
    const [source] = bundle.sources;
    const type = source && typeOf(source.schema, 'sched:sched_switch');
    const prevComm = type && fieldOf(type, 'prev_comm');
    if (source === undefined || type === undefined || prevComm === undefined)
      throw new Error('the sample has switches');
    const reader = new RecordReader(source.schema);
    const expected = new Map<string, number>();
    for await (const batch of source.batches()) {
      for (let row = 0; row < batch.count; row += 1) {
        if (batch.type[row] !== type.index) continue;
        const comm = reader.text(batch, row, prevComm) ?? '';
        expected.set(comm, (expected.get(comm) ?? 0) + 1);
      }
    }
    const attached = await attachObject(openObject(readFileSync('test/programs/comm.bpf.o'), 'comm.bpf.o'), [
      source,
    ]);
    await replay(attached);
    const map = attached.maps.find((each) => each.definition.name === 'switches');
    const { btf } = attached.linked;
    if (map === undefined || btf === undefined) throw new Error('comm.bpf.o has a typed map');
    const counted = new Map(
      [...map.entries()].map(({ key, value }) => {
        const name = decodeValue(btf, map.definition.keyTypeId, key) as { comm: string };
        return [
          name.comm,
          Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, true)),
        ] as const;
      }),
    );
    expect(new Map([...counted].sort())).toEqual(new Map([...expected].sort()));
  } finally {
    bundle.close();
  }
});
