/** The one table of comparisons. */
import { join } from 'node:path';

import type { FidelityCase, WorkloadFacts } from './case.ts';
import { compareLines, compareRows, type LineRules } from './compare.ts';
import { compareStacks } from './compare-stacks.ts';
import { functionsOf } from './same-address.ts';
import { compareHistograms } from './compare-histograms.ts';

const noArguments = (): readonly string[] => [];
const ofProcess = ({ pid }: WorkloadFacts): readonly string[] => ['-p', String(pid)];

/** Lines of the workload: `rules` may need what it says of itself. */
function lines(rules: (workload: WorkloadFacts) => LineRules): FidelityCase['compare'] {
  return ({ live, replayed, before, workload }) => compareLines(live, replayed, rules(workload), before);
}

function histograms(clocksApart: number): FidelityCase['compare'] {
  return (printed) => compareHistograms(printed, clocksApart);
}

const rows: FidelityCase['compare'] = ({ live, replayed, atMost }) => compareRows(live, replayed, atMost);

const all = (): boolean => true;
/** Where a case names system calls: their tracepoints, enter and exit. */
const calls = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`syscalls:sys_enter_${name}`, `syscalls:sys_exit_${name}`]);
const BIRTHS = ['task:task_newtask', 'sched:sched_process_fork', 'task:task_rename'];
/** By how much a moment's time is another for a program than for a recorder beside it, in microseconds, on an average. */
const CLOCKS_US = 100;
/**
 * By how much a duration may be outside those of a recorder before the program and of one after it: what a program does
 * once it has read the clock, such as to wake the tool, is before the latter, and not as long at the end as at the start.
 */
const BRACKET_US = 50;

/** What a recorder does at an event lies between its time and the program's: perf walks stacks, ftrace copies a record. */
const CLOCKS_OF_PERF_US = 5;
const CLOCKS_OF_FTRACE_US = 1;
/**
 * Of two stacks whose hashes end alike the later is missed, and a live stack has frames of its program that a recording
 * has not: with the 1024 places of a default one run in twenty missed one.
 */
const STACKS = ['--stack-storage-size', '32768'];
/** Of the workload: so many waits are in one sum at most. */
const SLEEPS = 20;

