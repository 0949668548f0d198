/**
 * Which event types of a bundle's sources have events at all. A trace describes every event of its kernel, and
 * records those it was told to: where another source may tell of the same, it matters which of the two it is.
 */
import type { LinkedProgram } from '../bpf/program.ts';
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

/** Programs that events of system calls and of functions may call. */
const OF_CALLS = /^\??k(ret)?syscall|__(x64|arm64)_sys_/;

/**
 * Reads the sources that describe system calls, where something else may tell of the same to a program: an strace
 * beside them, or the tracers of functions. Otherwise none is read. Throws signal.reason.
 */
export async function recordedTypes(
  sources: readonly Source[],
  programs: readonly Pick<LinkedProgram, 'section' | 'attachTarget'>[],
  signal: AbortSignal | undefined,
): Promise<RecordedTypes> {
  const isOfCalls = programs.some(({ section, attachTarget }) => OF_CALLS.test(`${section} ${attachTarget}`));
  const hasTracer = sources.some(({ schema }) =>
    schema.types.some(({ system, name }) => system === 'ftrace' && /^func/.test(name)),
  );
  if (!sources.some(isStrace) && !(isOfCalls && hasTracer)) return allRecorded;
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
