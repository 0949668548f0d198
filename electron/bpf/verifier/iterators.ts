/**
 * What iterators (`iter/task`) hand to a program, by argument. What may be missing is what they were not
 * given, or all at the end. As their struct bpf_iter_reg in Linux 6.18; measured by loading.
 */
import { READ_ONLY, TRUSTED } from './pointer-flags.ts';

export interface IteratorArgument {
  readonly kind: 'object' | 'buffer';
  readonly flags: number;
  readonly isMaybeNull: boolean;
}

/** An object that may be missing. */
const object: IteratorArgument = { kind: 'object', flags: 0, isMaybeNull: true };
/** The same, which helpers and kernel functions that ask for trust take, too. */
const trusted: IteratorArgument = { kind: 'object', flags: TRUSTED, isMaybeNull: true };
const trustedAlways: IteratorArgument = { kind: 'object', flags: TRUSTED, isMaybeNull: false };
const key: IteratorArgument = { kind: 'buffer', flags: READ_ONLY, isMaybeNull: true };
const value: IteratorArgument = { kind: 'buffer', flags: 0, isMaybeNull: true };

type Arguments = Readonly<Record<number, IteratorArgument>>;

/** By place among the function's parameters; what is not here is as any argument of a tracing program. */
const iterators: Readonly<Record<string, Arguments>> = {
  bpf_link: { 1: object },
  bpf_map: { 1: trusted },
  bpf_map_elem: { 1: trustedAlways, 2: key, 3: value },
  bpf_prog: { 1: object },
  bpf_sk_storage_map: { 1: trustedAlways, 2: object, 3: value },
  cgroup: { 1: trusted },
  dmabuf: { 1: object },
  ipv6_route: { 1: object },
  kmem_cache: { 1: trusted },
  ksym: { 1: object },
  netlink: { 1: object },
  sockmap: { 1: trustedAlways, 2: key, 3: object },
  task: { 1: trusted },
  task_file: { 1: object, 3: object },
  task_vma: { 1: object, 2: object },
  tcp: { 1: trusted },
  udp: { 1: trusted },
  unix: { 1: object },
};

/** undefined where Linux has no iterator of this name. */
export function iteratorArguments(name: string): Arguments | undefined {
  return iterators[name];
}
