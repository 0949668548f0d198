/** Signals to the current task: recorded as an effect, never sent. What Linux would refuse is refused. */
import { EINVAL, EPERM } from '../maps/errno.ts';
import { errno, int, s32, u32, type HelperFamily } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

/** _NSIG. */
const SIGNAL_MAX = 64;
/** Nobody signals init, and the idle tasks are the kernel's. */
const INIT = 1;

function send(kind: string, { world }: HelperContext, signalRegister: bigint): bigint {
  const signal = u32(signalRegister);
  const [tid, tgid] = [world.tid(), world.tgid()];
  if (tid === 0 || tgid === INIT) return errno(EPERM);
  if (signal > SIGNAL_MAX) return errno(EINVAL);
  // Signal 0 asks whether one may be sent.
  if (signal !== 0) world.effect({ kind, facts: { signal, tid, tgid } });
  return 0n;
}

export const signalHelpers: HelperFamily = {
  send_signal: (context, signal) => send('send_signal', context, signal),
  send_signal_thread: (context, signal) => send('send_signal_thread', context, signal),
};

/** enum pid_type: whom a signal is for. */
const TO_THREAD = 0;
const TO_PROCESS = 1;

/** Signals to any task: bpf_send_signal_task(), with a value that goes along. */
export const signalFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_send_signal_task({ world }, task, signalRegister, typeRegister, value) {
    const type = s32(typeRegister);
    if (type !== TO_THREAD && type !== TO_PROCESS) return int(-EINVAL);
    const tid = world.objects().tidAt(Number(task));
    if (tid === undefined) {
      world.missing('tid');
      return int(-EINVAL);
    }
    const tgid = world.objects().tgid(tid);
    if (tid === 0 || tgid === INIT) return int(-EPERM);
    const signal = u32(signalRegister);
    if (signal > SIGNAL_MAX) return int(-EINVAL);
    const to = type === TO_THREAD ? 'thread' : 'process';
    if (signal !== 0) world.effect({ kind: 'send_signal_task', facts: { signal, tid, tgid, to, value } });
    return 0n;
  },
};
