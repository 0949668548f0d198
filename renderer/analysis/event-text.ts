/** One listed event's fields as text. */
import type { EventValue, ListedEvent } from '../../electron/host/contract.ts';

/** Elements of an array that are shown. */
const ELEMENTS_MAX = 16;

/** `prev_comm=init prev_pid=1`, without those that all events have; '?' for what lies past the record's end. */
export function fieldsText({ fields }: ListedEvent): string {
  return fields
    .filter(([name]) => !name.startsWith('common_'))
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

/** `worker-42`; '' where the thread is unknown. */
export function taskText({ comm, tid }: ListedEvent): string {
  return tid < 0 ? '' : `${comm ?? '?'}-${tid}`;
}

/** To the nanosecond, on the recording's own clock: lines are compared by it. */
export function secondsText(timeNs: bigint): string {
  return `${timeNs / 1_000_000_000n}.${String(timeNs % 1_000_000_000n).padStart(9, '0')}`;
}

function valueText(value: EventValue | undefined): string {
  if (value === undefined) return '?';
  if (typeof value === 'string') return /[\s=]/.test(value) || value === '' ? `"${value}"` : value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const rest = value.length - ELEMENTS_MAX;
  return `[${value.slice(0, ELEMENTS_MAX).join(' ')}${rest > 0 ? ' …' : ''}]`;
}
