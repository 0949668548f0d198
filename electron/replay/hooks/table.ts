/** The one table of hook families. */
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import type { HookFamily } from './hook.ts';
import { cgroupSockHooks } from './cgroup-sock.ts';
import { cgroupSockAddrHooks } from './cgroup-sock-addr.ts';
import { congestionHooks } from './congestion.ts';
import { cgroupSockoptHooks } from './cgroup-sockopt.ts';
import { fentryHooks } from './fentry.ts';
import { flowDissectorHooks } from './flow-dissector.ts';
import { iteratorHooks } from './iterator.ts';
import { kprobeHooks } from './kprobe.ts';
import { packetHooks } from './packet.ts';
import { perfEventHooks } from './perf-event.ts';
import { rawTracepointHooks } from './raw-tracepoint.ts';
import { skLookupHooks } from './sk-lookup.ts';
import { sockOpsHooks } from './sock-ops.ts';
import { streamHooks } from './streams.ts';
import { timedHooks } from './timed.ts';
import { tracepointHooks } from './tracepoint.ts';

const hookFamilies: readonly HookFamily[] = [
  timedHooks,
  packetHooks,
  flowDissectorHooks,
  tracepointHooks,
  rawTracepointHooks,
  perfEventHooks,
  kprobeHooks,
  fentryHooks,
  cgroupSockAddrHooks,
  congestionHooks,
  iteratorHooks,
  cgroupSockHooks,
  cgroupSockoptHooks,
  sockOpsHooks,
  skLookupHooks,
  streamHooks,
];

/** The family a program attaches by. Throws Failure `hook-not-replayable` naming program and section. */
export function hookFamilyOf(program: LinkedProgram): HookFamily {
  const family = hookFamilies.find(
    (each) => each.programTypes.includes(program.type) && each.takes?.(program) !== false,
  );
  if (family === undefined) {
    const known = [...new Set(hookFamilies.flatMap((each) => each.programTypes))].join(', ');
    throw new Failure(
      'replay',
      'hook-not-replayable',
      `programs of type ${program.type} cannot be attached to a recording yet (${known} can)`,
      { file: program.name, at: `section ${program.section}` },
      { type: program.type },
    );
  }
  return family;
}
