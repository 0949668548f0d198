/** This process, now: what a program finds that is run by hand. Other tasks are this machine's, where it shows them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

import { BlankWorld } from '../bpf/helpers/blank-world.ts';
import type { Effect } from '../bpf/helpers/effect.ts';
import { noObjects, type NamespacePids, type ObjectDirectory } from '../bpf/helpers/object-directory.ts';
import { SeededRandom } from '../bpf/helpers/seeded-random.ts';
import type { Btf } from '../bpf/object/btf.ts';
import type { LinearMemory } from '../bpf/vm/memory.ts';
import { KernelObjects } from '../replay/kernel/objects/kernel-objects.ts';
import { filledTypes, type Knowledge } from '../replay/kernel/objects/recorded-fields.ts';
import type { NamespaceName, TaskFacts, TaskSource } from '../replay/kernel/task-facts.ts';

/** Effects kept of one run() with all its repetitions: more are counted. */
const EFFECTS_MAX = 10_000;
const COMM = 'retroprobe';
const NAMESPACES: readonly NamespaceName[] = ['uts', 'ipc', 'mnt', 'pid', 'net', 'cgroup', 'user'];
const KNOWN: ReadonlySet<Knowledge> = new Set([
  'tid',
  'tgid',
  'comm',
  'parent',
  'user',
  'cgroup',
  'namespaces',
]);

/** A kernel's types with the fields of tasks alone that this process can fill. */
export function benchTypes(types: Btf): Btf {
  return filledTypes(types, KNOWN);
}

export class BenchWorld extends BlankWorld {
  readonly missingCounts = new Map<string, number>();
  #effects: Effect[] = [];
  #printed: string[] = [];
  #objects: KernelObjects | undefined;
  readonly #tasks = new MachineTasks();
  readonly #random = new SeededRandom();

  /** Lays this process out in the memory of the machine that the program runs in. */
  layOut(memory: LinearMemory, types: Btf): void {
    const missing = (what: string): void => this.missing(what);
    this.#objects = new KernelObjects({ memory, types, tasks: this.#tasks, missing });
    this.#objects.current(process.pid, 0);
  }

  override timeNs(): bigint {
    return process.hrtime.bigint();
  }

  override cpu(): number {
    return 0;
  }

  override tid(): number {
    return process.pid;
  }

  override tgid(): number {
    return process.pid;
  }

  override comm(): string {
    return COMM;
  }

  override uid(): number {
    return process.getuid?.() ?? -1;
  }

  override gid(): number {
    return process.getgid?.() ?? -1;
  }

  override cgroupId(level: number | undefined): bigint | undefined {
    const line = this.#tasks.facts(process.pid).cgroups;
    return line === undefined ? undefined : ((level === undefined ? line.at(-1) : line[level]) ?? 0n);
  }

  override currentTask(): bigint {
    return BigInt(this.#objects?.current(process.pid, 0) ?? 0);
  }

  override objects(): ObjectDirectory {
    return this.#objects ?? noObjects;
  }

  override namespacePids(): NamespacePids | undefined {
    const namespace = orUnknown(() => statSync('/proc/self/ns/pid', { bigint: true }));
    if (namespace === undefined) return undefined;
    return { device: namespace.dev, inode: namespace.ino, tid: process.pid, tgid: process.pid };
  }

  override effect(effect: Effect): void {
    if (this.#effects.length < EFFECTS_MAX) this.#effects.push(effect);
    else this.missing(`effects beyond the first ${EFFECTS_MAX}`);
  }

  override print(text: string): void {
    this.#printed.push(text);
  }

  takePrinted(): string[] {
    const printed = this.#printed;
    this.#printed = [];
    return printed;
  }

  takeEffects(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  override missing(what: string): void {
    this.missingCounts.set(what, (this.missingCounts.get(what) ?? 0) + 1);
  }

  override random(): number {
    return this.#random.next();
  }
}

/** Tasks of this machine as /proc shows them, each looked at once; without /proc, this process alone. */
class MachineTasks implements TaskSource {
  onChange: ((tid: number) => void) | undefined;
  readonly #facts = new Map<number, TaskFacts>();
  #tids: readonly number[] | undefined;

  facts(tid: number): TaskFacts {
    let facts = this.#facts.get(tid);
    if (facts === undefined) {
      facts = tid === process.pid ? ownFacts() : factsFromProc(tid);
      this.#facts.set(tid, facts);
    }
    return facts;
  }

  tids(): readonly number[] {
    const names = (this.#tids === undefined && orUnknown(() => readdirSync('/proc'))) || [];
    this.#tids ??= [...new Set([process.pid, ...names.map(Number).filter((tid) => tid > 0)])].sort(
      (a, b) => a - b,
    );
    return this.#tids;
  }
}

function ownFacts(): TaskFacts {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return {
    tid: process.pid,
    tgid: process.pid,
    comm: COMM,
    parent: process.ppid,
    startNs: undefined,
    user: uid === undefined || gid === undefined ? undefined : { uid, gid },
    cgroups: orUnknown(ownCgroups),
    namespaces: orUnknown(ownNamespaces),
  };
}

/** Fields of /proc/TID/status, as proc_pid_status(5) has them; a task that is gone is known by its id alone. */
function factsFromProc(tid: number): TaskFacts {
  const status = orUnknown(() => readFileSync(`/proc/${tid}/status`, 'utf8')) ?? '';
  const words = (name: string): string[] =>
    new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1]?.split('\t') ?? [];
  const number = (name: string): number | undefined => {
    const [word] = words(name);
    return word === undefined ? undefined : Number(word);
  };
  const [uid, gid] = [number('Uid'), number('Gid')];
  return {
    tid,
    tgid: number('Tgid'),
    comm: words('Name')[0],
    parent: number('PPid'),
    startNs: undefined,
    user: uid === undefined || gid === undefined ? undefined : { uid, gid },
    cgroups: undefined,
    namespaces: undefined,
  };
}

/** Ids of cgroups are inode numbers of their folders. */
function ownCgroups(): bigint[] | undefined {
  const path = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (path === undefined) return undefined;
  const names = path.split('/').filter((name) => name !== '');
  const folders = ['', ...names].map((_, depth) => `/sys/fs/cgroup/${names.slice(0, depth).join('/')}`);
  return folders.map((folder) => statSync(folder, { bigint: true }).ino);
}

function ownNamespaces(): TaskFacts['namespaces'] {
  return Object.fromEntries(NAMESPACES.map((name) => [name, statSync(`/proc/self/ns/${name}`).ino]));
}

/** What this machine does not show, or not to us, is unknown. */
function orUnknown<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
