/**
 * How often events call programs, without running any: many events of a type may be of other functions, packets of other
 * devices, calls of other numbers, and what a hook does of each it says only when it is driven.
 */
import type { AttachedObject, AttachedProgram } from './attach.ts';
import { replay, type ReplayOptions } from './engine.ts';
import type { Attachment } from './hooks/hook.ts';

/**
 * By attachment, for those that do not make one call of every event. Reads the sources once where there are such. Throws
 * signal.reason when cancelled.
 */
export async function countCalls(
  empty: AttachedObject,
  planned: readonly Pick<AttachedProgram, 'program' | 'plan'>[],
  options: Pick<ReplayOptions, 'signal' | 'onProgress'>,
): Promise<ReadonlyMap<Attachment, number>> {
  const calls = new Map<Attachment, number>();
  const programs = planned.map(({ program, plan }) => ({
    program,
    plan: { ...plan, timed: [], attachments: plan.attachments.flatMap((each) => counting(each, calls)) },
    loaded: { run: () => 0n, runs: 0, batchEntry: undefined },
    events: 0,
  }));
  if (calls.size > 0) await replay({ ...empty, programs }, options);
  return calls;
}

/** Nothing for those whose every event is one call. */
function counting(attachment: Attachment, calls: Map<Attachment, number>): Attachment[] {
  const { drive, layOut, isFollowed, source, type } = attachment;
  if (isFollowed === true) return [attachment];
  if (drive === undefined && layOut === undefined) return [];
  calls.set(attachment, 0);
  const count = (): void => void calls.set(attachment, (calls.get(attachment) ?? 0) + 1);
  const called = (): bigint => {
    count();
    return 0n;
  };
  return [
    {
      source,
      type,
      drive: (_call, record, batch, row) => {
        if (drive !== undefined) drive(called, record, batch, row);
        else if (layOut?.(record, batch, row) !== 0) count();
      },
    },
  ];
}
