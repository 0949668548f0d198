/** `--from`, `--to`, `--cpu`, `--pid`, `--tid`, `--comm`: which events programs are called for. */
import { Failure } from '../failure.ts';
import type { LimitSettings } from '../host/jobs/protocol.ts';
import { readLimits, type LimitTexts } from '../host/limits.ts';

export const limitOptions = {
  from: { type: 'string' },
  to: { type: 'string' },
  cpu: { type: 'string', multiple: true },
  pid: { type: 'string', multiple: true },
  tid: { type: 'string', multiple: true },
  comm: { type: 'string', multiple: true },
} as const;

/** undefined where no limit is set. Throws Failure `usage`. */
export function limitsGiven({ from, to, cpu, pid, tid, comm }: LimitTexts): LimitSettings | undefined {
  return readLimits(
    { from, to, cpu, pid, tid, comm },
    (name, text, reason) => new Failure('usage', 'bad-option', `--${name} ${text}: ${reason}`),
  );
}
