/**
 * Reading recordings of 10 MB, 100 MB and 1 GB to their end, beside the tools that everyone has, on the same files:
 * `npm run bench:import [-- --max 100] [--kind trace.dat]`. Files given instead are read as they are.
 *
 * Peers print text into nothing, which is part of what they do; they are stopped after a minute, and then the
 * part they did is not known.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import type { ImportTimes } from './import/once.ts';
import { megabytes, writeRecording, type RecordingKind } from './import/recordings.ts';

const ONCE = fileURLToPath(new URL('import/once.ts', import.meta.url));
const SIZES_MB = [10, 100, 1000];
/** trace.dat first: what has no peer of its own stands beside the peer's figure for the same events in one. */
const KINDS: readonly RecordingKind[] = ['trace.dat', 'trace', 'perfetto-trace', 'perf.data', 'pcap'];
const AS_TRACE_DAT: readonly RecordingKind[] = ['trace', 'perfetto-trace'];
const TIME_TOOL = '/usr/bin/time';
const PEER_MS_MAX = 60_000;
/** Of what it says on standard error; more ends it. */
const PEER_COMPLAINTS_BYTES_MAX = 64 * 1024 * 1024;
/** As coreutils' timeout says it. */
const TIMED_OUT = 124;
const PEER_COLUMNS = ['peer M events/s', 'peer peak MB'];
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

interface PeerFigures {
  readonly tool: string;
  readonly ms: number | undefined;
  readonly peakBytes: number | undefined;
  /** Where there are no figures. */
  readonly problem: string;
}

function runPeer(path: string): PeerFigures {
  const command = peerOf(path);
  if (command === undefined) return { tool: '', ms: undefined, peakBytes: undefined, problem: 'none' };
  const [tool, ...rest] = command;
  const isMeasured = existsSync(TIME_TOOL);
  const [program, ...args] = isMeasured ? [TIME_TOOL, '-f', '%M', ...command] : [tool, ...rest];
  const startedAt = performance.now();
  // Its own group, so that what is measured ends with what measures.
  const { status, error, stderr } = spawnSync('timeout', [String(PEER_MS_MAX / 1000), program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: PEER_COMPLAINTS_BYTES_MAX,
  });
  const ms = performance.now() - startedAt;
  const problem = error !== undefined || status === 127 ? 'not there' : `${tool} fails`;
  if (status === TIMED_OUT) return { tool, ms: undefined, peakBytes: undefined, problem: 'over a minute' };
  if (status !== 0) return { tool, ms: undefined, peakBytes: undefined, problem };
  const kib = Number(/(\d+)\s*$/.exec(stderr)?.[1] ?? Number.NaN);
  return { tool, ms, peakBytes: Number.isNaN(kib) ? undefined : kib * 1024, problem: '' };
}

/** `sibling`: the row of the same events in a format that a peer reads. */
function rowOf(path: string, sibling?: Row): Row {
  const mb = megabytes(path);
  const { status, stdout, stderr } = spawnSync(process.execPath, [ONCE, path], { encoding: 'utf8' });
  if (status !== 0) {
    const reason = /^\w*(?:Error|Failure): (.*)$/m.exec(stderr)?.[1] ?? stderr;
    return { MB: Math.round(mb), problem: reason.slice(0, PROBLEM_CHARACTERS) };
  }
  const times = JSON.parse(stdout) as ImportTimes;
  const perSecond = (amount: number, ms: number): string => ((amount / ms) * 1000).toFixed(2);
  const peer = runPeer(path);
  const peerRate = peer.ms === undefined ? peer.problem : perSecond(times.events / 1e6, peer.ms);
  const own = {
    MB: Math.round(mb),
    events: times.events,
    unparsed: times.unparsed,
    'open ms': Math.round(times.openMs),
    'pass ms': Math.round(times.ms),
    'MB/s': perSecond(mb, times.ms),
    'M events/s': perSecond(times.events / 1e6, times.ms),
    'first pass': perSecond(times.events / 1e6, times.firstMs),
    'peak MB': Math.round(times.peakBytes / 1e6),
  };
  if (peer.tool === '' && sibling !== undefined) {
    return { ...own, ...pick(sibling, PEER_COLUMNS), peer: `${sibling['peer']} on trace.dat` };
  }
  const peerPeak = peer.peakBytes === undefined ? '' : Math.round(peer.peakBytes / 1e6);
  return { ...own, peer: peer.tool, 'peer M events/s': peerRate, 'peer peak MB': peerPeak };
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(
    columns.flatMap((column) => (row[column] === undefined ? [] : [[column, row[column]]])),
  );
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, Node ${process.version}`);
const folder = mkdtempSync(join(tmpdir(), 'bench-import-'));
try {
  const rows: Record<string, Row> = {};
  for (const path of positionals) rows[basename(path)] = rowOf(path);
  const wanted = positionals.length > 0 ? [] : (values.kind ?? KINDS);
  for (const kind of KINDS.filter((each) => wanted.includes(each))) {
    for (const size of SIZES_MB.filter((each) => each <= Number(values.max))) {
      const path = join(folder, kind.includes('.') ? kind : `generated.${kind}`);
      await writeRecording(kind, path, size * 1e6);
      const sibling = AS_TRACE_DAT.includes(kind) ? rows[`trace.dat ${size} MB`] : undefined;
      rows[`${kind} ${size} MB`] = rowOf(path, sibling);
      rmSync(path);
    }
  }
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true });
}
