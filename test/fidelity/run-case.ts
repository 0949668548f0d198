/** One comparison from start to end: the tool live and recorded around a workload, then replayed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { performRun } from '../../electron/host/jobs/perform.ts';
import type { Comparison, FidelityCase, WorkloadFacts } from './case.ts';
import { startLive, toolPath } from './live-tool.ts';
import { recordWithFtrace, recordWithPerf, recordWithStrace, type Recording } from './recorders.ts';
import { Unavailable } from './unavailable.ts';
import { startWorkload } from './workload.ts';

const tools = join(import.meta.dirname, '../../programs/tools');

/** Throws Unavailable where it cannot be made here; `keep` leaves bundle and output in that folder. */
export async function runCase(fidelity: FidelityCase, keep?: string): Promise<Comparison> {
  if (process.getuid?.() !== 0) throw new Unavailable('only root may trace');
  toolPath(fidelity.tool);
  const scratch = mkdtempSync(join(keep ?? tmpdir(), `fidelity-${fidelity.tool}-`));
  try {
    const bundle = join(scratch, 'bundle');
    mkdirSync(bundle);
    if (fidelity.hasSymbols === true) writeFileSync(join(bundle, 'kallsyms'), readFileSync('/proc/kallsyms'));
    const { live, workload } = await recordLive(fidelity, scratch, bundle);
    const replayed = await replay(fidelity, bundle, workload);
    if (keep !== undefined)
      for (const [name, text] of Object.entries({
        live: live.join('\n'),
        replay: replayed.join('\n'),
        workload: JSON.stringify(workload),
      }))
        writeFileSync(join(scratch, `${name}.txt`), text);
    return fidelity.compare(live, replayed, workload);
  } finally {
    if (keep === undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

async function recordLive(
  fidelity: FidelityCase,
  scratch: string,
  bundle: string,
): Promise<{ live: readonly string[]; workload: WorkloadFacts }> {
  const { tool, recorder, events } = fidelity;
  const undo: (() => Promise<void>)[] = [];
  try {
    const workload = await startWorkload(fidelity.workload, scratch);
    undo.push(() => workload.abandon());
    const live = await startLive(tool, fidelity.arguments(workload), fidelity.wrap);
    undo.push(() => live.abandon());
    const recordings: Recording[] = [];
    const begin = async (recording: Promise<Recording>): Promise<void> => {
      const begun = await recording;
      undo.push(() => begun.abandon());
      recordings.push(begun);
    };
    await begin(recorder === 'perf' ? recordWithPerf(events, bundle) : recordWithFtrace(events, bundle));
    if (fidelity.hasStrace === true) await begin(recordWithStrace(workload.pid, bundle));
    await workload.run();
    undo.length = 0;
    // What had been begun is stopped in any case.
    const stopped = await Promise.allSettled([
      live.stop(),
      ...recordings.map((recording) => recording.stop()),
    ]);
    for (const each of stopped) if (each.status === 'rejected') throw each.reason;
    const [lines] = stopped as [PromiseFulfilledResult<readonly string[]>];
    return { live: lines.value, workload: { pid: workload.pid, facts: workload.facts } };
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

async function replay(
  fidelity: FidelityCase,
  bundle: string,
  workload: WorkloadFacts,
): Promise<readonly string[]> {
  const { tool } = await performRun({
    kind: 'run',
    path: bundle,
    cacheFolder: undefined,
    clocks: fidelity.hasStrace === true ? { 'strace.txt': offsetOf(workload) } : undefined,
    objectPath: toolPath(fidelity.tool),
    manifestPath: undefined,
    tool: {
      path: join(tools, `${fidelity.tool}.json`),
      arguments: (fidelity.replayArguments ?? fidelity.arguments)(workload),
    },
    spanNs: undefined,
  });
  if (tool === undefined) throw new Error(`${fidelity.tool} printed nothing`);
  return tool.lines;
}

/** From strace's clock to the recording's, as the workload saw both. */
function offsetOf({ facts }: WorkloadFacts): string {
  const offsetNs = BigInt(facts.monotonic ?? 0) - BigInt(facts.realtime ?? 0);
  return `${offsetNs < 0n ? '-' : '+'}${String(offsetNs).replace('-', '')}ns`;
}
