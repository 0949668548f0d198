/**
 * What can be told of a bundle before its events are counted: its sources, their clocks, and where a format can tell
 * by a look at a few places, how long they are and about how many events they hold.
 */
import { Failure } from '../../failure.ts';
import { openRecording, type Bundle } from '../../trace/bundle/bundle.ts';
import { emptyLedger, type Source } from '../../trace/event.ts';
import type { BundleInfo, SourceInfo } from '../contract.ts';
import type { JobControl } from './perform.ts';
import type { OpenJob } from './protocol.ts';

/** Below, the whole is counted before anybody has read an estimate. */
const OUTLINED_BYTES_MIN = 32 * 1024 * 1024;

type Outlined = Pick<Bundle, 'name' | 'sizeBytes' | 'sources'> &
  Partial<Pick<Bundle, 'caseFile' | 'context'>>;

/**
 * Before its hash is taken, which reads it all; nothing of archives and folders, which are unpacked and listed once.
 * Answers whether anything was told.
 */
export async function outlineRecording(
  { path, bundleId }: OpenJob,
  { onOutline }: JobControl,
): Promise<boolean> {
  if (onOutline === undefined) return false;
  try {
    const recording = await openRecording(path);
    if (recording === undefined) return false;
    try {
      const outline = outlineOf(recording, bundleId);
      if (outline !== undefined) onOutline(outline);
      return outline !== undefined;
    } finally {
      recording.close();
    }
  } catch (error) {
    // What is wrong with it is said where it is opened.
    if (!(error instanceof Failure) && !(error instanceof Error && 'syscall' in error)) throw error;
    return false;
  }
}

/** undefined for what is small. */
export function outlineOf(
  { name, sizeBytes, sources, caseFile, context = [] }: Outlined,
  bundleId: string,
): BundleInfo | undefined {
  if (sizeBytes < OUTLINED_BYTES_MIN) return undefined;
  const outlined = sources.map(outlineOfSource);
  const clock = outlined[0]?.clock ?? 'unknown';
  return { bundleId, name, sizeBytes, sha256: '', caseFile, clock, sources: outlined, context, unread: [] };
}

function outlineOfSource(source: Source): SourceInfo {
  const { name, format, formatDetail, clock, schema } = source;
  const { cpuCount, kernelRelease, machine } = source.context;
  const { spanNs, counts } = source.outline?.() ?? { spanNs: undefined, counts: new Float64Array(0) };
  const types = schema.types
    .map((type) => ({ name: `${type.system}:${type.name}`, events: counts[type.index] ?? 0 }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1));
  const read = types.reduce((sum, { events }) => sum + events, 0);
  return {
    ...{ name, format, formatDetail, clock, spanNs, cpuCount, kernelRelease, machine, types },
    // How the clocks lie to each other is known once they were read.
    placement: { offsetNs: 0n, origins: [], spreadNs: 0n },
    ledger: { ...emptyLedger(), read },
  };
}
