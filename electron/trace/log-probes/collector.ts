/** The log probes of a bundle, from its own files and from whoever opens it. */
import { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';
import { parseLayouts } from './layout-file.ts';
import { isLaidOut } from './layout.ts';
import type { LogLayout } from './layout.ts';
import { PROBE_FILE_BYTES_MAX } from './limits.ts';
import { isProbeFile, parseProbeFile } from './probe-file.ts';
import type { LogProbe } from './probe.ts';

/** What it asks of a bundle's member. */
interface ProbeMember {
  readonly name: string;
  readonly firstBytes: Uint8Array;
  open(): Promise<ByteSource>;
}

export class ProbeCollector {
  readonly probes: LogProbe[];
  readonly layouts: LogLayout[] = [];

  constructor(given: readonly LogProbe[] = []) {
    this.probes = [...given];
  }

  isProbeFile({ name, firstBytes }: ProbeMember): boolean {
    return /\.ya?ml$/.test(name) && isProbeFile(Buffer.from(firstBytes).toString('latin1'));
  }

  /** Whether a file is told to be a log. */
  isLaidOut(name: string): boolean {
    return this.layouts.some((layout) => isLaidOut(layout, name));
  }

  /** Throws Failure `bad-probe`, also where another file has a probe of the same name. */
  async add(member: ProbeMember): Promise<void> {
    const file = await member.open();
    try {
      const bytes = file.read(0, Math.min(file.sizeBytes, PROBE_FILE_BYTES_MAX + 1));
      const probes = parseProbeFile(bytes, member.name);
      const layouts = parseLayouts(bytes, member.name);
      const twice = probes.find(({ name }) => this.probes.some((each) => each.name === name));
      if (twice !== undefined) {
        const reason = `another file has a log:${twice.name} already`;
        throw new Failure('trace', 'bad-probe', reason, { file: member.name });
      }
      this.probes.push(...probes);
      this.layouts.push(...layouts);
    } finally {
      file.close();
    }
  }
}
