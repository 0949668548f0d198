/** What a log probe is, once its file has been read. */
import type { Pattern } from './pattern.ts';

export interface LogProbe {
  /** The tracepoint is `log:<name>`. */
  readonly name: string;
  /** Formats, or ends of files' names, that it looks at; all logs where it names none. */
  readonly sources: readonly string[];
  readonly begin: Pattern | undefined;
  /** What makes the event: the only pattern, or the end of a pair. */
  readonly end: Pattern;
  /** Captures, or pid and tid of the line, that a beginning and its end have in common. */
  readonly key: readonly string[];
}

/** Fields that every event made of a line has; captures may be named pid and tid, whose value is then theirs. */
export const LINE_FIELDS: ReadonlySet<string> = new Set(['level', 'tag', 'message']);
export const LINE_IDS: ReadonlySet<string> = new Set(['pid', 'tid']);
/** Of a pair. */
export const PAIR_FIELDS: ReadonlySet<string> = new Set(['begin_ns', 'duration_ns']);

export function looksAt({ sources }: LogProbe, format: string, file: string): boolean {
  return (
    sources.length === 0 ||
    sources.some((each) => each === format || file === each || file.endsWith(`/${each}`))
  );
}
