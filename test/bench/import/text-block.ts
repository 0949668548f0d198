/** The text of tracefs' `trace`, of a busy machine of four CPUs. */
import type { Block } from './recordings.ts';

const LINES = 300;
const STEP_NS = 2_000;
const COMMS = ['worker-a', 'worker-b', 'kworker/1:2', 'ksoftirqd/0', '<idle>', 'rcu_preempt'];
/** `12345.678901`: five digits of seconds, six of a microsecond. */
const TIME_DIGITS = 12;

export const TEXT_HEADER: Uint8Array = Buffer.from(
  [
    '# tracer: nop',
    '#',
    '# entries-in-buffer/entries-written: 0/0   #P:4',
    '#',
    '#                                _-----=> irqs-off/BH-disabled',
    '#                               / _----=> need-resched',
    '#                              | / _---=> hardirq/softirq',
    '#                              || / _--=> preempt-depth',
    '#                              ||| / _-=> migrate-disable',
    '#                              |||| /     delay',
    '#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION',
    '#              | |         |   |||||     |         |',
    '',
  ].join('\n'),
);

export function makeTextBlock(): Block {
  const times: number[] = [];
  let text = '';
  for (let index = 0; index < LINES; index += 1) {
    const task = taskOf(index);
    const line = `${task.comm.padStart(16)}-${String(task.pid).padEnd(7)} [${String(index % 4).padStart(3, '0')}] d..2. `;
    times.push(text.length + line.length);
    text += `${line}${'0'.repeat(TIME_DIGITS)}: ${eventOf(index)}\n`;
  }
  const bytes = Buffer.from(text, 'latin1');
  return {
    bytes,
    spanNs: BigInt(LINES * STEP_NS),
    setTime(ns) {
      times.forEach((at, index) => bytes.write(timeText(ns + BigInt(index * STEP_NS)), at, 'latin1'));
    },
  };
}

function timeText(ns: bigint): string {
  const micros = String(ns / 1000n).padStart(TIME_DIGITS - 1, '0');
  return `${micros.slice(0, -6)}.${micros.slice(-6)}`;
}

function taskOf(index: number): { readonly comm: string; readonly pid: number } {
  const comm = COMMS[index % COMMS.length] ?? '';
  return { comm, pid: comm === '<idle>' ? 0 : 1000 + (index % 40) };
}

function eventOf(index: number): string {
  const next = taskOf(index + 1);
  const here = taskOf(index);
  switch (index % 3) {
    case 0:
      return `sched_waking: comm=${next.comm} pid=${next.pid} prio=120 target_cpu=00${index % 4}`;
    case 1:
      return `sched_wakeup: comm=${next.comm} pid=${next.pid} prio=120 target_cpu=00${index % 4}`;
    default:
      return `sched_switch: prev_comm=${here.comm} prev_pid=${here.pid} prev_prio=120 prev_state=S ==> next_comm=${next.comm} next_pid=${next.pid} next_prio=120`;
  }
}
