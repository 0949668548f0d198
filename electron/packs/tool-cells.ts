/** How tools print one value: names for numbers, addresses, parts of a whole. A format a name, in one table. */
import type { TypedValue } from '../bpf/object/typed-value.ts';
import { addressText } from '../replay/kernel/ip-address.ts';
import { errnoName } from '../bpf/maps/errno.ts';
import { syscallNumbered } from '../trace/known-events/known-events.ts';

export const CELL_FORMATS = [
  'plain',
  'hex',
  'text',
  'fd',
  'error',
  'syscall',
  'ip',
  'tcpState',
  'device',
  'percent',
  'softirq',
  'signal',
  'exit',
  'words',
  'mountCall',
  'octal',
  'id',
  'since',
  'sum',
] as const;

export type CellFormat = (typeof CELL_FORMATS)[number];

/** Members of a record by name, the field's own value first; the recorded machine, x86_64 if not given. */
type Cell = (value: TypedValue, beside: readonly TypedValue[], machine?: string) => string;

const TCP_STATES = [
  '',
  ...['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE'],
  ...['CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING', 'NEW_SYN_RECV', 'UNKNOWN'],
];
const SOFTIRQS = [
  'hi',
  'timer',
  'net_tx',
  'net_rx',
  'block',
  'irq_poll',
  'tasklet',
  'sched',
  'hrtimer',
  'rcu',
];
const SIGNALS = [
  ...['', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL'],
  ...['SIGUSR1', 'SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT'],
  ...['SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF'],
  ...['SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS'],
];
/** As the C library puts them. */
const SIGNAL_TEXTS = [
  ...[
    '',
    'Hangup',
    'Interrupt',
    'Quit',
    'Illegal instruction',
    'Trace/breakpoint trap',
    'Aborted',
    'Bus error',
  ],
  ...['Floating point exception', 'Killed', 'User defined signal 1', 'Segmentation fault'],
  ...['User defined signal 2', 'Broken pipe', 'Alarm clock', 'Terminated', 'Stack fault', 'Child exited'],
  ...['Continued', 'Stopped (signal)', 'Stopped', 'Stopped (tty input)', 'Stopped (tty output)'],
  ...['Urgent I/O condition', 'CPU time limit exceeded', 'File size limit exceeded', 'Virtual timer expired'],
  ...['Profiling timer expired', 'Window changed', 'I/O possible', 'Power failure', 'Bad system call'],
];
/** An exit code of all ones, without the signal's byte. */
const EXIT_UNKNOWN = -1;
const AF_INET = 2;
/** Bits of a device's minor number, as the kernel keeps it. */
const MINOR_BITS = 20;

const cells: Readonly<Record<CellFormat, Cell>> = {
  plain: (value) => plainText(value),
  hex: (value) => BigInt.asUintN(64, BigInt(plainText(value))).toString(16),
  text: (value) => cText(value),
  /** What an open gave; -1 where it failed. */
  fd: (value) => String(Math.max(-1, Number(value))),
  /** 0 where it did not fail. */
  error: (value) => String(Math.max(0, -Number(value))),
  syscall: (value, _beside, machine) =>
    syscallNumbered(Number(value), machine)?.name ?? `[unknown: ${plainText(value)}]`,
  /** Beside it, the address family. */
  ip: (value, [family]) =>
    Number(family) === AF_INET ? ipv4(value) : addressText(Uint8Array.from(bytesOf(value))),
  tcpState: (value) => TCP_STATES[Number(value)] ?? plainText(value),
  device: (value) => `${Number(value) >>> MINOR_BITS}:${Number(value) & ((1 << MINOR_BITS) - 1)}`,
  /** Of it and what is beside it. */
  percent: (value, beside) => {
    const whole = beside.reduce<number>((sum, each) => sum + Number(each), Number(value));
    return whole === 0 ? '0' : String(Math.floor((100 * Number(value)) / whole));
  },
  softirq: (value) => SOFTIRQS[Number(value)] ?? plainText(value),
  signal: (value) => SIGNALS[Number(value)] ?? plainText(value),
  exit: exitText,
  /** Beside them, how many bytes they are; each ends in a NUL. */
  words: (value, [bytes]) => wordsText(plainText(value), Number(bytes)),
  mountCall,
  octal: (value) => Number(value).toString(8).padStart(8, '0'),
  /** Of a process or thread: the kernel has none of -1. */
  id: (value) => (Number(value) === -1 || Number(value) === 2 ** 32 - 1 ? NOT_RECORDED : plainText(value)),
  /** From what is beside it; a time that is not known is all ones. */
  since: (value, [start]) =>
    String(start) === UNKNOWN_TIME ? NOT_RECORDED : String(Number(value) - Number(start ?? 0)),
  sum: (value, beside) => String(beside.reduce<number>((sum, each) => sum + Number(each), Number(value))),
};

export function cellText(
  format: CellFormat,
  value: TypedValue,
  beside: readonly TypedValue[],
  machine?: string,
): string {
  return cells[format](value, beside, machine);
}

export function plainText(value: TypedValue): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);
}

