/** The bundled program against the same measure taken apart, in JavaScript, from trace-cmd's report. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInstalled, pathOf } from '../bpf/object/sample.ts';

const BUNDLE = 'traces/runqueue-contention.zip';
const SLOTS = 26;
const NS_PER_US = 1000n;

interface RunJson {
  readonly maps: readonly {
    readonly name: string;
    readonly rows: readonly {
      readonly key: { readonly pid: number };
      readonly value: { readonly slots: readonly number[] };
    }[];
  }[];
}

/** Histograms by pid, from lines like `... 3224.047057587: sched_wakeup: comm=a pid=1 ...`. */
function histogramsOf(report: string): Map<number, number[]> {
  const readyAt = new Map<number, bigint>();
  const histograms = new Map<number, number[]>();
  for (const line of report.split('\n')) {
    const match = /(\d+)\.(\d{9}):\s+(sched_switch|sched_wakeup|sched_wakeup_new):\s+(.*)$/.exec(line);
    if (match === null) continue;
    const time = BigInt(`${match[1]}${match[2]}`);
    const field = (name: string): number =>
      Number(new RegExp(`(?:^| )${name}=(\\S+)`).exec(`${match[4]}`)?.[1]);
    if (match[3] !== 'sched_switch') {
      readyAt.set(field('pid'), time);
      continue;
    }
    if ((field('prev_state') & 0xff) === 0) readyAt.set(field('prev_pid'), time);
    const next = field('next_pid');
    const ready = readyAt.get(next);
    if (next === 0 || ready === undefined) continue;
    readyAt.delete(next);
    const waitUs = (time - ready) / NS_PER_US;
    const slots = histograms.get(next) ?? new Array<number>(SLOTS).fill(0);
    const slot = Math.min(SLOTS - 1, waitUs === 0n ? 0 : waitUs.toString(2).length - 1);
    slots[slot] = (slots[slot] ?? 0) + 1;
    histograms.set(next, slots);
  }
  return histograms;
}

/** trace-cmd's report of the bundle's recording, numbers as they are and times to the nanosecond. */
function traceCmdReport(): string {
  const directory = mkdtempSync(join(tmpdir(), 'runqlat-'));
  try {
    const unpacked = spawnSync('unzip', ['-p', pathOf(BUNDLE), 'trace.dat'], { maxBuffer: 1 << 28 });
    const recording = join(directory, 'trace.dat');
    writeFileSync(recording, unpacked.stdout);
    return spawnSync('trace-cmd', ['report', '-t', '-R', recording], { encoding: 'utf8', maxBuffer: 1 << 28 })
      .stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('runqlat', () => {
  it('counts every wait of the sample recording in the slot where trace-cmd’s report puts it', (ctx) => {
    if (!isInstalled('trace-cmd') || !isInstalled('unzip')) return ctx.skip('needs trace-cmd and unzip');
    const expected = histogramsOf(traceCmdReport());
    expect(expected.size).toBeGreaterThan(10);
    const run = spawnSync(
      process.execPath,
      [
        pathOf('electron/cli.ts'),
        'run',
        '--json',
        pathOf('programs/scheduling/runqlat.bpf.o'),
        pathOf(BUNDLE),
      ],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    expect(run.stderr).toBe('');
    const rows = (JSON.parse(run.stdout) as RunJson).maps.find(({ name }) => name === 'hists')?.rows ?? [];
    const ours = new Map(rows.map(({ key, value }) => [key.pid, [...value.slots]]));
    expect(new Map([...ours].sort(([a], [b]) => a - b))).toEqual(
      new Map([...expected].sort(([a], [b]) => a - b)),
    );
  });
});
