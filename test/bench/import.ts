/**
 * Reading recordings of 10 MB, 100 MB and 1 GB to their end, beside the tools that everyone has, on the same files:
 * `npm run bench:import [-- --max 100] [--kind trace.dat]`. Files given instead are read as they are.
 *
 * Peers print text into nothing, which is part of what they do; they are stopped after a minute, and then the
 * part they did is not known.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import type { ImportTimes } from './import/once.ts';
import { megabytes, writeRecording, type RecordingKind } from './import/recordings.ts';

const ONCE = fileURLToPath(new URL('import/once.ts', import.meta.url));
const SIZES_MB = [10, 100, 1000];
const KINDS: readonly RecordingKind[] = ['trace', 'trace.dat', 'perf.data', 'pcap'];
const PEER_MS_MAX = 60_000;
/** Of an error; more makes the table too wide. */
const PROBLEM_CHARACTERS = 80;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { max: { type: 'string', default: '1000' }, kind: { type: 'string', multiple: true } },
});

type Row = Record<string, string | number>;

/** Name and command of the tool that reads the same. */
function peerOf(path: string): readonly [string, ...string[]] | undefined {
  if (path.endsWith('.dat')) return ['trace-cmd', 'report', '-i', path];
  if (path.endsWith('.data')) return ['perf', 'script', '-i', path];
  if (/\.pcap(ng)?$/.test(path)) return ['tshark', '-n', '-r', path];
  return undefined;
}

function peerMs(path: string): number | string {
  const command = peerOf(path);
  if (command === undefined) return 'none';
  const [tool, ...rest] = command;
  const startedAt = performance.now();
  const { status, error } = spawnSync(tool, rest, { stdio: 'ignore', timeout: PEER_MS_MAX });
  if (error !== undefined)
    return 'code' in error && error.code === 'ETIMEDOUT' ? 'over a minute' : 'not there';
  return status === 0 ? performance.now() - startedAt : `${tool} fails`;
}

function rowOf(path: string): Row {
  const mb = megabytes(path);
  const { status, stdout, stderr } = spawnSync(process.execPath, [ONCE, path], { encoding: 'utf8' });
  if (status !== 0) {
    const reason = /^\w*(?:Error|Failure): (.*)$/m.exec(stderr)?.[1] ?? stderr;
    return { MB: Math.round(mb), problem: reason.slice(0, PROBLEM_CHARACTERS) };
  }
  const times = JSON.parse(stdout) as ImportTimes;
  const perSecond = (amount: number, ms: number): string => ((amount / ms) * 1000).toFixed(2);
  const peer = peerMs(path);
  return {
    MB: Math.round(mb),
    events: times.events,
    unparsed: times.unparsed,
    'open ms': Math.round(times.openMs),
    'pass ms': Math.round(times.ms),
    'MB/s': perSecond(mb, times.ms),
    'M events/s': perSecond(times.events / 1e6, times.ms),
    'first pass': perSecond(times.events / 1e6, times.firstMs),
    'peak MB': Math.round(times.peakBytes / 1e6),
    'peer M events/s': typeof peer === 'string' ? peer : perSecond(times.events / 1e6, peer),
  };
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, Node ${process.version}`);
const folder = mkdtempSync(join(tmpdir(), 'bench-import-'));
try {
  const rows: Record<string, Row> = {};
  for (const path of positionals) rows[basename(path)] = rowOf(path);
  const wanted = positionals.length > 0 ? [] : (values.kind ?? KINDS);
  for (const kind of KINDS.filter((each) => wanted.includes(each))) {
    for (const size of SIZES_MB.filter((each) => each <= Number(values.max))) {
      const path = join(folder, kind === 'trace' || kind === 'pcap' ? `generated.${kind}` : kind);
      await writeRecording(kind, path, size * 1e6);
      rows[`${kind} ${size} MB`] = rowOf(path);
      rmSync(path);
    }
  }
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true });
}
