/**
 * Which event types of a bundle's sources have events at all. A trace describes every event of its kernel, and
 * records those it was told to: where another source may tell of the same, it matters which of the two it is.
 */
import type { Source } from '../trace/event.ts';
import { countTypes } from '../trace/summary.ts';

/** Whether the source has events of the type, an index in its schema's. */
export type RecordedTypes = (source: Source, type: number) => boolean;

/** Where nobody looked: what is described counts as recorded. */
export const allRecorded: RecordedTypes = () => true;

/** By numbers that were counted already; a source that is not among them was not looked at. */
export function recordedBy(counts: ReadonlyMap<Source, ArrayLike<number>>): RecordedTypes {
  return (source, type) => {
    const ofSource = counts.get(source);
    return ofSource === undefined || (ofSource[type] ?? 0) > 0;
  };
}

/**
 * Reads the sources that describe system calls, where an strace beside them tells of the same; otherwise none.
 * Throws signal.reason.
 */
export async function recordedTypes(
  sources: readonly Source[],
  signal: AbortSignal | undefined,
): Promise<RecordedTypes> {
  if (!sources.some(isStrace)) return allRecorded;
  const counts = new Map<Source, ArrayLike<number>>();
  for (const source of sources) {
    if (isStrace(source) || !source.schema.types.some(({ system }) => isSyscallSystem(system))) continue;
    counts.set(source, (await countTypes(source, signal === undefined ? {} : { signal })).counts);
  }
  return recordedBy(counts);
}

export function isStrace({ format }: Source): boolean {
  return format === 'strace';
}

export function isSyscallSystem(system: string): boolean {
  return system === 'syscalls' || system === 'raw_syscalls';
}