export const cases: readonly FidelityCase[] = [
  {
    tool: 'syscount',
    workload: 'calls',
    recorder: 'ftrace',
    events: ['raw_syscalls:sys_enter', 'raw_syscalls:sys_exit'],
    arguments: ({ pid }) => ['-p', String(pid), '-T', '400'],
    compare: rows,
  },
  {
    tool: 'sigsnoop',
    workload: 'signals',
    recorder: 'ftrace',
    events: ['signal:signal_generate', ...BIRTHS],
    arguments: noArguments,
    compare: lines(({ pid }) => ({
      isOurs: ([, sender, , , target]) => sender === String(pid) || target === String(pid),
      apart: ['TIME'],
    })),
  },
  {
    tool: 'exitsnoop',
    workload: 'processes',
    recorder: 'ftrace',
    events: [
      'sched:sched_process_exit',
      'signal:signal_generate',
      'signal:signal_deliver',
      ...calls('exit_group'),
      ...BIRTHS,
    ],
    arguments: noArguments,
    compare: lines(({ pid }) => ({
      isOurs: ([, , parent]) => parent === String(pid),
      durations: { 'AGE(s)': 0.011 },
      mayLack: ['EXIT_CODE'],
    })),
  },
  {
    tool: 'execsnoop',
    workload: 'processes',
    recorder: 'ftrace',
    events: [...calls('execve'), ...BIRTHS],
    hasStrace: true,
    arguments: () => ['-x'],
    compare: lines(({ pid }) => ({ isOurs: ([, , parent]) => parent === String(pid) })),
  },
  {
    tool: 'opensnoop',
    workload: 'files',
    recorder: 'ftrace',
    events: [...calls('open', 'openat'), ...BIRTHS],
    hasStrace: true,
    arguments: ofProcess,
    compare: lines(() => ({ isOurs: all })),
  },
  {
    tool: 'statsnoop',
    workload: 'files',
    recorder: 'ftrace',
    events: [...calls('statfs', 'newstat', 'statx', 'newfstatat', 'newlstat'), ...BIRTHS],
    hasStrace: true,
    wrap: ['unshare', '-m', join(import.meta.dirname, 'workloads/statsnoop-tracefs.sh'), 'stdbuf', '-oL'],
    arguments: ofProcess,
    compare: lines(() => ({ isOurs: all })),
  },
  {
    tool: 'mountsnoop',
    workload: 'mounts',
    recorder: 'ftrace',
    events: [...calls('mount', 'umount'), ...BIRTHS],
    hasStrace: true,
    arguments: ofProcess,
    compare: lines(() => ({ isOurs: all, mayLack: ['MNT_NS'] })),
  },
  {
    tool: 'tcpstates',
    workload: 'connections',
    recorder: 'ftrace',
    events: ['sock:inet_sock_set_state', ...BIRTHS],
    isBracketed: true,
    arguments: noArguments,
    compare: lines(({ facts }) => ({
      isOurs: (cells) => cells.includes(facts.port ?? ''),
      durations: { MS: BRACKET_US / 1000 },
      mayLack: ['LADDR', 'RADDR'],
    })),
  },
  {
    tool: 'tcplife',
    workload: 'connections',
    recorder: 'ftrace',
    events: ['sock:inet_sock_set_state', ...BIRTHS],
    isBracketed: true,
    arguments: noArguments,
    compare: lines(({ facts }) => ({
      isOurs: (cells) => cells.includes(facts.port ?? ''),
      durations: { MS: BRACKET_US / 1000 + 0.01 },
      mayLack: ['TX_KB', 'RX_KB'],
    })),
  },
  {
    tool: 'runqlat',
    workload: 'waiting',
    recorder: 'perf',
    events: ['sched:sched_switch', 'sched:sched_wakeup', 'sched:sched_wakeup_new'],
    arguments: ofProcess,
    compare: histograms(CLOCKS_OF_PERF_US),
  },
  {
    tool: 'cpudist',
    workload: 'waiting',
    recorder: 'perf',
    events: ['sched:sched_switch'],
    arguments: ofProcess,
    compare: histograms(CLOCKS_OF_PERF_US),
  },
  {
    tool: 'runqslower',
    workload: 'waiting',
    recorder: 'perf',
    events: ['sched:sched_switch', 'sched:sched_wakeup', 'sched:sched_wakeup_new'],
    isBracketed: true,
    arguments: ({ pid }) => ['-p', String(pid), '1000'],
    compare: lines(() => ({ isOurs: all, apart: ['TIME'], durations: { 'LAT(us)': BRACKET_US } })),
  },
  {
    tool: 'offcputime',
    workload: 'sleeping',
    recorder: 'perf',
    events: ['sched:sched_switch'],
    hasSymbols: true,
    hasUserSymbols: true,
    arguments: (workload) => [...ofProcess(workload), '-v', ...STACKS],
    compare: (printed) =>
      compareStacks(printed, /^ +- +(\S+ \(\d+\))$/, CLOCKS_US * SLEEPS, functionsOf(printed.symbolFiles)),
  },
  {
    tool: 'wakeuptime',
    workload: 'sleeping',
    recorder: 'perf',
    events: ['sched:sched_switch', 'sched:sched_wakeup'],
    hasSymbols: true,
    arguments: (workload) => [...ofProcess(workload), ...STACKS],
    compare: (printed) => compareStacks(printed, /^\s+waker: (.*)$/, CLOCKS_US * SLEEPS),
  },
  {
    tool: 'biopattern',
    workload: 'disk',
    recorder: 'ftrace',
    events: ['block:block_rq_complete'],
    arguments: ({ facts }) => ['-d', facts.disk ?? ''],
    replayArguments: ({ facts }) => ['-d', facts.device ?? ''],
    // The recording has the disk's number, not its name.
    compare: ({ live, replayed, workload: { facts } }) =>
      compareRows(
        live.map((line) => line.replace(new RegExp(`^${facts.disk ?? ''}\\b`), facts.device ?? '')),
        replayed,
      ),
  },
  {
    tool: 'biolatency',
    workload: 'disk',
    recorder: 'perf',
    events: ['block:block_rq_issue', 'block:block_rq_complete'],
    arguments: ({ facts }) => ['-d', facts.disk ?? ''],
    replayArguments: ({ facts }) => ['-d', facts.device ?? ''],
    compare: histograms(CLOCKS_OF_PERF_US),
  },
  {
    tool: 'bitesize',
    workload: 'disk',
    recorder: 'perf',
    events: ['block:block_rq_issue'],
    arguments: ({ facts }) => ['-d', facts.disk ?? ''],
    replayArguments: ({ facts }) => ['-d', facts.device ?? ''],
    compare: histograms(0),
  },
  // Interrupts last microseconds, and perf with stacks some at every event: ftrace takes a fraction of one.
  {
    tool: 'softirqs',
    workload: 'connections',
    recorder: 'ftrace',
    events: ['irq:softirq_entry', 'irq:softirq_exit'],
    wholeMachine: ['softirq_entry', 'softirq_exit'],
    // All is printed at once, right after it was read.
    wrap: [],
    arguments: () => ['-d'],
    compare: histograms(CLOCKS_OF_FTRACE_US),
  },
  {
    tool: 'hardirqs',
    workload: 'syncing',
    recorder: 'ftrace',
    events: ['irq:irq_handler_entry'],
    wholeMachine: ['irq_handler_entry'],
    wrap: [],
    arguments: () => ['-C'],
    compare: rows,
  },
  {
    tool: 'drsnoop',
    workload: 'reclaiming',
    recorder: 'ftrace',
    events: ['vmscan:mm_vmscan_direct_reclaim_begin', 'vmscan:mm_vmscan_direct_reclaim_end'],
    isBracketed: true,
    arguments: ofProcess,
    compare: lines(() => ({ isOurs: all, apart: ['TIME'], durations: { 'LAT(ms)': BRACKET_US / 1000 } })),
  },
];
