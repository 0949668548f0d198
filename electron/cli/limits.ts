/** `--from`, `--to`, `--cpu`, `--pid`, `--tid`, `--comm`: which events programs are called for. */
import { Failure } from '../failure.ts';
import type { LimitSettings } from '../host/jobs/protocol.ts';

export const limitOptions = {
  from: { type: 'string' },
  to: { type: 'string' },
  cpu: { type: 'string', multiple: true },
  pid: { type: 'string', multiple: true },
  tid: { type: 'string', multiple: true },
  comm: { type: 'string', multiple: true },
} as const;

/** More CPUs than any machine has. */
const NUMBER_MAX = 4_194_304;

export interface LimitValues {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cpu?: readonly string[] | undefined;
  readonly pid?: readonly string[] | undefined;
  readonly tid?: readonly string[] | undefined;
  readonly comm?: readonly string[] | undefined;
}

/** undefined where no limit is set. Throws Failure `usage`. */
export function readLimits({ from, to, cpu, pid, tid, comm }: LimitValues): LimitSettings | undefined {
  if ([from, to, cpu, pid, tid, comm].every((each) => each === undefined)) return undefined;
  return {
    from,
    to,
    cpus: cpu && numbersOf('--cpu', cpu),
    pids: pid && numbersOf('--pid', pid),
    tids: tid && numbersOf('--tid', tid),
    comms: comm,
  };
}

/** `0,2-3`, as taskset has it. */
function numbersOf(option: string, texts: readonly string[]): number[] {
  return texts
    .flatMap((text) => text.split(','))
    .flatMap((part) => {
      const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
      const [low, high] = [Number(first), Number(last)];
      if (first === '' || high < low || high > NUMBER_MAX)
        throw new Failure('usage', 'bad-option', `${option} ${part}: numbers such as 0,2-3 are meant`);
      return Array.from({ length: high - low + 1 }, (_, index) => low + index);
    });
}
