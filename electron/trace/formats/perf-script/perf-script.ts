/** The text that perf script prints, with or without its header, CPUs, periods and callchains. */
import type { ByteSource } from '../../event.ts';
import type { Format } from '../format.ts';
import { DETECT_BYTES } from './limits.ts';
import { parseSampleLine } from './sample-line.ts';
import { PerfScriptSource } from './source.ts';

const MAGIC = '# ========\n# captured on';

export const perfScript: Format = {
  name: 'perf-script',

  /** The header, or a first line that is a sample's: ftrace's text has flags or a function where events are. */
  detect(file: ByteSource): boolean {
    const start = Buffer.from(file.read(0, Math.min(DETECT_BYTES, file.sizeBytes))).toString('latin1');
    if (start.startsWith(MAGIC)) return true;
    const lines = start.split('\n');
    const at = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
    const sample = parseSampleLine(lines[at] ?? '');
    if (sample === undefined) return false;
    // ftrace's text is alike, but knows no `system:event`, no record and no callchain line of an address.
    return /[:-]|^PERF_RECORD_/.test(sample.event) || /^\s+[0-9a-f]+ .*\(.*\)$/.test(lines[at + 1] ?? '');
  },

  open(file: ByteSource): readonly PerfScriptSource[] {
    return [new PerfScriptSource(file)];
  },
};
