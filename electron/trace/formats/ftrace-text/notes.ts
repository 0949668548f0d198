/**
 * Lines that are no events: headers, what the recorder says it lost, what an atrace or a page has around its trace.
 * Cold: they are few, and may be strings.
 */
import type { Ledger } from '../../event.ts';
import { NOTE_CHARACTERS_MAX } from './limits.ts';

/** What header lines tell of the recording. */
export interface TextFacts {
  tracer: string | undefined;
  /** 0 where no line says. */
  cpuCount: number;
  /** trace-cmd's own first lines were there. */
  isReport: boolean;
  /** Events that were written to the buffer before those that it held; 0 where no line says. */
  overwritten: number;
  /** Those that lines between events say were lost. */
  lost: number;
}

export function emptyFacts(): TextFacts {
  return { tracer: undefined, cpuCount: 0, isReport: false, overwritten: 0, lost: 0 };
}

/** `note` for a line that is understood, `graph` for one of a tracer's call graph, else undefined. */
export function readNote(
  line: string,
  facts: TextFacts,
  ledger: Ledger,
  onLoss: (cpu: number) => void,
): 'note' | 'graph' | undefined {
  const text = line.slice(0, NOTE_CHARACTERS_MAX).trim();
  if (text === '') return 'note';
  if (text.startsWith('#')) {
    readHeader(text, facts);
    return 'note';
  }
  const cpus = /^cpus=(\d+)$/.exec(text)?.[1];
  if (cpus !== undefined || /^version = \d+$/.test(text)) {
    facts.isReport = true;
    if (cpus !== undefined) facts.cpuCount = Math.min(8_192, Number(cpus));
    return 'note';
  }
  if (readLoss(text, facts, ledger, onLoss)) return 'note';
  // What atrace, trace-cmd and a page in a script element say around the events.
  if (
    /^(capturing trace\.\.\.( done)?|TRACE:|CPU \d+ is empty|trace-cmd: .*|";?|\\n\\|`?;?|trace\.dat:)$/.test(
      text,
    )
  )
    return 'note';
  if (/^(?:\d+\.\d+ \|\s*)?\d+\)\s/.test(text)) return 'graph';
  // Around a line that says which task goes on.
  if (/^-{8,}$/.test(text)) return 'note';
  return undefined;
}

function readHeader(text: string, facts: TextFacts): void {
  const tracer = /^# tracer: (\S+)/.exec(text)?.[1];
  if (tracer !== undefined) facts.tracer = tracer.replace(/\\n\\$/, '');
  const [, held, written, cpus] =
    /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)\s+#P:(\d+)/.exec(text) ?? [];
  if (held === undefined) return;
  facts.cpuCount = Math.min(8_192, Number(cpus));
  facts.overwritten += Math.max(0, Number(written) - Number(held));
}

/** `CPU:1 [LOST 12 EVENTS]` of the kernel, `CPU:1 [12 EVENTS DROPPED]` of trace-cmd, both also without a number. */
function readLoss(text: string, facts: TextFacts, ledger: Ledger, onLoss: (cpu: number) => void): boolean {
  const match = /^(?:\S+: )?CPU:(\d+) \[(?:LOST ?(\d*) ?EVENTS|(\d*) ?EVENTS DROPPED)\]$/.exec(text);
  if (match === null) return false;
  const count = match[2] ?? match[3] ?? '';
  onLoss(Number(match[1]));
  if (count === '') ledger.droppedUncounted += 1;
  else facts.lost += Number(count);
  return true;
}
