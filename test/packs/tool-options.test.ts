import { expect, test } from 'vitest';

import { readToolOptions } from '../../electron/packs/tool-options.ts';
import { readTool } from '../../electron/packs/tool-table.ts';

const tool = (name: string) => readTool(`${import.meta.dirname}/../../programs/tools/${name}.json`);

test("a tool's options set what its user space sets", () => {
  const { settings, given } = readToolOptions(tool('runqlat'), ['-P', '-p', '185']);
  expect(settings).toEqual({ targ_per_process: true, targ_tgid: '185' });
  expect([...given]).toEqual(['-P', '-p']);
  expect(readToolOptions(tool('runqlat'), ['-p185']).settings).toEqual({ targ_tgid: '185' });
});

test.each([[['--pids', '--pid', '185']], [['--pids', '--pid=185']], [['-Pp185']], [['-Pp', '185']]])(
  'options %j are read as argp reads them',
  (args) => {
    const { settings, given } = readToolOptions(tool('runqlat'), args);
    expect(settings).toEqual({ targ_per_process: true, targ_tgid: '185' });
    expect([...given]).toEqual(['-P', '-p']);
  },
);

test('an option may have a long name alone', () => {
  const { settings } = readToolOptions(tool('offcputime'), ['--stack-storage-size=4096', '--state', '2']);
  expect(settings).toMatchObject({ 'stackmap.max_entries': '4096', state: '2' });
});

test('an argument without an option is told from one', () => {
  expect(readToolOptions(tool('runqslower'), ['500']).settings).toEqual({ min_us: '500' });
  expect(readToolOptions(tool('runqslower'), []).settings).toEqual({ min_us: 10000 });
});

test('a device is named by its numbers, as the kernel keeps them', () => {
  const { settings } = readToolOptions(tool('biolatency'), ['-d', '253:3']);
  expect(settings).toEqual({ filter_dev: true, targ_dev: String((253 << 20) | 3) });
});

test.each([
  [['-Z']],
  [['-p']],
  [['-p', 'x']],
  [['-P1']],
  [['5']],
  [['--pid']],
  [['--pid=']],
  [['--pids=1']],
  [['--nothing']],
  [['-']],
  [['--']],
])('options %j of runqlat are refused as usage', (args) => {
  expect(() => readToolOptions(tool('runqlat'), args)).toThrow(
    expect.objectContaining({ layer: 'usage', code: 'bad-option' }),
  );
});
