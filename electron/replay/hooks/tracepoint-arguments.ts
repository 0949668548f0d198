/**
 * How each argument of a tracepoint is had from its record: by tracepoint, the rule of those arguments that a field
 * of the same name does not hold. A tracepoint whose prototype is all numbers, under the names of its fields, needs
 * no line here.
 */

import type { FollowedKind } from '../kernel/objects/followed-objects.ts';

/** Where an argument comes from. */
export type ArgumentRule =
  /** A number, or an address used as a key: the field's bytes, cut or extended to the argument's width. */
  | { readonly kind: 'field'; readonly field: string }
  /** The task_struct of the thread whose id the field holds. */
  | { readonly kind: 'task'; readonly field: string }
  /** The task_struct of the thread that the event happened in. */
  | { readonly kind: 'current' }
  /** Whether the task that leaves was preempted, and its state: of what sched_switch reports. */
  /** The object that the record is of, which is followed through the events that tell of it. */
  | { readonly kind: 'object'; readonly object: FollowedKind }
  /** A blk_status_t, by the error number that the field holds; bytes, by their number of sectors. */
  | { readonly kind: 'block-status' | 'sectors'; readonly field: string }
  | { readonly kind: 'preempted' | 'leaving-state'; readonly field: string };

export interface TracepointRules {
  readonly system: string;
  readonly arguments: Readonly<Record<string, ArgumentRule>>;
}

const field = (name: string): ArgumentRule => ({ kind: 'field', field: name });
const task = (name: string): ArgumentRule => ({ kind: 'task', field: name });
const object = (kind: FollowedKind): ArgumentRule => ({ kind: 'object', object: kind });
const request: TracepointRules = { system: 'block', arguments: { rq: object('request') } };
const current: ArgumentRule = { kind: 'current' };

export const TRACEPOINTS: Readonly<Record<string, TracepointRules>> = {
  sched_switch: {
    system: 'sched',
    arguments: {
      preempt: { kind: 'preempted', field: 'prev_state' },
      prev: task('prev_pid'),
      next: task('next_pid'),
      prev_state: { kind: 'leaving-state', field: 'prev_state' },
    },
  },
  sched_waking: { system: 'sched', arguments: { p: task('pid') } },
  sched_wakeup: { system: 'sched', arguments: { p: task('pid') } },
  sched_wakeup_new: { system: 'sched', arguments: { p: task('pid') } },
  sched_migrate_task: { system: 'sched', arguments: { p: task('pid') } },
  sched_process_fork: {
    system: 'sched',
    arguments: { parent: task('parent_pid'), child: task('child_pid') },
  },
  sched_process_exec: { system: 'sched', arguments: { p: current } },
  sched_process_exit: { system: 'sched', arguments: { p: task('pid') } },
  sched_process_free: { system: 'sched', arguments: { p: task('pid') } },
  sched_wait_task: { system: 'sched', arguments: { p: task('pid') } },
  sched_stat_runtime: { system: 'sched', arguments: { tsk: task('pid') } },
  task_newtask: { system: 'task', arguments: { task: task('pid') } },
  oom_score_adj_update: { system: 'oom', arguments: { task: task('pid') } },
  signal_generate: { system: 'signal', arguments: { task: task('pid') } },
  sys_enter: { system: 'raw_syscalls', arguments: { regs: object('registers') } },
  sys_exit: { system: 'raw_syscalls', arguments: { regs: object('registers') } },
  irq_handler_entry: { system: 'irq', arguments: { action: object('irqaction') } },
  irq_handler_exit: { system: 'irq', arguments: { action: object('irqaction') } },
  softirq_entry: { system: 'irq', arguments: { vec_nr: field('vec') } },
  softirq_exit: { system: 'irq', arguments: { vec_nr: field('vec') } },
  softirq_raise: { system: 'irq', arguments: { vec_nr: field('vec') } },
  cpu_frequency: { system: 'power', arguments: { frequency: field('state') } },
  mm_vmscan_direct_reclaim_begin: { system: 'vmscan', arguments: {} },
  mm_vmscan_direct_reclaim_end: { system: 'vmscan', arguments: {} },
  inet_sock_set_state: { system: 'sock', arguments: { sk: object('sock') } },
  block_io_start: request,
  block_io_done: request,
  block_rq_insert: request,
  block_rq_issue: request,
  block_rq_merge: request,
  block_rq_requeue: request,
  block_rq_complete: {
    system: 'block',
    arguments: {
      ...request.arguments,
      error: { kind: 'block-status', field: 'error' },
      nr_bytes: { kind: 'sectors', field: 'nr_sector' },
    },
  },
};
