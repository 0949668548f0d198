/**
 * Events a second and peak memory of perf.data files, beside perf script on the same file:
 * `node test/trace/bench-perf.ts FILE ...`, with files of `perf record -a -g -e 'sched:*'`. The best of three counts.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';

const PASSES = 3;
const rate = (events: number, ms: number): string => `${(events / ms / 1000).toFixed(2)} M/s`;

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, Node ${process.version}`);
for (const path of process.argv.slice(2)) {
  const bundle = await openBundle(path);
  let ms = Infinity;
  let events = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const startedAt = performance.now();
    events = 0;
    for (const source of bundle.sources) for await (const batch of source.batches()) events += batch.count;
    ms = Math.min(ms, performance.now() - startedAt);
  }
  bundle.close();
  const peerAt = performance.now();
  const { status } = spawnSync('perf', ['script', '-i', path, '-F', 'comm,pid,tid,cpu,time,event,ip,trace'], {
    stdio: 'ignore',
  });
  const peerMs = performance.now() - peerAt;
  console.table({
    [path]: {
      MB: Math.round(statSync(path).size / 1e6),
      events,
      'pass ms': Math.round(ms),
      rate: rate(events, ms),
      'peak RSS MB': Math.round(process.resourceUsage().maxRSS / 1024),
      'perf script': status === 0 ? rate(events, peerMs) : 'not run',
    },
  });
}
