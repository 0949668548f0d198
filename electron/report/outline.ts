/** What is told of a bundle before it is counted, as one line. */
import type { BundleInfo, SourceInfo } from '../host/contract.ts';
import { formatBytes, formatCount, formatSeconds, printable } from './format.ts';
import { clip } from './text-page.ts';

/** Digits that an estimate is good for. */
const ESTIMATE_DIGITS = 3;

export function outlineLine({ name, sizeBytes, sources }: BundleInfo): string {
  const [first, ...others] = sources;
  const facts = others.length > 0 || first === undefined ? [`${sources.length} sources`] : factsOf(first);
  const events = sources.reduce((sum, { ledger }) => sum + ledger.read, 0);
  const about =
    events === 0 ? [] : [`about ${formatCount(Number(events.toPrecision(ESTIMATE_DIGITS)))} events`];
  return clip([`${printable(name)}  ${formatBytes(sizeBytes)}`, ...facts, ...about].join(', '));
}

function factsOf({ format, formatDetail, cpuCount, clock, spanNs }: SourceInfo): string[] {
  return [
    `${format} ${formatDetail}`.trim(),
    ...(cpuCount === 0 ? [] : [`${cpuCount} CPUs`]),
    ...(clock === 'unknown' ? [] : [`clock ${clock}`]),
    ...(spanNs === undefined ? [] : [formatSeconds(spanNs[1] - spanNs[0])]),
  ];
}