/** Up to its NUL. */
export function cText(value: TypedValue): string {
  const text = plainText(value);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function wordsText(text: string, bytes: number): string {
  return text === NOT_RECORDED ? text : text.slice(0, bytes).replaceAll('\0', ' ').trimEnd();
}

function bytesOf(value: TypedValue): readonly number[] {
  if (Array.isArray(value)) return value.map(Number);
  const number = Number(value);
  return [number & 0xff, (number >>> 8) & 0xff, (number >>> 16) & 0xff, number >>> 24];
}

function ipv4(value: TypedValue): string {
  return bytesOf(value).slice(0, 4).join('.');
}

/** Beside it, the signal that ended the process, with the bit that says a core was dumped. */
function exitText(value: TypedValue, [signal]: readonly TypedValue[]): string {
  // All ones: not known of this process, though of others.
  if (Number(value) === EXIT_UNKNOWN && (Number(signal) & 0xff) === 0xff) return NOT_RECORDED;
  if (Number(signal) === 0) return Number(value) === 0 ? '0' : `code ${plainText(value)}`;
  const number = Number(signal) & 0x7f;
  const core = (Number(signal) & 0x80) === 0 ? '' : ', core dumped';
  return `signal ${number} (${SIGNAL_TEXTS[number] ?? 'Unknown signal'})${core}`;
}

/** Beside it: operation, flags, source, target, type of file system, data. */
function mountCall(value: TypedValue, beside: readonly TypedValue[]): string {
  const [operation, flags, source = '', target = '', type = '', data = ''] = beside;
  const result = Number(value) >= 0 ? plainText(value) : `-${errnoName(-Number(value))}`;
  const bits = mountFlags(BigInt(plainText(flags ?? 0)));
  const texts =
    Number(operation) === 0
      ? [quoted(source), quoted(target), quoted(type), bits, quoted(data)]
      : [quoted(target), bits];
  return `${Number(operation) === 0 ? 'mount' : 'umount'}(${texts.join(', ')}) = ${result}`;
}

/** `<not recorded>` is no text of the program's. */
function quoted(value: TypedValue): string {
  const text = cText(value);
  return text === NOT_RECORDED ? text : `"${text}"`;
}

/** Of 64 bits. */
const UNKNOWN_TIME = String(2n ** 64n - 1n);
export const NOT_RECORDED = '<not recorded>';

const MOUNT = [
  ...['MS_RDONLY', 'MS_NOSUID', 'MS_NODEV', 'MS_NOEXEC', 'MS_SYNCHRONOUS', 'MS_REMOUNT', 'MS_MANDLOCK'],
  ...['MS_DIRSYNC', 'MS_NOSYMFOLLOW', '', 'MS_NOATIME', 'MS_NODIRATIME', 'MS_BIND', 'MS_MOVE', 'MS_REC'],
  ...['MS_VERBOSE', 'MS_POSIXACL', 'MS_UNBINDABLE', 'MS_PRIVATE', 'MS_SLAVE', 'MS_SHARED', 'MS_RELATIME'],
];
/** The tool has the same names for the flags of umount, and so has this. */
function mountFlags(flags: bigint): string {
  const known = MOUNT.filter((name, bit) => name !== '' && (flags & (1n << BigInt(bit))) !== 0n);
  return known.length === 0 ? `0x${flags.toString(16)}` : known.join(' | ');
}
