/** Signals to the current task: recorded as an effect, never sent. What Linux would refuse is refused. */
import { EINVAL, EPERM } from '../maps/errno.ts';
import { errno, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

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
