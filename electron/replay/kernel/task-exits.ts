/**
 * With which code threads end: what they gave exit() and exit_group(), and the signals that kill. A code is as
 * wait() gives it: a status in its second byte, or a signal's number.
 */
import type { Batch, EventField, EventType } from '../../trace/event.ts';

export interface Ending {
  /** undefined where it is not known: whether a signal that dumps core did so, no event says. */
  readonly code: number | undefined;
  /** All threads of the process end with it. */
  readonly isGroup: boolean;
  /** By a signal that was sent before: complete_signal() has each thread of a process that dies get a SIGKILL. */
  readonly isBySent?: boolean;
}

/** A signal that reached a process, which may end it. */
export interface SentSignal {
  readonly tid: number;
  readonly signal: number;
}

/** Hot: undefined for a record that tells of no end. It is of the thread that the event happened in. */
export type ExitReader = (
  record: DataView,
  isLittleEndian: boolean,
  batch: Batch,
  row: number,
) => Ending | undefined;

/** Numbers of exit() and exit_group(). */
const CALLS: Readonly<Record<string, readonly [exit: number, exitGroup: number]>> = {
  x86_64: [60, 231],
  aarch64: [93, 94],
};
/** Signals that end no process: SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH (signal(7)). */
const HARMLESS: ReadonlySet<number> = new Set([17, 18, 19, 20, 21, 22, 23, 28]);
const SIGKILL = 9;
/** Those that may leave a core: SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS. */
const CORE_DUMPING: ReadonlySet<number> = new Set([3, 4, 5, 6, 7, 8, 11, 24, 25, 31]);

/** undefined for a type that tells of no end. */
export function exitReader(type: EventType, machine: string | undefined): ExitReader | undefined {
  const place = (name: string): EventField | undefined => type.fields.find((each) => each.name === name);
  switch (`${type.system}:${type.name}`) {
    case 'raw_syscalls:sys_enter':
      return calls(place('id'), place('args'), CALLS[machine ?? '']);
    case 'syscalls:sys_enter_exit':
    case 'syscalls:sys_enter_exit_group':
      return call(place('error_code'), type.name === 'sys_enter_exit_group');
    case 'signal:signal_deliver':
      return signals(place('sig'), place('sa_handler'));
    default:
      return undefined;
  }
}

function calls(
  id: EventField | undefined,
  args: EventField | undefined,
  numbers: readonly [number, number] | undefined,
): ExitReader | undefined {
  if (id?.sizeBytes !== 8 || args?.elementSizeBytes !== 8 || numbers === undefined) return undefined;
  const [exit, exitGroup] = numbers;
  return (record, isLittleEndian) => {
    const number = record.getUint32(id.offsetBytes + (isLittleEndian ? 0 : 4), isLittleEndian);
    if (number !== exit && number !== exitGroup) return undefined;
    const status = record.getUint32(args.offsetBytes + (isLittleEndian ? 0 : 4), isLittleEndian);
    return { code: (status & 0xff) << 8, isGroup: number === exitGroup };
  };
}

function call(status: EventField | undefined, isGroup: boolean): ExitReader | undefined {
  if (status === undefined) return undefined;
  return (record, isLittleEndian) => {
    const lowByte = status.offsetBytes + (isLittleEndian ? 0 : status.sizeBytes - 1);
    return { code: record.getUint8(lowByte) << 8, isGroup };
  };
}

/** undefined where a core may have been left, which is a bit of the code. */
export function codeOf(signal: number): number | undefined {
  return CORE_DUMPING.has(signal) ? undefined : signal;
}

/** Hot: undefined for a signal that did not reach its process, as none but SIGKILL does one that is dying. */
export type SignalReader = (record: DataView, isLittleEndian: boolean) => SentSignal | undefined;

/** undefined for a type that tells of no signal being sent. */
export function signalReader(type: EventType): SignalReader | undefined {
  if (`${type.system}:${type.name}` !== 'signal:signal_generate') return undefined;
  const [sig, pid, result] = ['sig', 'pid', 'result'].map((name) =>
    type.fields.find((field) => field.name === name && field.sizeBytes === 4),
  );
  if (sig === undefined || pid === undefined || result === undefined) return undefined;
  return (record, isLittleEndian) => {
    // TRACE_SIGNAL_DELIVERED.
    if (record.getInt32(result.offsetBytes, isLittleEndian) !== 0) return undefined;
    const signal = record.getInt32(sig.offsetBytes, isLittleEndian);
    return HARMLESS.has(signal)
      ? undefined
      : { tid: record.getInt32(pid.offsetBytes, isLittleEndian), signal };
  };
}

/** SIG_DFL is 0: a handler of the program's own ends nothing by itself. */
function signals(sig: EventField | undefined, handler: EventField | undefined): ExitReader | undefined {
  if (sig?.sizeBytes !== 4 || handler?.sizeBytes !== 8) return undefined;
  return (record, isLittleEndian) => {
    const number = record.getInt32(sig.offsetBytes, isLittleEndian);
    if (record.getBigUint64(handler.offsetBytes, isLittleEndian) !== 0n || HARMLESS.has(number))
      return undefined;
    if (number === SIGKILL) return { code: undefined, isGroup: true, isBySent: true };
    return { code: codeOf(number), isGroup: true };
  };
}
