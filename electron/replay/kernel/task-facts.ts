/** What is known of a thread: the modelled kernel's task_struct and what hangs on it are filled from this. */

export interface TaskFacts {
  readonly tid: number;
  readonly tgid: number | undefined;
  readonly comm: string | undefined;
  /** The thread that made it, or that it was given to; undefined where unknown. */
  readonly parent: number | undefined;
  /** Time of its birth on the replay's clock. */
  readonly startNs: bigint | undefined;
  /** Whether sched_process_exit told of it. */
  readonly isEnding?: boolean;
  /** 0 until it ends; undefined where it does, and nothing told with which code. */
  readonly exitCode?: number | undefined;
  /** Bits of `__state`, as of the last switch or wakeup; undefined before one. */
  readonly state?: number | undefined;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Ids of its cgroup's ancestors of the default hierarchy and of itself, the root first. */
  readonly cgroups: readonly bigint[] | undefined;
  /** Inode numbers of its namespaces, by the names that /proc/PID/ns has them under. */
  readonly namespaces: Readonly<Partial<Record<NamespaceName, number>>> | undefined;
}

export type NamespaceName = 'uts' | 'ipc' | 'mnt' | 'pid' | 'net' | 'cgroup' | 'user';

/** Threads that are known, and what is known of them. */
export interface TaskSource {
  facts(tid: number): TaskFacts;
  /** Threads that anything is known of, ascending. */
  tids(): readonly number[];
  /** Called with a thread whose facts are not what they were. */
  onChange: ((tid: number) => void) | undefined;
  /** Called with a thread that leaves or enters a state, which happens at every other event. */
  onState?: ((tid: number, state: number) => void) | undefined;
}
