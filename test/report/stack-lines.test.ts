import { expect, test } from 'vitest';
import { messagesOf } from '../../electron/report/messages.ts';
import { stackLines } from '../../electron/report/stack-lines.ts';

const map = {
  name: 'stacks',
  type: 'stack_trace',
  rows: [
    { key: 7, value: ['0xffffffff81399b71 schedule+0x23', '0x7f12 read+0x4c (libc.so.6)', '0x401000'] },
    { key: 9, value: ['0x401234 [unknown] (node)', ...Array.from({ length: 14 }, () => '0x1')] },
    { key: 11, value: [] },
  ],
  rowsCut: 4,
};

test('a stack is a frame a line, with addresses where there is no name, and what is cut is counted', () => {
  expect(stackLines(map, 2, messagesOf('en'))).toEqual([
    ...['7:', '  schedule+0x23', '  read+0x4c (libc.so.6)', '  0x401000'],
    ...['9:', '  0x401234 [unknown] (node)', ...Array.from({ length: 11 }, () => '  0x1')],
    ...['  and 3 more callers', 'and 5 more stacks'],
  ]);
});
