/** Every parser of what comes from outside, with what it is fuzzed with. */
import type { Target } from './target.ts';
import { archiveTargets } from './targets/archives.ts';
import { captureTargets } from './targets/captures.ts';
import { classicTargets } from './targets/classic.ts';
import { contextTargets } from './targets/context.ts';
import { ftraceTextTargets } from './targets/ftrace-text.ts';
import { logTargets } from './targets/logs.ts';
import { objectTargets } from './targets/object.ts';
import { perfTargets } from './targets/perf.ts';
import { perfettoTargets } from './targets/perfetto.ts';
import { recordingTargets } from './targets/recording.ts';

export const targets: readonly Target[] = [
  ...objectTargets,
  ...classicTargets,
  ...archiveTargets,
  ...contextTargets,
  ...recordingTargets,
  ...captureTargets,
  ...perfettoTargets,
  ...perfTargets,
  ...logTargets,
  ...ftraceTextTargets,
];
