/** What compares must itself be able to say no. */
import { expect, test } from 'vitest';

import { compareHistograms, stepsBetween } from './compare-histograms.ts';
import { compareLines, compareRows } from './compare.ts';
import { compareStacks } from './compare-stacks.ts';
import type { FunctionsOf } from './same-address.ts';

const HEADING = 'PID    COMM  LAT PATH';
const lines = (...rows: readonly string[]): string[] => [
  'Tracing ... Hit Ctrl-C to end.',
  HEADING,
  ...rows,
  '',
];
const rules = { isOurs: ([pid]: readonly string[]) => pid === '7', durations: { LAT: 2 } };

test('lines of the workload are equal but for durations that clocks explain', () => {
  const { differences, notes } = compareLines(
    lines('7 a 10 /x y', '8 b 3 /other'),
    [HEADING, '7 a 12 /x y'],
    rules,
  );
  expect(differences).toEqual([]);
  expect(notes).toEqual(['durations within 2.0']);
});

test('a duration farther off lies between those of a recorder before the tool and of one after it', () => {
  const differences = (...before: readonly string[]): number =>
    compareLines(lines('7 a 40 /x y'), [HEADING, '7 a 10 /x y'], rules, [HEADING, ...before]).differences
      .length;
  expect(differences('7 a 39 /x y')).toBe(0);
  expect(differences('7 a 37 /x y')).toBe(1);
  expect(differences('7 a 1 /x y')).toBe(1);
  expect(differences('7 a 39 /x y', '7 a 39 /x y')).toBe(1);
});

test.each([
  ['another text', ['7 a 10 /x z']],
  ['a longer duration', ['7 a 13 /x y']],
  ['a line less', []],
  ['a line more', ['7 a 10 /x y', '7 a 10 /x y']],
  ['what is not recorded', ['7 a 10 <not recorded>']],
])('%s is a difference', (_what, replayed) => {
  expect(compareLines(lines('7 a 10 /x y'), [HEADING, ...replayed], rules).differences).toHaveLength(1);
});

test('rows of a key are compared whatever their order, and none at all is a difference', () => {
  const live = ['KEY COUNT', 'read 3', 'write 4'];
  expect(compareRows(live, ['KEY COUNT', 'write 4', 'read 3']).differences).toEqual([]);
  expect(compareRows(live, ['KEY COUNT', 'write 5', 'read 3']).differences).toEqual([
    'write: live 4, replay 5',
  ]);
  expect(compareRows(['KEY COUNT'], ['KEY COUNT']).differences).toHaveLength(1);
  expect(() => compareRows(['OTHER'], live)).toThrow('prints no line');
});

test('samples may move to the bucket beside theirs, and no farther', () => {
  expect(stepsBetween([4, 10, 3], [4, 10, 3])).toEqual([0, 0, 0]);
  expect(stepsBetween([4, 10, 3], [5, 8, 4])).toEqual([-1, 1, 0]);
  expect(stepsBetween([1, 0, 0], [0, 0, 1])).toBeUndefined();
  expect(stepsBetween([0, 0, 1], [1, 0, 0])).toBeUndefined();
});

test('of what happened while a tool began or ended it counted some, all or none, and no more', async () => {
  const [live, surely, most] = [5, 3, 6].map((count) => ['KEY COUNT', `read ${count}`]) as [
    string[],
    string[],
    string[],
  ];
  expect(compareRows(live, surely, most).differences).toEqual([]);
  expect(compareRows(live, surely).differences).toHaveLength(1);
  expect(compareRows(most, surely, live).differences).toHaveLength(1);
  const differences = async (counted: number, atMost?: number): Promise<number> => {
    const most = atMost === undefined ? [] : histogram(atMost);
    const printed = { live: histogram(counted), replayed: histogram(3), atMost: most, scaled: never };
    return (await compareHistograms(printed, 0)).differences.length;
  };
  expect(await differences(5, 6)).toBe(0);
  expect(await differences(5)).toBe(1);
  expect(await differences(7, 6)).toBe(1);
});

const stacksOf = (
  live: readonly string[],
  replayed: readonly string[],
  ...rest: [owner: RegExp, toleranceUs: number, functions?: FunctionsOf]
) => compareStacks({ live, replayed, liveErrors: [] }, ...rest);

/** As tools print them. */
function histogram(...counts: readonly number[]): string[] {
  return [
    '     usecs               : count    distribution',
    ...counts.map((count, slot) => `${2 ** slot} -> ${2 ** (slot + 1) - 1} : ${count}   |**|`),
  ];
}

const never = (): Promise<never> => Promise.reject(new Error('replayed again for nothing'));

