/** Log probes that whoever opens a bundle brings: those of a pack's manifest, and those written on the page. */
import { Failure } from '../../failure.ts';
import type { LogProbe } from '../../trace/log-probes/probe.ts';
import { parseProbeFile } from '../../trace/log-probes/probe-file.ts';
import type { ProbeFile } from './protocol.ts';

/** Throws Failure `bad-probe`, also where two files have a probe of the same name. */
export function parseProbeFiles(files: readonly ProbeFile[]): readonly LogProbe[] {
  const probes: LogProbe[] = [];
  for (const { name: file, bytes } of files) {
    for (const probe of parseProbeFile(bytes, file)) {
      if (probes.some(({ name }) => name === probe.name))
        throw new Failure('trace', 'bad-probe', `another file has a log:${probe.name} already`, { file });
      probes.push(probe);
    }
  }
  return probes;
}
