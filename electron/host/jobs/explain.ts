/** What attaching an object to a bundle would come to, without a replay: a job of the host and of the command line. */
import { basename } from 'node:path';

import { openObject } from '../../bpf/object/open.ts';
import { explainAttach } from '../../replay/explain.ts';
import { packProbes, readManifest } from '../../packs/manifest.ts';
import { leftOutByTool } from '../../packs/variants.ts';
import { onOneClock } from '../../trace/clock/one-clock.ts';
import type { AttachAnswer } from '../contract.ts';
import { hostFailure } from '../failures.ts';
import { openWithProgress, type JobControl } from './perform.ts';
import type { ExplainJob } from './protocol.ts';
import { readBundle } from './read-bundle.ts';
import { readObject } from './read-object.ts';

/** Throws what openBundle(), openObject() and linking do, and signal.reason. */
export async function performExplain(job: ExplainJob, control: JobControl = {}): Promise<AttachAnswer> {
  const object = openObject(readObject(job.objectPath), basename(job.objectPath));
  const manifest = job.manifestPath === undefined ? undefined : readManifest(job.manifestPath);
  const probeFiles = [...packProbes(job.manifestPath, manifest), ...(job.probeFiles ?? [])];
  const bundle = await openWithProgress({ ...job, probeFiles }, control);
  try {
    const { alignment, summaries } = await readBundle(bundle, job.clocks, control);
    const { sources } = onOneClock(alignment);
    // Those on the one clock, in the order of their placements.
    const placed = alignment.placements.filter(({ offsetNs }) => offsetNs !== undefined);
    const counts = new Map(
      sources.flatMap((source, index) => {
        const summary = placed[index] && summaries.get(placed[index].source);
        return summary === undefined ? [] : [[source, summary.counts]];
      }),
    );
    const { settings, attachTargets } = job;
    const { signal } = control;
    const programs = await explainAttach(object, sources, {
      ...{ counts, settings, attachTargets, signal },
      onProgress: (fraction, events) => control.onProgress?.('replay', fraction, events),
    });
    const refused = programs.filter((each) => each.isAutoloaded && each.refusal !== undefined);
    const ways = leftOutByTool(object, settings);
    const way = ways.find((leftOut) => refused.every(({ program }) => leftOut.includes(program)));
    const leftOut = way ?? ways.at(-1) ?? [];
    return {
      bundle: bundle.name,
      object: object.file,
      programs: programs.map(({ refusal, ...program }) => ({
        ...program,
        isAutoloaded: program.isAutoloaded && !leftOut.includes(program.program),
        refusal: refusal && hostFailure(refusal),
      })),
    };
  } finally {
    bundle.close();
  }
}