test('histograms of other totals, or with more samples moved than clocks explain, differ', async () => {
  // Ten samples in the middle of every microsecond up to 32.
  const durations = [...Array(320).keys()].map((sample) => Math.floor(sample / 10) + 0.5);
  const replay = (factor: number): string[] => {
    const slots = Array<number>(6).fill(0);
    for (const us of durations) {
      const slot = Math.max(0, Math.floor(Math.log2(us * factor)));
      slots[slot] = (slots[slot] ?? 0) + 1;
    }
    return histogram(...slots);
  };
  const compare = async (live: readonly number[], clocksApart: number): Promise<readonly string[]> => {
    const asked: string[] = [];
    const scaled = ({ numerator, denominator }: { numerator: bigint; denominator: bigint }) => {
      asked.push(`${numerator}/${denominator}`);
      return Promise.resolve(replay(Number(numerator) / Number(denominator)));
    };
    const printed = { live: histogram(...live), replayed: replay(1), atMost: [], scaled };
    const { differences } = await compareHistograms(printed, clocksApart);
    return [...asked, ...(differences.length > 0 ? ['differs'] : [])];
  };
  expect(await compare([20, 20, 40, 80, 160, 0], 1)).toEqual([]);
  expect(await compare([20, 20, 40, 81, 159, 0], 0)).toEqual(['differs']);
  expect(await compare([20, 20, 40, 81, 160, 0], 1)).toEqual(['differs']);
  // Ten lie within a microsecond above 16, and two may be anywhere.
  expect(await compare([20, 20, 40, 93, 147, 0], 1)).toEqual(['16000/17000', 'differs']);
  expect(await compare([20, 20, 40, 92, 148, 0], 1)).toEqual(['16000/17000']);
  // None lies within 0.4 below 16, and thirty within 2.6.
  expect(await compare([20, 20, 40, 77, 163, 0], 0.4)).toEqual(['16000/15600', 'differs']);
  expect(await compare([20, 20, 40, 48, 192, 0], 2.6)).toEqual(['16000/13400']);
  expect(await compare([20, 20, 40, 47, 193, 0], 2.6)).toEqual(['16000/13400', 'differs']);
});

test('where nothing was printed there is nothing equal', async () => {
  const nothing = { live: [], replayed: [], atMost: [], scaled: never };
  expect((await compareHistograms(nothing, 1)).differences).toHaveLength(1);
});

test('stacks are equal below the tracepoint, and their sums within what clocks explain', () => {
  const owner = /^ +- +(\S+ \(\d+\))$/;
  const live = [
    '    bpf_prog_1',
    '    __schedule',
    '    entry_SYSCALL_64',
    '    main',
    '    -    a (1)',
    '        100',
  ];
  const replayed = [
    '    __schedule',
    '    entry_SYSCALL_64',
    '    [unknown]',
    '    -    a (1)',
    '        104',
  ];
  expect(stacksOf(live, replayed, owner, 5).differences).toEqual([]);
  expect(stacksOf(live, replayed, owner, 3).differences).toHaveLength(1);
  expect(stacksOf(live, ['    schedule', ...replayed.slice(1)], owner, 5).differences).toHaveLength(2);
});

/** Where no file is mapped; of code that keeps something else in the frame pointer. */
const STALE = ['#3  0x3d63696e6f746f6e', '#4  0x3d63696e6f746f6e'];

test('stacks of the user are equal by names of one address within their functions, and by nothing else', () => {
  const owner = /^ +- +(\S+ \(\d+\))$/;
  const stack = (...frames: readonly string[]): string[] => [
    ...['#0  0xffffffff81000000 schedule+0x1', '#1  0xffffffff81000010 entry_SYSCALL_64+0x2', ...frames].map(
      (frame) => `    ${frame}`,
    ),
    '    -    a (1)',
    '        100',
  ];
  const functions = new Map([
    ['/c', new Map([[0x100, { names: new Set(['read', '__read']), sizeBytes: 0x20 }]])],
  ]);
  const live = stack(
    '#2  0x0000000000007110 __read+0x10 (/c+0x110)',
    '#3  0x0000000000007120 read+0x20 (/c+0x120)',
  );
  const stale = stack(
    '#2  0x0000000000007110 read+0x10 (/c+0x110)',
    ...STALE.map((frame) => `${frame} (/c+0x110)`),
  );
  const unknown = stack('#2  0x7110 read+0x10 (/c+0x110)', ...STALE.map((frame) => `${frame} [unknown]`));
  expect(stacksOf(stale, unknown, owner, 5, functions).differences).toEqual([]);
  const differences = (...frames: readonly string[]): number =>
    stacksOf(live, stack(...frames), owner, 5, functions).differences.length;
  expect(differences('#2  0x7110 read+0x10 (/c+0x110)', '#3  0x7120 (/c+0x120)')).toBe(0);
  expect(differences('#2  0x7110 write+0x10 (/c+0x110)', '#3  0x7120 (/c+0x120)')).toBe(2);
  expect(differences('#2  0x7110 read+0x10 (/c+0x110)')).toBe(2);
  expect(differences('#2  0x7110 (/c+0x110)', '#3  0x7120 (/c+0x120)')).toBe(2);
  expect(differences('#2  0x7110 read+0x10 (/c+0x110)', '#3  0x7128 (/c+0x128)')).toBe(2);
});
