/**
 * The shape every helper has, and what a helper may ask of the world around the machine. The table of
 * prototypes is shared: the verifier checks arguments by it, the interpreter and the JIT call by it.
 */
import type { Btf } from '../object/btf.ts';
import type { ProgramType } from '../program.ts';
import type { BpfMap } from '../maps/map.ts';
import type { RouteDirectory } from './route-directory.ts';
import type { SocketDirectory } from './socket-directory.ts';
import type { LinearMemory } from '../vm/memory.ts';
import type { ObjectPool } from '../vm/object-pool.ts';
import type { BoundFunction, Timers } from '../vm/timers.ts';
import type { Effect } from './effect.ts';
import type { FunctionCall, NamespacePids, ObjectDirectory } from './object-directory.ts';

/** Linux enum bpf_arg_type, the kinds in use, in this project's spelling. */
export type HelperArgument =
  | 'none'
  /** Any initialised value. */
  | 'anything'
  | 'const_map_ptr'
  | 'map_key'
  | 'map_value'
  | 'uninit_map_value'
  | 'map_value_or_null'
  | 'mem'
  | 'mem_or_null'
  | 'uninit_mem'
  | 'uninit_mem_or_null'
  /** Memory that the helper reads and writes. */
  | 'written_mem'
  /** Size of the memory the argument before points to, not zero / may be zero. */
  | 'const_size'
  | 'const_size_or_zero'
  | 'const_alloc_size_or_zero'
  | 'ctx'
  | 'ctx_or_null'
  /** As many bytes that the helper reads. */
  | 'mem_of_20'
  | 'mem_of_40'
  | 'ringbuf_record'
  /** Sixteen bytes of stack that become a dynptr, on memory of a map or on a ring buffer record. */
  | 'uninit_dynptr'
  | 'uninit_ringbuf_dynptr'
  | 'dynptr'
  /** One on a ring buffer record, which is given back. */
  | 'released_ringbuf_dynptr'
  | 'const_str'
  | 'stack_or_null'
  | 'func'
  /** A function called when the program has long ended. */
  | 'async_func'
  /** A lock in a map value, to be taken, and one to be given back. */
  | 'spin_lock'
  | 'held_spin_lock'
  /** A timer in a map value. */
  | 'timer'
  /** A pointer in a map value to an object that the map owns, and one that the program hands over for it. */
  | 'kptr'
  | 'exchanged_kptr_or_null'
  /** An object of the kernel, of the struct named. */
  | `btf:${string}`
  | `btf_or_null:${string}`
  /** A socket of any kind, not merely one that RCU protects. */
  | 'btf_sock_common'
  | 'btf_sock_common_or_null'
  /** One of those that is given back. */
  | 'released_sock_common'
  /** A socket of any kind as programs see it, and one that is surely all there. */
  | 'sock_common'
  | 'sock_or_null'
  /** A variable of the kernel that every CPU has its own of. */
  | 'percpu_object'
  /** Eight bytes that the helper writes, at a multiple of eight. */
  | 'uninit_u64'
  /** Four bytes that the helper reads and writes, at a multiple of four. */
  | 'written_u32'
  /** Stands alone for all arguments of a helper whose prototype is not described here: a call is refused. */
  | 'undescribed';

/** Linux enum bpf_return_type. */
export type HelperReturn =
  | 'integer'
  | 'void'
  | 'map_value_or_null'
  | 'mem_or_null'
  | 'dynptr_mem_or_null'
  /** A socket: all of it, what half-made ones have of it, its TCP side. */
  | 'sock_or_null'
  | 'sock_common_or_null'
  | 'tcp_sock_or_null'
  /** The object that the map owned until now. */
  | 'kptr_or_null'
  /** An object of the kernel, of the struct named. */
  | `btf:${string}`
  | `btf_or_null:${string}`
  /** One that is surely there as long as the program runs. */
  | `trusted_btf:${string}`
  /** One CPU's own of what the first argument is. */
  | 'percpu_object'
  | 'percpu_object_or_null';

/** What the replayed event says of the moment a helper is called in. */
export interface Session {
  readonly isReturn: boolean;
  /** Eight bytes in linear memory that are the call's own. */
  readonly cookie: number;
}

