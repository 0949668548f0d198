/** What a user says of a source's clock: `+1.5s`, to be added to its times, or the clock's name, `boot`. */
import { Failure, type FailurePlace } from '../../failure.ts';

export type ClockSetting =
  { readonly kind: 'offset'; readonly offsetNs: bigint } | { readonly kind: 'clock'; readonly clock: string };

const NS_PER_UNIT = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n } as const;

/** Throws Failure `bad-clock`. */
export function parseClockSetting(text: string, place: FailurePlace): ClockSetting {
  const [, sign = '', whole, fraction = '', unit = 's'] =
    /^([+-]?)(\d{1,19})(?:\.(\d{1,9}))?(ns|us|ms|s)?$/.exec(text.trim()) ?? [];
  if (whole !== undefined) {
    const perUnit = NS_PER_UNIT[unit as keyof typeof NS_PER_UNIT];
    const parts = (BigInt(fraction.padEnd(9, '0')) * perUnit) / 1_000_000_000n;
    const offsetNs = BigInt(whole) * perUnit + parts;
    return { kind: 'offset', offsetNs: sign === '-' ? -offsetNs : offsetNs };
  }
  if (/^[a-z][a-z0-9_-]{0,30}$/.test(text.trim())) return { kind: 'clock', clock: text.trim() };
  const reason = `${text} is neither an offset such as +1.5s nor a clock such as boot`;
  throw new Failure('bundle', 'bad-clock', reason, place);
}
