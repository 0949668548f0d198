/**
 * What an object file holds once it is open, and what a program is while it is proved and run: the
 * types that object/, verifier/, vm/, maps/ and helpers/ share. No behaviour here.
 */
import type { Btf } from './object/btf.ts';

/** Linux UAPI enum bpf_prog_type, the members this machine knows. */
export type ProgramType =
  | 'socket_filter'
  | 'kprobe'
  | 'sched_cls'
  | 'sched_act'
  | 'tracepoint'
  | 'xdp'
  | 'perf_event'
  | 'cgroup_skb'
  | 'cgroup_sock'
  | 'lwt_in'
  | 'lwt_out'
  | 'lwt_xmit'
  | 'sock_ops'
  | 'sk_skb'
  | 'cgroup_device'
  | 'sk_msg'
  | 'raw_tracepoint'
  | 'cgroup_sock_addr'
  | 'lwt_seg6local'
  | 'lirc_mode2'
  | 'sk_reuseport'
  | 'flow_dissector'
  | 'cgroup_sysctl'
  | 'raw_tracepoint_writable'
  | 'cgroup_sockopt'
  | 'tracing'
  | 'struct_ops'
  | 'ext'
  | 'lsm'
  | 'sk_lookup'
  | 'syscall'
  | 'netfilter';

/** Linux UAPI enum bpf_map_type, lower case. */
export type MapType =
  | 'hash'
  | 'array'
  | 'prog_array'
  | 'perf_event_array'
  | 'percpu_hash'
  | 'percpu_array'
  | 'stack_trace'
  | 'cgroup_array'
  | 'lru_hash'
  | 'lru_percpu_hash'
  | 'lpm_trie'
  | 'array_of_maps'
  | 'hash_of_maps'
  | 'devmap'
  | 'sockmap'
  | 'cpumap'
  | 'xskmap'
  | 'sockhash'
  | 'cgroup_storage'
  | 'reuseport_sockarray'
  | 'percpu_cgroup_storage'
  | 'queue'
  | 'stack'
  | 'sk_storage'
  | 'devmap_hash'
  | 'struct_ops'
  | 'ringbuf'
  | 'inode_storage'
  | 'task_storage'
  | 'bloom_filter'
  | 'user_ringbuf'
  | 'cgrp_storage'
  | 'arena';

/** One 8-byte slot as struct bpf_insn lays it out. ldimm64 takes two slots, the second with opcode 0. */
export interface Instruction {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  /** Signed 16 bits. */
  readonly offset: number;
  /** Signed 32 bits. */
  readonly imm: number;
}

/**
 * References inside `imm` of ldimm64 by its src register, after linking:
 *  BPF_PSEUDO_MAP_FD (1): imm is an index into LinkedObject.maps;
 *  BPF_PSEUDO_MAP_VALUE (2): the same, the second slot's imm is the offset into element 0's value;
 *  BPF_PSEUDO_BTF_ID (3): imm is the id of a variable or function in the kernel's BTF, the second imm 0;
 *  BPF_PSEUDO_MAP_IDX (5), BPF_PSEUDO_MAP_IDX_VALUE (6): as 1 and 2, which the kernel looks up in its fd_array;
 *  BPF_PSEUDO_FUNC (4): imm is the distance in slots to the callback, as in a call.
 * A call with src BPF_PSEUDO_CALL (1): imm is the distance in slots from the next instruction.
 */
/** Name of the field that points to an object that the value owns. */
export const OWNED_POINTER = 'a pointer tagged kptr';
/** And to one that every CPU has its own of. */
export const OWNED_PERCPU_POINTER = 'a pointer tagged percpu_kptr';

/** A field of a map's value that the kernel keeps for itself. */
export interface SpecialField {
  /** As C names it: `struct bpf_timer`, `a pointer tagged kptr`. */
  readonly name: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Of a pointer: name of the struct it points to, '' where it has none. */
  readonly pointee?: string;
  /** Id of that struct in the object's BTF. */
  readonly pointeeTypeId?: number;
  /** Of the head of a list and the root of a tree: what it holds. */
  readonly contains?: Contained;
}

/** Objects that a list or tree holds: of which struct of the object's BTF, and where its node lies. */
export interface Contained {
  readonly typeId: number;
  readonly nodeOffsetBytes: number;
}

/** Objects that a call of bpf_obj_new() makes. */
export interface ObjectLayout {
  /** Their struct, in the object's BTF. */
  readonly typeId: number;
  readonly sizeBytes: number;
  readonly fields: readonly SpecialField[];
  /** Whether every CPU has its own. */
  readonly isPerCpu?: boolean;
}

/** What a map of type struct_ops says of the struct it holds. */
export interface StructOps {
  /** Name of the kernel's struct. */
  readonly struct: string;
  /** Of the struct as the object has it, in the object's BTF. */
  readonly typeId: number;
  /** Made only where asked for: `SEC("?.struct_ops")`. */
  readonly isOptional: boolean;
  /** As compiled, in the object's layout; members that are programs are zero. */
  readonly data: Uint8Array;
  /** Name of the program by that of the member it stands for. */
  readonly programs: ReadonlyMap<string, string>;
  /** Why the kernel would not take it, in words; absent where it would, or no kernel's types are known. */
  readonly problem?: string;
}

