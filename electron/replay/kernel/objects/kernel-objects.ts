/**
 * The kernel's objects in linear memory, made when a program first reaches for one, filled with what is known,
 * and written anew when more becomes known. One task_struct a thread: a tid that is used again has the same.
 *
 * What is not known of one task, though of others it is, does not read as a zero: numbers are all ones, and
 * pointers lead to a task of pid -1. That it was so is counted, under the field's name.
 */
import type { ObjectDirectory } from '../../../bpf/helpers/object-directory.ts';
import type { Btf } from '../../../bpf/object/btf.ts';
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import type { TaskFacts, TaskSource } from '../task-facts.ts';
import { CgroupObjects } from './cgroup-objects.ts';
import { KernelObject, Layout } from './layout.ts';
import { NamespaceObjects } from './namespace-objects.ts';
import { flagsOf, IDLE_TASK_FLAGS } from './task-flags.ts';

const UNKNOWN = -1;

export interface KernelObjectsOptions {
  readonly memory: LinearMemory;
  /** Types that programs are relocated onto. */
  readonly types: Btf;
  readonly tasks: TaskSource;
  /** `task_struct.tgid`: what a program reads, so that what it lacks is counted; all if not given. */
  readonly fieldsRead?: ReadonlySet<string>;
  missing(what: string): void;
}

export class KernelObjects implements ObjectDirectory {
  readonly #options: KernelObjectsOptions;
  readonly #layout: Layout;
  readonly #tasks = new Map<number, KernelObject>();
  readonly #tidByAddress = new Map<Address, number>();
  readonly #credentials = new Map<string, KernelObject>();
  /** By CPU: all have tid 0. */
  readonly #idle = new Map<number, KernelObject>();
  readonly #cgroups: CgroupObjects;
  readonly #namespaces: NamespaceObjects;
  /** Fields that are read and not known, by tid: worked out once, not at every event. */
  readonly #lacking = new Map<number, readonly string[]>();
  #unknown: KernelObject | undefined;

