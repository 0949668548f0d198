/** What reading an iterator gives is, byte for byte, what the running kernel gives. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { errnoName } from '../../electron/bpf/maps/errno.ts';
import type { EngineName } from '../../electron/bpf/vm/machine.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import type { SequenceText } from '../../electron/replay/hooks/iterator.ts';
import { fakeSource } from '../replay/fake-source.ts';
import { possibleCpus } from './maps/possible-cpus.ts';

const OBJECT = 'test/programs/iterators.bpf.o';
const READER = join(import.meta.dirname, 'iterator-reader.c');

interface Asked {
  readonly program: string;
  readonly map: string;
  readonly rounds?: number;
  readonly asksAgain?: boolean;
  readonly tgid?: number;
  readonly entries?: readonly (readonly [key: number, value: number])[];
}

const folder = mkdtempSync(join(tmpdir(), 'iterators-'));
const reader = join(folder, 'reader');
const built = spawnSync('cc', ['-O1', '-Wall', '-o', reader, READER, '-lbpf'], { encoding: 'utf8' });
afterAll(() => rmSync(folder, { recursive: true }));

/** Text and error; a reason why there are none. */
function kernelText(asked: Asked): { readonly text: string; readonly error: string | undefined } | string {
  if (built.status !== 0) return `cc: ${built.error?.message ?? built.stderr}`;
  const { program, map, rounds = 1, asksAgain = false, tgid = 0, entries = [] } = asked;
  const given = [OBJECT, program, map, String(rounds), asksAgain ? '1' : '0', String(tgid)];
  const input = entries.map(([key, value]) => `${key} ${value}\n`).join('');
  const { status, stdout, stderr } = spawnSync(reader, given, { encoding: 'utf8', input });
  if (status !== 0) return stderr.trim();
  return { text: stdout, error: stderr === '' ? undefined : errnoName(Number(stderr)) };
}

async function ownText(asked: Asked, engine: EngineName): Promise<SequenceText> {
  const { program, map, rounds = 1, asksAgain = false, tgid = 0, entries = [] } = asked;
  const threads = readdirSync('/proc/self/task').map(Number);
  const source = fakeSource([], [], {
    cpuCount: possibleCpus(),
    parents: new Map(threads.map((tid) => [tid, process.ppid])),
    tgids: new Map(threads.map((tid) => [tid, process.pid])),
    comms: new Map(threads.map((tid) => [tid, commOf(tid)])),
  });
  const attached = await attachObject(openObject(readFileSync(OBJECT), OBJECT), [source], {
    engine,
    programs: [program],
    settings: { settings: JSON.stringify({ tgid, rounds, asks_again: asksAgain ? 1 : 0 }) },
    iterators: { maps: { [program]: map } },
  });
  const own = attached.maps.find(({ definition }) => definition.name === map);
  for (const [key, value] of entries) {
    const bytes = new Uint8Array(8 * (own?.valueCopies ?? 1));
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    own?.set(new Uint8Array(Uint32Array.of(key).buffer), bytes);
  }
  const { faults } = await replay(attached);
  expect(faults.filter(({ kind }) => kind !== 'helper-error')).toEqual([]);
  const text = attached.programs[0]?.plan.sequence;
  if (text === undefined) throw new Error('an iterator has a text');
  return text;
}

function commOf(tid: number): string {
  return readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').trimEnd();
}

const decoder = new TextDecoder();
const ROWS = [
  [1, 10],
  [2, 20],
  [3, 30],
] as const;

it.for<readonly [string, Asked]>([
  ['elements, and once none', { program: 'dump_switched', map: 'switched', entries: ROWS }],
  ['no element', { program: 'dump_switched', map: 'switched' }],
  ['more than one buffer', { program: 'dump_switched', map: 'switched', rounds: 300, entries: ROWS }],
  [
    'an element larger than the buffer',
    { program: 'dump_switched', map: 'switched', rounds: 1000, entries: ROWS },
  ],
  [
    'programs that ask again',
    { program: 'dump_switched', map: 'switched', asksAgain: true, rounds: 3, entries: ROWS },
  ],
  [
    'values of all CPUs',
    {
      program: 'dump_cpus',
      map: 'by_cpu',
      entries: [
        [0, 7],
        [1, 9],
      ],
    },
  ],
  ['threads of this process', { program: 'dump_tasks', map: '', tgid: process.pid }],
])('%s', async ([, asked], context) => {
  const kernel = kernelText(asked);
  if (typeof kernel === 'string') return context.skip(kernel);
  for (const engine of ['jit', 'interpreter'] as const) {
    const own = await ownText(asked, engine);
    expect({ text: byElement(decoder.decode(own.bytes)), error: own.error }).toEqual({
      ...kernel,
      text: byElement(kernel.text),
    });
  }
});

/** A hash gives its elements in an order of its own: by their keys, each with the numbers in turn. */
function byElement(text: string): string[] {
  const lines = text.split('\n');
  const numbers = lines.map((line) => line.split(' ')[0] ?? '');
  return [...numbers, ...lines.map((line) => line.slice(line.indexOf(' '))).sort()];
}
