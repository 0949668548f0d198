/** One comparison from start to end: the tool live and recorded around a workload, then replayed. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { performRun } from '../../electron/host/jobs/perform.ts';
import type { Source } from '../../electron/trace/event.ts';
import type { Comparison, FidelityCase, WorkloadFacts } from './case.ts';
import { startLive, toolPath } from './live-tool.ts';
import { recordWithFtrace, recordWithPerf, recordWithStrace, type Recording } from './recorders.ts';
import { replayThrough } from './replay-through.ts';
import { ScaledTimes } from './scaled-times.ts';
import { Unavailable } from './unavailable.ts';
import { WINDOW_EVENTS, Within, windowOf, type Span } from './window.ts';
import { startWitness, type Witness } from './witness.ts';
import { startWorkload } from './workload.ts';

const tools = join(import.meta.dirname, '../../programs/tools');

/** Throws Unavailable where it cannot be made here; `keep` leaves bundle and output in that folder. */
export async function runCase(fidelity: FidelityCase, keep?: string): Promise<Comparison> {
  if (process.getuid?.() !== 0) throw new Unavailable('only root may trace');
  toolPath(fidelity.tool);
  if (keep !== undefined) mkdirSync(keep, { recursive: true });
  const scratch = mkdtempSync(join(keep ?? tmpdir(), `fidelity-${fidelity.tool}-`));
  try {
    const bundle = join(scratch, 'bundle');
    mkdirSync(bundle);
    if (fidelity.hasSymbols === true) writeFileSync(join(bundle, 'kallsyms'), readFileSync('/proc/kallsyms'));
    const bundleBefore = join(scratch, 'before');
    const { live, liveErrors, livePid, workload, threads } = await recordLive(
      fidelity,
      scratch,
      bundle,
      bundleBefore,
    );
    const { wholeMachine } = fidelity;
    const args = (fidelity.replayArguments ?? fidelity.arguments)(workload);
    const window = wholeMachine && (await windowOf(bundle, livePid, wholeMachine));
    const unseen = { events: 0 };
    const through = (view: (source: Source) => Source): Promise<readonly string[]> =>
      replayThrough(bundle, fidelity.tool, args, view);
    const within = (source: Source, span: Span, counts = { events: 0 }): Source =>
      new Within(source, span, threads, counts);
    const surely = (source: Source): Source => (window ? within(source, window.surely) : source);
    const replayed = window
      ? await through((source) => within(source, window.surely, unseen))
      : await replay(fidelity, bundle, workload, args);
    const atMost = window ? await through((source) => within(source, window.atMost)) : [];
    const before = fidelity.isBracketed === true ? await replay(fidelity, bundleBefore, workload, args) : [];
    if (keep !== undefined)
      keepTexts(scratch, {
        live,
        liveErrors,
        replayed,
        atMost,
        before,
        workload: [JSON.stringify(workload)],
      });
    const comparison = await fidelity.compare({
      live,
      liveErrors,
      replayed,
      atMost,
      before,
      workload,
      symbolFiles: filesIn(join(bundle, 'files')),
      scaled: (factor) => through((source) => new ScaledTimes(surely(source), factor)),
    });
    const notes =
      unseen.events === 0
        ? []
        : [`without ${unseen.events} events of threads in which this machine calls no program`];
    return { ...comparison, notes: [...comparison.notes, ...notes] };
  } finally {
    if (keep === undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

function keepTexts(folder: string, texts: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, lines] of Object.entries(texts))
    writeFileSync(join(folder, `${name}.txt`), lines.join('\n'));
}

async function recordLive(
  fidelity: FidelityCase,
  scratch: string,
  bundle: string,
  bundleBefore: string,
): Promise<{
  live: readonly string[];
  liveErrors: readonly string[];
  livePid: number;
  workload: WorkloadFacts;
  /** Of a tool that counts the whole machine: where it could be called. */
  threads: ReadonlySet<number>;
}> {
  const { tool, recorder, wholeMachine } = fidelity;
  const isWhole = wholeMachine !== undefined;
  const events = isWhole ? [...fidelity.events, ...WINDOW_EVENTS] : fidelity.events;
  const undo: (() => Promise<void>)[] = [];
  try {
    const workload = await startWorkload(fidelity.workload, scratch);
    undo.push(() => workload.abandon());
    const recordings: Recording[] = [];
    const begin = async (recording: Promise<Recording>): Promise<void> => {
      const begun = await recording;
      undo.push(() => begun.abandon());
      recordings.push(begun);
    };
    const record = (): Promise<void> =>
      begin(recorder === 'perf' ? recordWithPerf(events, bundle) : recordWithFtrace(events, bundle));
    let witness: Witness | undefined;
    if (wholeMachine !== undefined) {
      // Before the recorder, so that it is not between its clock and the tool's.
      const begun = await startWitness(wholeMachine, scratch);
      undo.push(() => begun.abandon());
      witness = begun;
      await record();
    }
    if (fidelity.isBracketed === true) await begin(recordWithFtrace(events, bundleBefore));
    const live = await startLive(tool, fidelity.arguments(workload), fidelity.wrap);
    undo.push(() => live.abandon());
    if (!isWhole) await record();
    if (fidelity.hasStrace === true) await begin(recordWithStrace(workload.pid, bundle));
    if (fidelity.hasUserSymbols === true) copyMapped(workload.pid, join(bundle, 'files'));
    await workload.run();
    undo.length = 0;
    // What had been begun is stopped in any case; the tool first.
    const [printed] = await Promise.allSettled([live.stop()]);
    const threads = (await witness?.stop()) ?? new Set();
    const stopped = await Promise.allSettled(recordings.map((recording) => recording.stop()));
    await workload.finish();
    for (const each of stopped) if (each.status === 'rejected') throw each.reason;
    if (printed.status === 'rejected') throw printed.reason;
    return {
      live: printed.value.lines,
      liveErrors: printed.value.errors,
      livePid: live.pid,
      threads,
      workload: { pid: workload.pid, facts: workload.facts },
    };
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

/** The files that a process has mapped to be run, under their own paths. */
function copyMapped(pid: number, to: string): void {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  const paths = new Set([...maps.matchAll(/^\S+ ..x. .* (\/.*)$/gm)].map(([, path = '']) => path));
  for (const path of paths) cpSync(path, join(to, path));
}

/** By their own paths. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(files.map((file) => [file.slice(folder.length), file]));
}

async function replay(
  fidelity: FidelityCase,
  bundle: string,
  workload: WorkloadFacts,
  args: readonly string[],
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
      arguments: args,
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
