/** The one table of kinds of context. The first whose detect() says so has the member. */
import type { ContextHead, ContextKind } from './context.ts';
import { hangingThreads, properties, reportHeader, tombstone } from './kinds/android.ts';
import { dynamicEvents } from './kinds/dynamic-events.ts';
import { elfFile } from './kinds/elf-file.ts';
import { eventFormat } from './kinds/event-format.ts';
import { eventSettings } from './kinds/event-settings.ts';
import { ipAddr } from './kinds/ip-addr.ts';
import { ipNeigh } from './kinds/ip-neigh.ts';
import { ipRoute } from './kinds/ip-route.ts';
import { kallsyms } from './kinds/kallsyms.ts';
import { kernelConfiguration } from './kinds/kernel-configuration.ts';
import { kernelTypes } from './kinds/kernel-types.ts';
import { kernelVersion } from './kinds/kernel-version.ts';
import { modules } from './kinds/modules.ts';
import { date, timedatectl, uptime } from './kinds/moments.ts';
import { perfMap } from './kinds/perf-map.ts';
import { printkFormats } from './kinds/printk-formats.ts';
import { procMaps } from './kinds/proc-maps.ts';
import { ps } from './kinds/ps.ts';
import { savedCmdlines, savedTgids } from './kinds/saved-tasks.ts';
import { sysctl } from './kinds/sysctl.ts';
import { traceClock } from './kinds/trace-clock.ts';

export const CONTEXT_KINDS: readonly ContextKind[] = [
  eventFormat,
  eventSettings,
  kernelTypes,
  kallsyms,
  elfFile,
  perfMap,
  procMaps,
  savedCmdlines,
  savedTgids,
  printkFormats,
  dynamicEvents,
  traceClock,
  kernelVersion,
  kernelConfiguration,
  modules,
  ipAddr,
  ipNeigh,
  ipRoute,
  sysctl,
  ps,
  date,
  timedatectl,
  uptime,
  reportHeader,
  properties,
  tombstone,
  hangingThreads,
];

export function contextKindOf(head: ContextHead): ContextKind | undefined {
  return CONTEXT_KINDS.find((kind) => kind.detect(head));
}