export interface MapDefinition {
  readonly name: string;
  readonly type: MapType;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  /** BPF_F_* bits of map_flags. */
  readonly flags: number;
  /** map_extra: how many hashes a bloom filter has; 0 if not given. */
  readonly extra?: number;
  /** BTF type ids in LinkedObject.btf, 0 for none. For .data and its kin the value is the DATASEC. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** Of values, by their type: locks, timers and the like, which no update from outside or inside sets. */
  readonly specialFields?: readonly SpecialField[];
  /** First bytes of the only value of .rodata, .data, .bss, .kconfig maps. */
  readonly initialValue: Uint8Array | undefined;
  /** Frozen before the program starts, as libbpf does with .rodata: the verifier may read it as constants. */
  readonly isFrozen: boolean;
  /** LIBBPF_PIN_BY_NAME: all objects of a replay that pin the name share the map. */
  readonly isPinned?: boolean;
  readonly inner: MapDefinition | undefined;
  /** Of struct_ops. */
  readonly structOps?: StructOps;
}

export interface SourceLine {
  /** Slot in the linked program where code of this line begins. */
  readonly instruction: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line's text, as .BTF.ext carries it. */
  readonly text: string;
}

export interface Subprogram {
  readonly name: string;
  /** First slot. */
  readonly start: number;
  /** BTF FUNC type id, 0 for none. */
  readonly typeId: number;
  readonly isGlobal: boolean;
}

/** A program with its subprograms linked in, maps resolved and CO-RE relocations applied. */
export interface LinkedProgram {
  /** The C function's name. */
  readonly name: string;
  /** The ELF section as written: `tracepoint/sched/sched_switch`. */
  readonly section: string;
  readonly type: ProgramType;
  /** What follows the section's prefix: `sched/sched_switch`; empty for none. */
  readonly attachTarget: string;
  readonly isSleepable: boolean;
  /** From `?` in the section name or the loader's settings. */
  readonly isAutoloaded: boolean;
  readonly instructions: readonly Instruction[];
  /** In order of `start`; the first is the entry at slot 0. */
  readonly subprograms: readonly Subprogram[];
  /** In order of `instruction`. */
  readonly lines: readonly SourceLine[];
}

/** A CO-RE relocation or an extern that the target cannot satisfy: reaching the instruction is refused. */
export interface UnresolvedAccess {
  /** Name of the LinkedProgram. */
  readonly program: string;
  /** Slot in the linked program. */
  readonly instruction: number;
  /** What was to be read, as C names it: `struct trace_event_raw_sched_switch.next_pid`. */
  readonly access: string;
  readonly reason: string;
}

/** An entry a map is declared with. */
export interface InitialEntry {
  /** Index into LinkedObject.maps. */
  readonly map: number;
  /** Index in that map. */
  readonly index: number;
  readonly target:
    | { readonly kind: 'map'; readonly map: number }
    /** A LinkedProgram's name. */
    | { readonly kind: 'program'; readonly name: string };
}

export interface LinkedObject {
  readonly file: string;
  /** Built for a big-endian machine: it can be looked at and proved, not run. */
  readonly isBigEndian: boolean;
  /** Text of the `license` section, '' for none. */
  readonly license: string;
  readonly programs: readonly LinkedProgram[];
  readonly maps: readonly MapDefinition[];
  /** Of program arrays and maps of maps. */
  readonly initialEntries: readonly InitialEntry[];
  /** The object's own BTF (types of keys, values, functions). */
  readonly btf: Btf | undefined;
  /** In order of program and instruction; the instructions are poisoned as libbpf poisons them. */
  readonly unresolved: readonly UnresolvedAccess[];
}

declare const verifiedBrand: unique symbol;

/** Only verifier/ makes one: the interpreter and the JIT take nothing else. */
export interface VerifiedProgram {
  readonly [verifiedBrand]: true;
  readonly program: LinkedProgram;
  readonly maps: readonly MapDefinition[];
  /** Context bytes the program may read on some path: what the recording must hold. */
  readonly contextAccesses: readonly ContextAccess[];
  /** Of what a tracepoint lets programs write: how far the program reaches, which the tracepoint must hold. */
  readonly tracepointBufferBytes?: number;
  /** Helper ids that are called, ascending. */
  readonly helpers: readonly number[];
  /**
   * Slots of loads whose memory may not be there, ascending: such a load gives 0 where no data is, as a load
   * with a fault handler does in the kernel (BPF_PROBE_MEM). All others fail there.
   */
  readonly probedLoads: readonly number[];
  /** What a call of bpf_obj_new() makes, by its slot. */
  readonly objectLayouts?: ReadonlyMap<number, ObjectLayout>;
  /** Bytes reached of the keys (read only) and values that an iterator hands out. */
  readonly bufferBytes: { readonly readOnly: number; readonly readWrite: number };
  readonly stackDepthBytes: number;
}

export interface ContextAccess {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly isWrite: boolean;
  /** First instruction that does it. */
  readonly instruction: number;
}
