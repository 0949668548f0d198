/**
 * Reads one recording to its end, in a process of its own, and prints what that took as JSON:
 * `node once.ts FILE`. The second pass counts, the first warms up; memory is that of both.
 */
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';

export interface ImportTimes {
  readonly events: number;
  readonly unparsed: number;
  readonly openMs: number;
  readonly firstMs: number;
  readonly ms: number;
  readonly peakBytes: number;
}

const path = process.argv[2] ?? '';
const startedAt = performance.now();
const bundle = await openBundle(path);
const openMs = performance.now() - startedAt;
let events = 0;
let ms = 0;
let firstMs = 0;
for (let pass = 0; pass < 2; pass += 1) {
  const passAt = performance.now();
  events = 0;
  for (const source of bundle.sources) for await (const batch of source.batches()) events += batch.count;
  ms = performance.now() - passAt;
  if (pass === 0) firstMs = ms;
}
const unparsed = bundle.sources.reduce((sum, { ledger }) => sum + ledger.unparsed + ledger.unsupported, 0);
bundle.close();
const peakBytes = process.resourceUsage().maxRSS * 1024;
const times: ImportTimes = { events, unparsed, openMs, firstMs, ms, peakBytes };
console.log(JSON.stringify(times));
