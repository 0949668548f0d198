/**
 * Replays one recording through one object, in a process of its own, and prints what that took as JSON:
 * `node once.ts FILE OBJECT jit|interpreter [PROGRAM,...]`. Without programs the recording is only read, batch by
 * batch: what a replay costs beyond that is the dispatch and the programs.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { Batch, ReadOptions, SourceContext } from '../../../electron/trace/event.ts';
import { SourceView } from '../../../electron/trace/source-view.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';

/** Those of the generated recordings. */
const FIRST_TID = 1000;
const THREADS = 100;

export interface ReplayTimes {
  readonly events: number;
  /** Of all programs. */
  readonly calls: number;
  readonly readMs: number;
  readonly ms: number;
  readonly peakBytes: number;
  readonly faults: number;
}

const [path = '', objectPath = '', engine, programs = ''] = process.argv.slice(2);
/** As trace-cmd and ps tell them beside the events: four threads a process, all children of the first. */
class WithProcesses extends SourceView {
  readonly #tgids = new Map(
    Array.from({ length: THREADS }, (_, index) => [FIRST_TID + index, FIRST_TID + (index & ~3)]),
  );

  readonly #parents = new Map([...this.#tgids.values()].map((tgid) => [tgid, 1]));

  #own: SourceContext | undefined;
  #whole: SourceContext | undefined;

  /** Made once: programs ask for stacks at every event. */
  override get context(): SourceContext {
    const { context } = this.source;
    if (this.#whole === undefined || this.#own !== context) {
      this.#own = context;
      this.#whole = { ...context, tgids: this.#tgids, parents: this.#parents };
    }
    return this.#whole;
  }

  batches(options?: ReadOptions): AsyncGenerator<Batch, void, void> {
    return this.source.batches(options);
  }
}

const bundle = await openBundle(path);
const sources = bundle.sources.map((source) => new WithProcesses(source));
const settings = JSON.parse(process.env['BENCH_SETTINGS'] ?? '{}') as Record<string, string>;
let readMs = 0;
// The first pass warms up.
for (let pass = 0; pass < 2; pass += 1) {
  const readAt = performance.now();
  for (const source of sources) for await (const batch of source.batches()) if (batch.count < 0) break;
  readMs = performance.now() - readAt;
}
const attached = await attachObject(openObject(readFileSync(objectPath), basename(objectPath)), sources, {
  engine: engine === 'interpreter' ? 'interpreter' : 'jit',
  settings,
  ...(programs !== '' && { programs: programs.split(',') }),
});
const startedAt = performance.now();
const { events, faults } = await replay(attached);
const ms = performance.now() - startedAt;
bundle.close();
const times: ReplayTimes = {
  events,
  calls: attached.programs.reduce((sum, program) => sum + program.events, 0),
  readMs,
  ms,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  faults: faults.reduce((sum, { count }) => sum + count, 0),
};
console.log(JSON.stringify(times));
