/** The one table of logs; each is a format of its own name. Text that any of them might be comes last. */
import type { ByteSource, Source } from '../../event.ts';
import { familyOf, isLaidOut } from '../../log-probes/layout.ts';
import { probesOn } from '../../log-probes/probe-deriver.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { Format } from '../format.ts';
import type { LogFamily } from './entry.ts';
import { journaldExport } from './journald-export.ts';
import { journaldJson } from './journald-json.ts';
import { kernelLog } from './kernel-log.ts';
import { logcat } from './logcat.ts';
import { logcatBinary } from './logcat-binary.ts';
import { LogSource } from './source.ts';
import { strace } from './strace.ts';
import { syslog } from './syslog.ts';
import { textLog } from './text-log.ts';

const FAMILIES: readonly LogFamily[] = [
  kernelLog,
  logcat,
  syslog,
  journaldJson,
  journaldExport,
  logcatBinary,
  strace,
  textLog,
];

export const LOG_FORMATS: readonly Format[] = FAMILIES.map(formatOf);

/** The log that a file is told to be by its name; undefined where it is told to be none. */
export function laidOutLog(file: ByteSource, surroundings: Surroundings): readonly Source[] | undefined {
  const layout = surroundings.logLayouts?.find((each) => isLaidOut(each, file.name));
  return layout === undefined ? undefined : formatOf(familyOf(layout)).open(file, surroundings);
}

function formatOf(family: LogFamily): Format {
  return {
    name: family.name,
    detect: (file: ByteSource): boolean => family.detect(file),
    open(file: ByteSource, surroundings: Surroundings): readonly Source[] {
      const probes = probesOn(surroundings.logProbes ?? [], family.name, file.name);
      return [new LogSource(file, family.name, family.open(file, surroundings), probes)];
    },
  };
}
