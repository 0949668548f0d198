/** The one table of recording formats. */
import type { ByteSource, Source } from '../event.ts';
import { withSuspectedLosses } from '../suspected-losses.ts';
import { NO_SURROUNDINGS, type Surroundings } from '../surroundings.ts';
import type { Format } from './format.ts';
import { laidOutLog, LOG_FORMATS } from './log/families.ts';
import { pcap } from './pcap/pcap.ts';
import { pcapng } from './pcapng/pcapng.ts';
import { ftraceText } from './ftrace-text/ftrace-text.ts';
import { perfData } from './perf/perf-data.ts';
import { perfScript } from './perf-script/perf-script.ts';
import { perfetto } from './perfetto/perfetto.ts';
import { traceDat } from './trace-dat/trace-dat.ts';

/** Those of a magic number first. */
export const FORMATS: readonly Format[] = [
  traceDat,
  perfData,
  pcap,
  pcapng,
  perfetto,
  perfScript,
  ftraceText,
  ...LOG_FORMATS,
];

/** The sources in a file, or undefined where no format knows its bytes. */
export function openSources(
  file: ByteSource,
  surroundings: Surroundings = NO_SURROUNDINGS,
): readonly Source[] | undefined {
  const sources =
    laidOutLog(file, surroundings) ?? FORMATS.find((format) => format.detect(file))?.open(file, surroundings);
  return sources?.map(withSuspectedLosses);
}
