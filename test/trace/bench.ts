/**
 * Events a second, ours beside trace-cmd report's on the same file: `node test/trace/bench.ts [file ...]`.
 * Files default to the sample and the shared recordings; each is read three times, the best counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';

const PASSES = 3;
const DEFAULTS = [
  'traces/runqueue-contention.zip',
  '../shared/recordings/lisa-rtapp.trace.dat',
  '../shared/recordings/trappy-arm.trace.dat',
];

async function ours(path: string): Promise<{ events: number; ms: number; openMs: number; format: string }> {
  const startedAt = performance.now();
  const bundle = await openBundle(path);
  const openMs = performance.now() - startedAt;
  let ms = Infinity;
  let events = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const passAt = performance.now();
    events = 0;
    for (const source of bundle.sources) for await (const batch of source.batches()) events += batch.count;
    ms = Math.min(ms, performance.now() - passAt);
  }
  const format = bundle.sources.map(({ formatDetail }) => formatDetail).join(', ');
  bundle.close();
  return { events, ms, openMs, format };
}

/** undefined where trace-cmd is missing, or the file is none it reads. */
function peer(path: string): number | undefined {
  let ms = Infinity;
  for (let pass = 0; pass < PASSES; pass++) {
    const passAt = performance.now();
    const { status, error } = spawnSync('trace-cmd', ['report', '-i', path], { stdio: 'ignore' });
    if (error !== undefined || status !== 0) return undefined;
    ms = Math.min(ms, performance.now() - passAt);
  }
  return ms;
}

const rate = (events: number, ms: number) => `${(events / ms / 1000).toFixed(2)} M/s`;
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, Node ${process.version}`);
for (const path of process.argv.length > 2
  ? process.argv.slice(2)
  : DEFAULTS.filter((name) => existsSync(name))) {
  const { events, ms, openMs, format } = await ours(path);
  const peerMs = path.endsWith('.zip') ? undefined : peer(path);
  console.table({
    [path]: {
      format,
      events,
      'open ms': Math.round(openMs),
      'pass ms': Number(ms.toFixed(1)),
      rate: rate(events, ms),
      'trace-cmd report': peerMs === undefined ? 'not run' : rate(events, peerMs),
    },
  });
}