export interface HelperWorld {
  /** Whether time, CPU and task stay what they are while a program runs: then they may be asked for before it does. */
  readonly standsStill: boolean;
  /** Time of the event on the replay's clock, nanoseconds. */
  timeNs(): bigint;
  /** CONFIG_HZ; undefined where it is not known. */
  ticksPerSecond(): number | undefined;
  cpu(): number;
  /** -1 where unknown. */
  tid(): number;
  /** -1 where unknown. */
  tgid(): number;
  /** undefined where unknown. */
  comm(): string | undefined;
  /** Of the current task; -1 where unknown. */
  uid(): number;
  /** Of the current task; -1 where unknown. */
  gid(): number;
  /**
   * Of the current task's cgroup of the default hierarchy, or of its ancestor at `level` (0 is the root); 0n where
   * there is no such ancestor, undefined where unknown.
   */
  cgroupId(level: number | undefined): bigint | undefined;
  /** Address of the current task's `struct task_struct` in linear memory; 0n where unknown. */
  currentTask(): bigint;
  /** Ids of the current task in the innermost pid namespace it is in; undefined where unknown. */
  namespacePids(): NamespacePids | undefined;
  /** The kernel's objects in linear memory. */
  objects(): ObjectDirectory;
  /** The sockets that are known. */
  sockets(): SocketDirectory;
  /** Routes, neighbours and devices; undefined where none are known. */
  routes(): RouteDirectory | undefined;
  /** The traced call that the event is of; undefined where it is of none, or the recording does not say. */
  functionCall(): FunctionCall | undefined;
  /** What user space gave with the program when it attached it; 0n where nothing. */
  attachCookie(): bigint;
  /** Of a program that is called at both ends of a call; undefined elsewhere. */
  session(): Session | undefined;
  /** Of the CPU; -1 where unknown. */
  numaNode(): number;
  /** Innermost first, or undefined where this event has none recorded. */
  callchain(isUser: boolean): BigUint64Array | undefined;
  /** Bytes that the recording holds of memory outside the modelled kernel; undefined where it holds not all of them. */
  recordedMemory(space: 'kernel' | 'user', address: bigint, sizeBytes: number): Uint8Array | undefined;
  /** What the program did to the world outside: recorded, never carried out. */
  effect(effect: Effect): void;
  /** Into the file that an iterator is read through; whether there was room for all of it. */
  writeSequence(bytes: Uint8Array): boolean;
  /** Text of bpf_trace_printk. */
  print(text: string): void;
  /** A fact the recording could not supply was asked for: counted by `what`, never made up. */
  missing(what: string): void;
  /** Seeded: the same replay gives the same numbers. 32 bits. */
  random(): number;
}

/** What helpers keep from one call to the next of the same run. */
export interface RunState {
  /** What bpf_set_retval() was given last; undefined before it is called. */
  retval: number | undefined;
}

export interface HelperContext {
  readonly memory: LinearMemory;
  readonly world: HelperWorld;
  /** Map by the handle a program holds; undefined for no map. */
  mapByHandle(handle: number): BpfMap | undefined;
  /** Calls a function of the running program (what an argument of kind `func` points to) and gives its r0. */
  callFunction(handle: bigint, ...parameters: readonly bigint[]): bigint;
  /** A function of the running program, to be called when that has ended. */
  bindFunction(handle: bigint): BoundFunction;
  readonly timers: Timers;
  /** Objects that programs made. */
  readonly objects: ObjectPool;
  /** Types of the kernel that programs were relocated onto; undefined where none are known. */
  kernelTypes(): Btf | undefined;
  readonly run: RunState;
}

/** r1 to r5 in, r0 out: 64-bit values as unsigned bigint. */
export type HelperFunction = (
  context: HelperContext,
  r1: bigint,
  r2: bigint,
  r3: bigint,
  r4: bigint,
  r5: bigint,
) => bigint;

export interface Helper {
  /** BPF_FUNC_* number. */
  readonly id: number;
  /** Without `bpf_`: `map_lookup_elem`. */
  readonly name: string;
  readonly arguments: readonly HelperArgument[];
  readonly returns: HelperReturn;
  readonly isGplOnly: boolean;
  /** Program types that may call it; undefined for all. */
  readonly programTypes: ReadonlySet<ProgramType> | undefined;
  /** undefined: known to the verifier and the disassembler, refused at load as not implemented here. */
  readonly run: HelperFunction | undefined;
}
