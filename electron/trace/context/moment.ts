/** The moment a bundle's state was taken, put together from what its members say of it. */
import type { DeviceFacts } from './context.ts';

const MS_PER_MINUTE = 60_000;

/** Fills in zone, moment and the pair of clocks that follow from the rest. */
export function completeMoment(facts: DeviceFacts): void {
  const { takenAtMs, takenAtWallMs, timeZone } = facts;
  if (facts.utcOffsetMinutes === undefined && takenAtWallMs !== undefined) {
    const difference = takenAtMs === undefined ? undefined : (takenAtWallMs - takenAtMs) / MS_PER_MINUTE;
    // The two are written one after the other: zones lie quarters of an hour apart.
    facts.utcOffsetMinutes =
      difference !== undefined && Math.abs(difference) <= 15 * 60
        ? Math.round(difference / 15) * 15
        : timeZone === undefined
          ? undefined
          : utcOffsetOf(timeZone, takenAtWallMs);
  }
  if (takenAtWallMs !== undefined && facts.utcOffsetMinutes !== undefined)
    facts.takenAtMs ??= takenAtWallMs - facts.utcOffsetMinutes * MS_PER_MINUTE;
  const atMs = facts.takenAtMs ?? takenAtWallMs;
  if (facts.uptimeSeconds === undefined || atMs === undefined) return;
  const error = facts.uptimeErrorSeconds === undefined ? '' : `, within ${facts.uptimeErrorSeconds} s`;
  const zone = facts.takenAtMs === undefined ? ', its time zone unknown' : '';
  facts.clockPairs.push({
    clock: 'boot',
    timeNs: BigInt(Math.round(facts.uptimeSeconds * 1000)) * 1_000_000n,
    otherClock: 'realtime',
    otherTimeNs: BigInt(atMs) * 1_000_000n,
    origin: `uptime and date of the device${error}${zone}`,
  });
}

/** Minutes that a zone's wall clock is ahead of UTC at a time it shows; undefined for a zone nobody knows. */
export function utcOffsetOf(timeZone: string, wallMs: number): number | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  // The offset at the wall's time taken as UTC is right but for hours around a change: look again from there.
  let offset = 0;
  for (let turn = 0; turn < 2; turn++) {
    const name = format
      .formatToParts(new Date(wallMs - offset * MS_PER_MINUTE))
      .find(({ type }) => type === 'timeZoneName')?.value;
    const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name ?? '') ?? [];
    offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  }
  return offset;
}
