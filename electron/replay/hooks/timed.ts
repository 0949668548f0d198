/**
 * Programs that no event calls: `begin`, before the first event, `end`, after the last, `every:100ms`, whenever so much
 * trace time has passed. Named when the program is attached, as user space would call it or open its clock: a program
 * of SEC("syscall"), and of any other type here that reads nothing of its context. Nobody is known to run then.
 */
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import type { AttachPlan, HookFamily, TimedCall } from './hook.ts';

const NS_OF_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
};

/** A year: what a recording never lasts. */
const EVERY_NS_MAX = 31_536_000_000_000_000n;

/** undefined for a target that is no time. Throws Failure `bad-target` for an interval that is none. */
function whenOf({ name, attachTarget }: LinkedProgram): TimedCall['when'] | undefined {
  if (attachTarget === 'begin' || attachTarget === 'end') return attachTarget;
  if (!attachTarget.startsWith('every:')) return undefined;
  const [, count, unit = ''] = /^every:(\d{1,18})(ns|us|ms|s)$/.exec(attachTarget) ?? [];
  const everyNs = BigInt(count ?? 0) * (NS_OF_UNIT[unit] ?? 0n);
  if (everyNs > 0n && everyNs <= EVERY_NS_MAX) return { everyNs };
  const reason = `${attachTarget} is no interval: every:10s, every:100ms, every:50us and the like are`;
  throw new Failure('replay', 'bad-target', reason, { file: name });
}

function plan(program: LinkedProgram): AttachPlan {
  const when = whenOf(program);
  if (when === undefined) {
    const reason = `user space calls it: say when with --attach ${program.name}=begin, end or every:1s`;
    throw new Failure('replay', 'no-time', reason, { file: program.name, at: `section ${program.section}` });
  }
  return {
    hook: program.attachTarget,
    attachments: [],
    timed: [{ when, drive: (call) => void call(0) }],
    contextSizeBytes: 0,
  };
}

/** Whether user space calls it, and the section cannot say when. */
export function isCalledByUser({ type, attachTarget }: LinkedProgram): boolean {
  return type === 'syscall' && attachTarget === '';
}

export const timedHooks: HookFamily = {
  name: 'timed',
  programTypes: ['syscall', 'tracepoint', 'raw_tracepoint', 'kprobe', 'perf_event'],
  takes: (program) => program.type === 'syscall' || whenOf(program) !== undefined,
  plan,
};
