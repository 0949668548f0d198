import { expect, test } from 'vitest';
import { replayOn, traceText, type Replayed } from './on-bundle.ts';

const USDT = 'test/programs/usdt.bpf.o';
const EINVAL = 22;

const TEXT = traceText([
  [7, 'take: (0x7f1200101000) arg1=-5 arg2="small" arg4=1'],
  [7, 'take_1: (0x7f1200101400) arg1=9000 arg2="large one" arg4=2'],
  [7, 'other: (0x7f1200101800) arg1=1'],
]);
const LIST = [
  'p:sdt_pool/take /opt/pool/libpool.so:0x0000000000001000 arg1=%di:s64 arg2=+0(%si):string arg4=%dx:s32',
  'p:sdt_pool/take_1 /opt/pool/libpool.so:0x0000000000001400 arg1=%di:s64 arg2=+0(%si):string arg4=%dx:s32',
  'p:sdt_pool/other /opt/pool/libpool.so:0x0000000000001800 arg1=%di:s64',
  '',
].join('\n');

function seen({ outputs }: Replayed) {
  return outputs.map(({ bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
      size: view.getBigInt64(0, true),
      cookie: view.getBigInt64(16, true),
      status: view.getInt32(24, true),
      count: view.getInt32(28, true),
      text: Buffer.from(bytes.subarray(32)).toString('latin1').replace(/\0.*$/s, ''),
    };
  });
}

test('a USDT probe gives its arguments by number, at each of the places it is built into', async () => {
  const replayed = await replayOn(USDT, { 'trace.txt': TEXT, uprobe_events: LIST });
  expect(replayed.faults).toEqual([]);
  // The third argument was not recorded, and is not there for the program.
  expect(seen(replayed)).toEqual([
    { size: -5n, cookie: 0n, status: -EINVAL, count: 4, text: 'small' },
    { size: 9000n, cookie: 0n, status: -EINVAL, count: 4, text: 'large one' },
  ]);
});

test('without a list of the probes, their names are enough; a cookie is the one given', async () => {
  const replayed = await replayOn(USDT, { 'trace.txt': TEXT }, { attachTargets: { taken: ':pool:take#77' } });
  expect(seen(replayed).map(({ size, cookie }) => [size, cookie])).toEqual([
    [-5n, 77n],
    [9000n, 77n],
  ]);
});

test('a probe of another file is none of them', async () => {
  const files = { 'trace.txt': TEXT, uprobe_events: LIST.replaceAll('libpool', 'libother') };
  await expect(replayOn(USDT, files)).rejects.toMatchObject({ code: 'event-not-recorded' });
});
