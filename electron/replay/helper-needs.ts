/**
 * What helpers ask of the moment that a bundle may not hold: said before the run, where a run would count it
 * (ReplayMoment.missingCounts).
 */
import { helperById } from '../bpf/helpers/table.ts';
import type { Source } from '../trace/event.ts';
import type { Lack } from './hooks/hook.ts';
import { knowledgeOf } from './kernel/objects/recorded-fields.ts';

interface Need {
  /** Names without `bpf_`. */
  readonly helpers: readonly string[];
  readonly what: string;
  readonly remedy: string | undefined;
  isKnown(sources: readonly Source[]): boolean;
}

const never = (): boolean => false;

const needs: readonly Need[] = [
  {
    helpers: ['get_stackid', 'get_stack', 'get_task_stack'],
    what: 'stacks',
    remedy: 'record with call stacks: perf record -g, or trace-cmd record -T',
    isKnown: (sources) => sources.some(({ context }) => context.callchains.length > 0),
  },
  {
    helpers: ['get_current_pid_tgid'],
    what: 'process ids of threads (tgid)',
    remedy: 'record with saved tgids (trace-cmd and perf do), or with -e task:task_newtask',
    isKnown: (sources) => knowledgeOf(sources).has('tgid'),
  },
  {
    helpers: ['get_current_comm'],
    what: 'names of threads (comm)',
    remedy: 'record with -e sched:sched_switch or -e task:task_rename',
    isKnown: (sources) => knowledgeOf(sources).has('comm'),
  },
  {
    helpers: ['get_current_uid_gid'],
    what: 'users of processes (uid, gid)',
    remedy: undefined,
    isKnown: (sources) => knowledgeOf(sources).has('user'),
  },
  {
    helpers: [
      'get_current_cgroup_id',
      'get_current_ancestor_cgroup_id',
      'current_task_under_cgroup',
      'get_cgroup_classid',
    ],
    what: 'control groups of processes',
    remedy: undefined,
    isKnown: (sources) => knowledgeOf(sources).has('cgroup'),
  },
  {
    helpers: ['probe_read_user', 'probe_read_user_str', 'copy_from_user', 'copy_from_user_task'],
    what: 'memory of processes',
    remedy:
      'put an strace -f -ttt of the same work into the bundle: it holds the texts that calls were given',
    isKnown: (sources) => sources.some(({ format }) => format === 'strace'),
  },
  {
    helpers: ['perf_event_read', 'perf_event_read_value', 'perf_prog_read_value'],
    what: 'hardware counters',
    remedy: undefined,
    isKnown: never,
  },
  {
    helpers: ['read_branch_records', 'get_branch_snapshot'],
    what: 'branch records',
    remedy: undefined,
    isKnown: never,
  },
];

/** Of the helpers that a program may call, by id: each kind of fact that no source has. */
export function helperNeeds(helpers: readonly number[], sources: readonly Source[]): Lack[] {
  const names = new Set(helpers.map((id) => helperById(id)?.name));
  return needs
    .filter((need) => need.helpers.some((name) => names.has(name)) && !need.isKnown(sources))
    .map(({ what, remedy }) => ({ what, remedy }));
}
