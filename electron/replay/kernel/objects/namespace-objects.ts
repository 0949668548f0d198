/** Namespaces by inode number, and the nsproxy of tasks that share them. */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import type { NamespaceName, TaskFacts } from '../task-facts.ts';
import { KernelObject, type Layout } from './layout.ts';

/** Where nsproxy points to a namespace, and of which struct it is. */
const PLACES: readonly (readonly [name: NamespaceName, member: string, struct: string])[] = [
  ['uts', 'uts_ns', 'uts_namespace'],
  ['ipc', 'ipc_ns', 'ipc_namespace'],
  ['mnt', 'mnt_ns', 'mnt_namespace'],
  ['pid', 'pid_ns_for_children', 'pid_namespace'],
  ['net', 'net_ns', 'net'],
  ['cgroup', 'cgroup_ns', 'cgroup_namespace'],
];

export class NamespaceObjects {
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #namespaces = new Map<string, KernelObject>();
  readonly #proxies = new Map<string, KernelObject>();

  constructor(memory: LinearMemory, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  proxyOf(namespaces: NonNullable<TaskFacts['namespaces']>): Address {
    const key = PLACES.map(([name]) => namespaces[name] ?? '').join(' ');
    let proxy = this.#proxies.get(key);
    if (proxy === undefined) {
      proxy = new KernelObject(this.#memory, this.#layout, 'nsproxy');
      this.#proxies.set(key, proxy);
      for (const [name, member, struct] of PLACES) {
        const inode = namespaces[name];
        if (inode !== undefined) proxy.set(member, this.#namespace(struct, inode));
      }
    }
    return proxy.address;
  }

  #namespace(struct: string, inode: number): Address {
    const key = `${struct} ${inode}`;
    let namespace = this.#namespaces.get(key);
    if (namespace === undefined) {
      namespace = new KernelObject(this.#memory, this.#layout, struct);
      this.#namespaces.set(key, namespace);
      namespace.set('ns.inum', inode);
    }
    return namespace.address;
  }
}
