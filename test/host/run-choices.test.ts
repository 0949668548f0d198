import { expect, test } from 'vitest';

import { iteratorsAsked, limitsAsked, reportCommand } from '../../electron/host/run-choices.ts';
import { runFixture } from '../report/fixture.ts';

test('reads limits from text, and none from blanks', () => {
  expect(limitsAsked({ cpu: ' ', comm: '' })).toBeUndefined();
  expect(limitsAsked({ cpu: '0, 2-4', from: ' +1.5 ', comm: 'a b, c' })).toMatchObject({
    cpus: [0, 2, 3, 4],
    from: '+1.5',
    comms: ['a b', 'c'],
  });
});

test('reads when iterators are read, and refuses what is no time', () => {
  expect(iteratorsAsked({ at: ' ' })).toBeUndefined();
  expect(iteratorsAsked({ at: ' 1.5 ', maps: { dump: 'counts' } })).toEqual({
    at: '1.5',
    maps: { dump: 'counts' },
  });
  expect(() => iteratorsAsked({ at: 'noon' })).toThrow(expect.objectContaining({ code: 'bad-setting' }));
});

test('the command of a report names all that was asked of its run, a word a shell would take as one', () => {
  const run = {
    ...runFixture(1),
    programId: 'own-0123',
    settings: { target: '7', name: "it's" },
    limits: { cpu: '0,2', comm: 'a, b' },
    toolArguments: ' -p  185 ',
    iterators: { at: ' +1 ', maps: { dump: 'counts' } },
    symbolFiles: [{ fileId: '1', name: 'lib c.so' }],
  };
  expect(reportCommand('a case.zip', 'runqlat', run)).toEqual([
    ...['retroprobe', 'report', 'a case.zip', '--program', 'runqlat', '--out', 'report.html'],
    ...[
      '--set',
      'target=7',
      '--set',
      "name=it's",
      '--at',
      '+1',
      '--iter-map',
      'dump=counts',
      '--symbols',
      'lib c.so',
      '--cpu',
      '0,2',
      '--comm',
      'a',
      '--comm',
      'b',
    ],
    ...['--', '-p', '185'],
  ]);
  expect(reportCommand('a', 'x.o', runFixture(1)).slice(3, 5)).toEqual([
    '--program',
    runFixture(1).programId,
  ]);
});
