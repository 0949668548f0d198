/** The kernel's objects beside tasks that events tell of: one follower a kind, made when a program is handed one. */
import type { Btf } from '../../../bpf/object/btf.ts';
import type { LinearMemory } from '../../../bpf/vm/memory.ts';
import { CallRegisters } from './call-registers.ts';
import type { Follower } from './follower.ts';
import { IrqObjects } from './irq-objects.ts';
import { Layout } from './layout.ts';
import type { ProbedObjects } from './probed-objects.ts';
import { RequestObjects } from './request-objects.ts';
import { SockObjects } from './sock-objects.ts';

const KINDS = {
  request: RequestObjects,
  irqaction: IrqObjects,
  registers: CallRegisters,
  sock: SockObjects,
} as const;

export type FollowedKind = keyof typeof KINDS;

export class FollowedObjects {
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #missing: (what: string) => void;
  readonly #probed: () => ProbedObjects;
  readonly #followers = new Map<FollowedKind, Follower>();

  /** `probed` gives the objects that are known by recorded pointers. */
  constructor(
    memory: LinearMemory,
    types: Btf,
    missing: (what: string) => void,
    probed: () => ProbedObjects,
  ) {
    this.#probed = probed;
    this.#memory = memory;
    this.#layout = new Layout(types);
    this.#missing = missing;
  }

  /** The same for all programs, so that an object is one wherever it is handed out. */
  of(kind: FollowedKind): Follower {
    let follower = this.#followers.get(kind);
    if (follower === undefined) {
      follower = new KINDS[kind](this.#memory, this.#layout, this.#missing, this.#probed);
      this.#followers.set(kind, follower);
    }
    return follower;
  }
}
