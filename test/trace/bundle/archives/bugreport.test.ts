import { expect, test } from 'vitest';
import { bugreport } from '../../../../electron/trace/bundle/archives/bugreport.ts';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { Unpacker } from '../../../../electron/trace/bundle/unpacker.ts';

const RULE = '='.repeat(56);
const TEXT = `${RULE}
== dumpstate: 2024-05-21 10:19:53
${RULE}

Build: example
------ UPTIME (uptime) ------
 10:19:53 up 14 min,  0 users,  load average: 1.00, 1.00, 1.00

------ 0.012s was the duration of 'UPTIME' ------
------ KERNEL LOG (dmesg) ------
[    0.000000] Linux version 6.1
------ not a heading, as its line goes on
------ 1.500s was the duration of 'KERNEL LOG' ------
------ KERNEL LOG (again) ------
[    1.000000] more
------ SHOW MAP 1: /init (su root showmap 1) ------
`;

test('gives each section of a bug report as a member, and what stands between them', async () => {
  const bytes = Buffer.from(TEXT);
  expect(bugreport.detect(bytes)).toBe(true);
  const unpacker = new Unpacker(() => expect.fail('nothing is to be unpacked'), undefined);
  const { members } = await bugreport.list(new MemoryBytes(bytes, 'b.txt'), 'b.txt/', unpacker);
  expect(members.map(({ name }) => name)).toEqual([
    'b.txt/HEADER',
    'b.txt/UPTIME',
    'b.txt/KERNEL LOG',
    'b.txt/KERNEL LOG (2)',
  ]);
  const kernelLog = await members[2]?.open();
  expect(Buffer.from(kernelLog?.read(0, kernelLog.sizeBytes) ?? []).toString()).toBe(
    '[    0.000000] Linux version 6.1\n------ not a heading, as its line goes on\n',
  );
});

test('takes no other text for a bug report', () => {
  expect(bugreport.detect(Buffer.from('------ UPTIME (uptime) ------\n'))).toBe(false);
  expect(bugreport.detect(Buffer.from('== dumpstate: 2024-05-21 10:19:53\n'))).toBe(false);
});
