/** Cgroups of the default hierarchy: a cgroup each, from its task's css_set to its kernfs_node's id. */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import { KernelObject, type Layout } from './layout.ts';

export class CgroupObjects {
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #byId = new Map<bigint, { readonly cgroup: Address; readonly node: Address }>();
  readonly #lines = new Map<Address, readonly bigint[]>();
  readonly #sets = new Map<bigint, Address>();

  constructor(memory: LinearMemory, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  /** 0 for an id that no task's cgroup nor any ancestor of one has. */
  find(id: bigint): Address {
    return this.#byId.get(id)?.cgroup ?? 0;
  }

  ids(): readonly bigint[] {
    return [...this.#byId.keys()];
  }

  /** Ids from the root to the cgroup at the address. */
  line(cgroup: Address): readonly bigint[] | undefined {
    return this.#lines.get(cgroup);
  }

  /** The css_set of a task in the last of these cgroups, the root first. */
  setOf(line: readonly bigint[]): Address {
    const id = line.at(-1);
    if (id === undefined) return 0;
    let set = this.#sets.get(id);
    if (set === undefined) {
      const made = new KernelObject(this.#memory, this.#layout, 'css_set');
      made.set('dfl_cgrp', this.#make(line));
      set = made.address;
      this.#sets.set(id, set);
    }
    return set;
  }

  #make(line: readonly bigint[]): Address {
    let parent: Address = 0;
    let cgroup: Address = 0;
    line.forEach((id, level) => {
      const known = this.#byId.get(id) ?? this.#add(id, level, parent);
      this.#lines.set(known.cgroup, line.slice(0, level + 1));
      parent = known.node;
      cgroup = known.cgroup;
    });
    return cgroup;
  }

  #add(id: bigint, level: number, parent: Address): { cgroup: Address; node: Address } {
    const node = new KernelObject(this.#memory, this.#layout, 'kernfs_node');
    node.set('id', id);
    node.set('__parent', parent);
    const cgroup = new KernelObject(this.#memory, this.#layout, 'cgroup');
    cgroup.set('kn', node.address);
    cgroup.set('level', level);
    cgroup.set('self.cgroup', cgroup.address);
    const made = { cgroup: cgroup.address, node: node.address };
    this.#byId.set(id, made);
    return made;
  }
}