  constructor(options: KernelObjectsOptions) {
    this.#options = options;
    this.#layout = new Layout(options.types);
    this.#cgroups = new CgroupObjects(options.memory, this.#layout);
    this.#namespaces = new NamespaceObjects(options.memory, this.#layout);
    options.tasks.onChange = (tid) => {
      this.#lacking.delete(tid);
      const known = this.#tasks.get(tid);
      if (known !== undefined) this.#fill(known, options.tasks.facts(tid));
    };
    const state = this.#layout.place('task_struct', '__state');
    if (state === undefined) return;
    options.tasks.onState = (tid, bits) => {
      const known = this.#tasks.get(tid);
      if (this.#lacking.get(tid)?.includes('task_struct.__state') === true) this.#lacking.delete(tid);
      if (known !== undefined) options.memory.view.setUint32(known.address + state.offsetBytes, bits, true);
    };
  }

  /** The task that runs: one that nothing else is known of has a task_struct too. */
  current(tid: number, cpu: number): Address {
    if (tid < 0) return 0;
    const task = tid === 0 ? this.#idleTask(cpu) : this.#task(tid);
    if (tid > 0) this.#countMissing(tid);
    return task.address;
  }

  task(tid: number): Address {
    if (tid === 0) return this.#idleTask(0).address;
    if (!this.#tasks.has(tid) && !this.#options.tasks.tids().includes(tid)) return 0;
    const task = this.#task(tid);
    this.#countMissing(tid);
    return task.address;
  }

  tidAt(address: Address): number | undefined {
    return this.#tidByAddress.get(address);
  }

  tids(): readonly number[] {
    return this.#options.tasks.tids().filter((tid) => tid > 0);
  }

  tgid(tid: number): number {
    return this.#options.tasks.facts(tid).tgid ?? UNKNOWN;
  }

  cgroup(id: bigint): Address {
    return this.#cgroups.find(id);
  }

  /** Those that any known task is in, and those above them. */
  cgroupIds(): readonly bigint[] {
    for (const tid of this.tids()) {
      const line = this.#options.tasks.facts(tid).cgroups;
      if (line !== undefined) this.#cgroups.setOf(line);
    }
    return this.#cgroups.ids();
  }

  cgroupLine(cgroup: Address): readonly bigint[] | undefined {
    return this.#cgroups.line(cgroup);
  }

  cgroupLineOf(tid: number): readonly bigint[] | undefined {
    return this.#options.tasks.facts(tid).cgroups;
  }

  /** No recording says where the files lie that its events are of. */
  path(): string | undefined {
    return undefined;
  }

  #task(tid: number): KernelObject {
    const known = this.#tasks.get(tid);
    if (known !== undefined) return known;
    const made = new KernelObject(this.#options.memory, this.#layout, 'task_struct');
    this.#tasks.set(tid, made);
    this.#tidByAddress.set(made.address, tid);
    this.#fill(made, this.#options.tasks.facts(tid));
    return made;
  }

  #fill(task: KernelObject, facts: TaskFacts): void {
    const { tid, tgid, comm, parent, startNs } = facts;
    task.set('pid', tid);
    task.set('tgid', tgid ?? UNKNOWN);
    task.setText('comm', comm ?? '');
    task.set('group_leader', tgid === undefined ? this.#unknownTask() : this.#task(tgid).address);
    const parentTask = parent === undefined ? this.#unknownTask() : this.#parentTask(parent);
    task.set('real_parent', parentTask);
    task.set('parent', parentTask);
    task.set('start_time', startNs ?? UNKNOWN);
    task.set('start_boottime', startNs ?? UNKNOWN);
    task.set('__state', facts.state ?? UNKNOWN);
    task.set('flags', flagsOf(facts) ?? UNKNOWN);
    task.set('exit_code', facts.exitCode ?? UNKNOWN);
    if (facts.user !== undefined) {
      const credentials = this.#credentialsOf(facts.user).address;
      task.set('cred', credentials);
      task.set('real_cred', credentials);
    }
    if (facts.cgroups !== undefined) task.set('cgroups', this.#cgroups.setOf(facts.cgroups));
    if (facts.namespaces !== undefined) task.set('nsproxy', this.#namespaces.proxyOf(facts.namespaces));
  }

  /** Init is a child of the first idle task. */
  #parentTask(tid: number): Address {
    return tid === 0 ? this.#idleTask(0).address : this.#task(tid).address;
  }

  #idleTask(cpu: number): KernelObject {
    let idle = this.#idle.get(cpu);
    if (idle === undefined) {
      idle = new KernelObject(this.#options.memory, this.#layout, 'task_struct');
      this.#idle.set(cpu, idle);
      this.#tidByAddress.set(idle.address, 0);
      this.#fillAlone(idle, 0, `swapper/${cpu}`);
      idle.set('flags', IDLE_TASK_FLAGS);
    }
    return idle;
  }

  /** Whose ids are not known, nor whose child it is. */
  #unknownTask(): Address {
    if (this.#unknown === undefined) {
      this.#unknown = new KernelObject(this.#options.memory, this.#layout, 'task_struct');
      this.#fillAlone(this.#unknown, UNKNOWN, '');
      for (const field of ['__state', 'flags']) this.#unknown.set(field, UNKNOWN);
    }
    return this.#unknown.address;
  }

  #fillAlone(task: KernelObject, id: number, comm: string): void {
    for (const field of ['pid', 'tgid']) task.set(field, id);
    task.setText('comm', comm);
    for (const field of ['group_leader', 'real_parent', 'parent']) task.set(field, task.address);
    // The idle tasks are as old as the kernel.
    for (const field of ['start_time', 'start_boottime']) task.set(field, id);
  }

  #credentialsOf({ uid, gid }: { readonly uid: number; readonly gid: number }): KernelObject {
    const key = `${uid} ${gid}`;
    let credentials = this.#credentials.get(key);
    if (credentials === undefined) {
      credentials = new KernelObject(this.#options.memory, this.#layout, 'cred');
      this.#credentials.set(key, credentials);
      for (const each of ['uid', 'suid', 'euid', 'fsuid']) credentials.set(`${each}.val`, uid);
      for (const each of ['gid', 'sgid', 'egid', 'fsgid']) credentials.set(`${each}.val`, gid);
    }
    return credentials;
  }

  #exists(field: string): boolean {
    const [struct = '', member = ''] = field.split('.');
    return this.#layout.place(struct, member) !== undefined;
  }

  /** Hot: runs once an event where the current task is asked for. */
  #countMissing(tid: number): void {
    let lacking = this.#lacking.get(tid);
    if (lacking === undefined) {
      lacking = unknownFields(this.#options.tasks.facts(tid)).filter(
        (field) => this.#exists(field) && this.#options.fieldsRead?.has(field) !== false,
      );
      this.#lacking.set(tid, lacking);
    }
    for (const field of lacking) this.#options.missing(field);
  }
}

function unknownFields(facts: TaskFacts): string[] {
  const { tgid, comm, parent, startNs, state } = facts;
  const fields = [
    ...(tgid === undefined ? ['tgid', 'group_leader'] : []),
    ...(comm === undefined ? ['comm'] : []),
    ...(parent === undefined ? ['real_parent', 'parent'] : []),
    ...(startNs === undefined ? ['start_time', 'start_boottime'] : []),
    ...(state === undefined ? ['__state'] : []),
    ...(flagsOf(facts) === undefined ? ['flags'] : []),
    ...(facts.exitCode === undefined ? ['exit_code'] : []),
  ];
  return fields.map((field) => `task_struct.${field}`);
}
