import { expect, test } from 'vitest';
import { replayOn, traceText, type Replayed } from './on-bundle.ts';

const FUNCTIONS = 'test/programs/functions.bpf.o';
const FILE = 0xffff_8881_0000_1000n;
const ENTRY = 'in: (ffffffff81300004) f=0xffff888100001000 n=0x40';
const NESTED = 'in: (ffffffff81300004) f=0xffff888100002000 n=0x50';
const RETURN = 'out: (ffffffff81300000 <- ffffffff81299999)';
const EVENTS = 'p:kprobes/in vfs_read f=%di n=$arg3\nr:kprobes/out vfs_read r=$retval\n';

function callsOf({ outputs }: Replayed) {
  return outputs.map(({ bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
      file: view.getBigUint64(0, true),
      count: view.getBigUint64(8, true),
      ret: view.getBigInt64(16, true),
      address: view.getBigUint64(24, true),
      third: view.getBigUint64(32, true),
      status: view.getInt32(40, true),
      arguments: view.getUint32(44, true),
    };
  });
}

test('at its entry a function has the arguments that a probe fetched, and its own address', async () => {
  const replayed = await replayOn(FUNCTIONS, { 'trace.txt': traceText([[7, ENTRY]]), kprobe_events: EVENTS });
  expect(callsOf(replayed)).toEqual([
    {
      file: FILE,
      count: 0x40n,
      ret: 0n,
      address: 0xffff_ffff_8130_0004n,
      third: 0x40n,
      status: 0,
      arguments: 4,
    },
  ]);
});

test('at its return a function has the arguments of the call that the same thread began', async () => {
  const files = {
    'trace.txt': traceText([
      [7, ENTRY],
      [7, NESTED],
      [8, ENTRY],
      [7, `${RETURN} r=0x9`],
      [8, `${RETURN} r=0x2`],
      [7, `${RETURN} r=0x1`],
      [9, `${RETURN} r=0x3`],
    ]),
    kprobe_events: EVENTS,
  };
  const replayed = await replayOn(FUNCTIONS, files, { programs: ['left'] });
  expect(callsOf(replayed).map(({ file, ret }) => [file, ret])).toEqual([
    [FILE + 0x1000n, 9n],
    [FILE, 2n],
    [FILE, 1n],
    [0xffff_ffff_ffff_ffffn, 3n],
  ]);
  expect(callsOf(replayed)[0]?.address).toBe(0xffff_ffff_8130_0000n);
  expect(replayed.attached.moment.missingCounts.get('vfs_read() arguments of a call begun unseen')).toBe(1);
});

test('an argument that nothing holds is refused, and asked of a helper it is not there', async () => {
  const files = {
    'trace.txt': traceText([[7, `${RETURN} r=0x9`]]),
    kprobe_events: EVENTS,
  };
  await expect(replayOn(FUNCTIONS, files, { programs: ['left'] })).rejects.toMatchObject({
    code: 'argument-not-recorded',
    reason: expect.stringContaining("'p:vfs_read vfs_read file=$arg1'") as string,
  });
  const replayed = await replayOn(FUNCTIONS, files, { programs: ['answered'] });
  expect(callsOf(replayed)).toMatchObject([{ ret: 9n, status: -22, arguments: 4 }]);
});

test('what a pointer leads to is what probes fetched of that object, last and under the names of its members', async () => {
  const files = {
    'trace.txt': traceText([
      [7, 'send: (tcp_sendmsg+0x0/0x40) sk=0xffff888100001000'],
      [7, 'close: (tcp_close+0x0/0x40) sk=0xffff888100001000 skc_num=443'],
      [7, 'close: (tcp_close+0x0/0x40) sk=0xffff888100002000 skc_num=80'],
      [7, 'send: (tcp_sendmsg+0x0/0x40) sk=0xffff888100001000'],
      [7, 'send: (tcp_sendmsg+0x0/0x40) sk=0xffff888100002000'],
    ]),
    kprobe_events:
      'p:kprobes/send tcp_sendmsg sk=%di\np:kprobes/close tcp_close sk=%di skc_num=+14(%di):u16\n',
  };
  const replayed = await replayOn(FUNCTIONS, files, { programs: ['sent'] });
  expect(callsOf(replayed).map(({ count }) => count)).toEqual([0xffffn, 443n, 80n]);
  expect(replayed.attached.moment.missingCounts.get('sock that tcp_sendmsg() was given')).toBe(1);
  const bare = { ...files, kprobe_events: 'p:kprobes/send tcp_sendmsg sk=%di\n' };
  bare['trace.txt'] = files['trace.txt'].replaceAll('skc_num', 'other');
  await expect(replayOn(FUNCTIONS, bare, { programs: ['sent'] })).rejects.toMatchObject({
    code: 'field-not-recorded',
  });
});
