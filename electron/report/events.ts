/** Events as `retroprobe events` prints them: a line each, of text or of JSON. */
import type { EventValue, ListedEvent } from '../host/contract.ts';
import { printable } from './format.ts';
import { toJsonTime } from './json.ts';

/** Elements of an array that a line shows. */
const ELEMENTS_MAX = 16;
const TASK_COLUMNS = 24;
const TYPE_COLUMNS = 26;
const FRAME_INDENT = 25;

export const EVENT_HEADING = `${'seconds'.padStart(18)}  CPU  ${'thread'.padEnd(TASK_COLUMNS)}  ${'event'.padEnd(TYPE_COLUMNS)}  fields`;

/** `7615.709442123    3  worker-42   sched:sched_wakeup   comm=... pid=...`; ends with a newline. */
export function renderEvent(event: ListedEvent, isSourceShown: boolean): string {
  const { timeNs, cpu, tid, comm, type, fields } = event;
  const task = tid < 0 ? '?' : `${printable(comm ?? '?')}-${tid}`;
  const shown = fields
    .filter(([name]) => !name.startsWith('common_'))
    .map(([name, value]) => `${printable(name)}=${valueText(value)}`);
  const columns = [
    secondsText(timeNs).padStart(18),
    String(cpu).padStart(3),
    task.padEnd(TASK_COLUMNS),
    printable(type).padEnd(TYPE_COLUMNS),
    shown.join(' '),
    ...(isSourceShown ? [`[${printable(event.source)}]`] : []),
  ];
  // Deeper than the columns begin, so that events stand out.
  const frames = (event.frames ?? []).map((frame) => `${' '.repeat(FRAME_INDENT)}${printable(frame)}\n`);
  return `${columns.join('  ').trimEnd()}\n${frames.join('')}`;
}

/** One object a line: names as in `info --json`, integers beyond 2^53 as decimal strings. */
export function eventJson(event: ListedEvent): string {
  const { source, clock, isUnsynchronised, id, timeNs, cpu, tid, comm, type, fields, stack, frames } = event;
  const values = Object.fromEntries(fields.map(([name, value]) => [name, jsonValue(value)]));
  return `${JSON.stringify({
    source,
    event: id,
    timeNs: toJsonTime(timeNs),
    ...(isUnsynchronised ? { clock, isUnsynchronised } : {}),
    cpu,
    tid: tid < 0 ? null : tid,
    comm: comm ?? null,
    type,
    fields: values,
    ...(stack.length === 0 ? {} : { stack: stack.map((address) => `0x${address.toString(16)}`) }),
    ...(frames === undefined || frames.length === 0 ? {} : { frames }),
  })}\n`;
}

/** To the nanosecond, as a person compares lines by it. */
function secondsText(ns: bigint): string {
  return `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
}

function valueText(value: EventValue | undefined): string {
  if (value === undefined) return '?';
  if (typeof value === 'string')
    return /[\s=]/.test(value) || value === '' ? quoted(value) : printable(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const rest = value.length - ELEMENTS_MAX;
  return `[${value.slice(0, ELEMENTS_MAX).join(' ')}${rest > 0 ? ` and ${rest} more` : ''}]`;
}

/** So that a value with spaces in it is seen as one. */
function quoted(text: string): string {
  return `"${printable(text.trimEnd())}"`;
}

function jsonValue(value: EventValue | undefined): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return toJsonTime(value);
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value.map((each) => (typeof each === 'bigint' ? toJsonTime(each) : each));
}
