/** Quantities as people read them: a value in the unit a program counts in, scaled to one that fits. */

interface Scale {
  /** How many of the base unit one of these is. */
  readonly size: number;
  readonly name: string;
}

const TIME_SCALES: readonly Scale[] = [
  { size: 1, name: 'ns' },
  { size: 1e3, name: 'µs' },
  { size: 1e6, name: 'ms' },
  { size: 1e9, name: 's' },
];

const BYTE_SCALES: readonly Scale[] = [
  { size: 1, name: 'B' },
  { size: 2 ** 10, name: 'KiB' },
  { size: 2 ** 20, name: 'MiB' },
  { size: 2 ** 30, name: 'GiB' },
];

const COUNT_SCALES: readonly Scale[] = [{ size: 1, name: '' }];

/** Units of HistogramView.unit, by how many of their family's smallest they are. */
const UNITS: Readonly<Record<string, { readonly scales: readonly Scale[]; readonly size: number }>> = {
  ns: { scales: TIME_SCALES, size: 1 },
  us: { scales: TIME_SCALES, size: 1e3 },
  ms: { scales: TIME_SCALES, size: 1e6 },
  bytes: { scales: BYTE_SCALES, size: 1 },
  count: { scales: COUNT_SCALES, size: 1 },
};

const SIGNIFICANT_DIGITS = 4;

/** `1.024 ms` for 1024 and `us`; four significant digits. */
export function formatQuantity(value: number, unit: string): string {
  const { scale, factor } = scaleFor(value, unit);
  return withUnit(formatScaled(value * factor), scale.name);
}

/** `[64, 128) µs`; both edges in the unit that fits the lower one. */
export function formatInterval(low: number, high: number, unit: string): string {
  const { scale, factor } = scaleFor(low === 0 ? high : low, unit);
  return withUnit(`[${formatScaled(low * factor)}, ${formatScaled(high * factor)})`, scale.name);
}

/** Nanoseconds as `12.5 ms`. */
export function formatDuration(durationNs: number): string {
  return formatQuantity(durationNs, 'ns');
}

export function formatBytes(sizeBytes: number): string {
  return formatQuantity(sizeBytes, 'bytes');
}

/** An unknown unit is shown as it is, unscaled. */
function scaleFor(value: number, unit: string): { readonly scale: Scale; readonly factor: number } {
  const known = UNITS[unit];
  if (known === undefined) return { scale: { size: 1, name: unit }, factor: 1 };
  const base = value * known.size;
  const scale = known.scales.findLast(({ size }) => base >= size) ?? known.scales[0] ?? { size: 1, name: '' };
  return { scale, factor: known.size / scale.size };
}

function formatScaled(value: number): string {
  if (value >= 10 ** SIGNIFICANT_DIGITS) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}

function withUnit(text: string, unit: string): string {
  return unit === '' ? text : `${text} ${unit}`;
}
