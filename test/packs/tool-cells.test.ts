import { expect, test } from 'vitest';

import { cellText, NOT_RECORDED, type CellFormat } from '../../electron/packs/tool-cells.ts';

test.each<[CellFormat, Parameters<typeof cellText>[1], Parameters<typeof cellText>[2], string]>([
  ['fd', 3, [], '3'],
  ['fd', -2, [], '-1'],
  ['error', -2, [], '2'],
  ['error', 3, [], '0'],
  ['hex', '18446612686390577024', [], 'ffff888101864780'],
  ['syscall', 257, [], 'openat'],
  ['ip', [127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [2], '127.0.0.1'],
  ['ip', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [10], '::1'],
  ['ip', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [10], '2001:db8::1'],
  ['ip', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], [10], 'fe80::200:0:0:0'],
  ['tcpState', 10, [], 'LISTEN'],
  ['device', 0x700001, [], '7:1'],
  ['percent', 1, [2], '33'],
  ['percent', 0, [0], '0'],
  ['sum', 4, [5], '9'],
  ['id', 7, [], '7'],
  ['id', -1, [], '<not recorded>'],
  ['signal', 15, [], 'SIGTERM'],
  ['exit', 3, [0], 'code 3'],
  ['exit', 0, [0], '0'],
  ['exit', 0, [15], 'signal 15 (Terminated)'],
  ['exit', 0, [0x8b], 'signal 11 (Segmentation fault), core dumped'],
  ['exit', -1, [0xff], NOT_RECORDED],
  ['words', 'true\0one\0\0\0\0', [9], 'true one'],
  ['words', NOT_RECORDED, [0], NOT_RECORDED],
  [
    'mountCall',
    0,
    [0, 6, 'none\0', '/mnt\0', 'tmpfs\0', ''],
    'mount("none", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, "") = 0',
  ],
  ['mountCall', -2, [1, 0, '', '/mnt\0', '', ''], 'umount("/mnt", 0x0) = -ENOENT'],
])('%s of %j beside %j is printed as %s', (format, value, beside, text) => {
  expect(cellText(format, value, beside)).toBe(text);
});

test('how long ago a time was that is not known is not recorded', () => {
  expect(cellText('since', 5_000, [3_000])).toBe('2000');
  expect(cellText('since', 5_000, ['18446744073709551615'])).toBe('<not recorded>');
});

test('numbers of system calls are those of the machine that was recorded', () => {
  expect(cellText('syscall', 56, [], 'aarch64')).toBe('openat');
  expect(cellText('syscall', 56, [], 'x86_64')).toBe('clone');
});
