/** Stacks of a stack-trace map for a person: a frame a line, without the addresses of those that have a name. */
import type { MapResult } from '../host/contract.ts';
import { formatCount, formatValue, printable } from './format.ts';
import { phrase, type Messages } from './messages.ts';

const FRAMES_MAX = 12;

/** Innermost first, `stacksMax` stacks; what is cut is counted. */
export function stackLines({ rows, rowsCut }: MapResult, stacksMax: number, words: Messages): string[] {
  const shown = rows.slice(0, stacksMax);
  const rest = rows.length + rowsCut - shown.length;
  const lines = shown.flatMap(({ key, value }) => {
    const frames = Array.isArray(value) ? value.map((each) => printable(String(each))) : [formatValue(value)];
    const cut = frames.length - FRAMES_MAX;
    return [
      `${formatValue(key)}:`,
      ...frames.slice(0, FRAMES_MAX).map((frame) => `  ${withoutAddress(frame)}`),
      ...(cut > 0 ? [`  ${phrase(words.moreCallers, { count: formatCount(cut) })}`] : []),
    ];
  });
  return rest > 0 ? [...lines, phrase(words.moreStacks, { count: formatCount(rest) })] : lines;
}

function withoutAddress(frame: string): string {
  return frame.replace(/^0x[0-9a-f]+ (?!\[unknown\])/, '');
}
