/**
 * Programs that stand for a member of a struct of functions of the kernel (struct_ops): which structs and
 * members there are, what such a program may write, and what it may call. After check_struct_ops_btf_id(),
 * net/ipv4/bpf_tcp_ca.c and net/bpf/bpf_dummy_struct_ops.c of Linux 6.18.
 *
 * A struct's own rules are in its kernel's code, not in its BTF: what no table here describes is refused as
 * not known.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfMember, BtfPrototype } from '../object/btf-type.ts';
import { findComposite, isComposite } from './btf-walk.ts';

/** What Linux names the value of the map that holds such a struct, before the struct's own name. */
export const VALUE_PREFIX = 'bpf_struct_ops_';
/** BPF_STRUCT_OPS_MAX_NR_MEMBERS. */
const MEMBERS_MAX = 64;

interface Rules {
  /** Members that the kernel lets no program stand for. */
  readonly unsupported: readonly string[];
  /** Members whose program may sleep; undefined: any may. */
  readonly sleepable: readonly string[] | undefined;
  /** The one struct that may be written to, and what of it; undefined: all of it. */
  readonly written: string;
  readonly fields: readonly string[] | undefined;
  /** A pointer to the first is taken for one to the second. */
  readonly promoted: readonly [string, string] | undefined;
  /** Not even those that every other program may call. */
  readonly hasNoHelpers?: true;
  /** Helpers beyond those every program may call, and members whose program may not. */
  readonly helpers: Readonly<Record<string, readonly string[]>>;
}

/** By name of the struct. */
const rulesOf: Readonly<Record<string, Rules>> = {
  tcp_congestion_ops: {
    unsupported: ['get_info'],
    sleepable: undefined,
    written: 'tcp_sock',
    fields: [
      'inet_conn.icsk_inet.sk.sk_pacing_rate',
      'inet_conn.icsk_inet.sk.sk_pacing_status',
      'inet_conn.icsk_ca_priv',
      'inet_conn.icsk_ack.pending',
      'snd_cwnd',
      'snd_cwnd_cnt',
      'snd_cwnd_stamp',
      'snd_ssthresh',
      'ecn_flags',
      'app_limited',
    ],
    promoted: ['sock', 'tcp_sock'],
    helpers: {
      tcp_send_ack: [],
      sk_storage_get: [],
      sk_storage_delete: [],
      setsockopt: ['release'],
      getsockopt: ['release'],
      ktime_get_coarse_ns: [],
    },
  },
  bpf_dummy_ops: {
    unsupported: [],
    sleepable: ['test_sleepable'],
    written: 'bpf_dummy_ops_state',
    fields: undefined,
    promoted: undefined,
    hasNoHelpers: true,
    helpers: {},
  },
};
/** Helpers that the type may call where the struct says so, and else none. */
const helpersOfStructs: ReadonlySet<string> = new Set(
  Object.values(rulesOf).flatMap(({ helpers }) => Object.keys(helpers)),
);

/** Of a program: the member it stands for, and that of its struct. */
export interface StructOpsMember {
  readonly struct: string;
  readonly name: string;
  readonly prototype: BtfPrototype;
  /** With the names that the kernel's own function for the member gives the parameters. */
  readonly stub: BtfPrototype | undefined;
}

/** What stands against a program for this member; `target` is `STRUCT/MEMBER`. */
export type StructOpsProblem = {
  readonly code: 'attach-target' | 'not-supported';
  readonly text: string;
};

export function isProblem(found: StructOpsMember | StructOpsProblem): found is StructOpsProblem {
  return 'code' in found;
}

/** Finds the member in the kernel's BTF. */
export function structOpsMember(
  btf: Btf,
  target: string,
  isSleepable: boolean,
): StructOpsMember | StructOpsProblem {
  const [struct = '', name = ''] = target.split('/');
  const type = findComposite(btf, 'struct', struct);
  if (type === undefined || findComposite(btf, 'struct', VALUE_PREFIX + struct) === undefined)
    return wrong(`the kernel's BTF has no struct ${struct} that programs may stand in for`);
  if (type.members.length > MEMBERS_MAX)
    return wrong(`struct ${struct} has more than ${MEMBERS_MAX} members`);
  const rules = rulesOf[struct];
  if (rules === undefined) {
    const text = `what programs of struct ${struct} may do is in its kernel's code, and not known here`;
    return { code: 'not-supported', text };
  }
  const member = type.members.find((each) => each.name === name);
  const prototype = member === undefined ? undefined : functionOf(btf, member);
  if (prototype === undefined) return wrong(`attach to invalid member ${name} of struct ${struct}`);
  const maySleep = rules.sleepable?.includes(name) ?? true;
  if (rules.unsupported.includes(name) || (isSleepable && !maySleep))
    return wrong(`attach to unsupported member ${name} of struct ${struct}`);
  return { struct, name, prototype, stub: stubOf(btf, struct, name) };
}

function wrong(text: string): StructOpsProblem {
  return { code: 'attach-target', text };
}

/** Prototype of a member that points to a function; undefined of others. btf_type_resolve_func_ptr(). */
function functionOf(btf: Btf, { typeId }: BtfMember): BtfPrototype | undefined {
  const pointer = btf.resolve(typeId);
  const pointee = pointer.kind === 'ptr' ? btf.resolve(pointer.typeId) : pointer;
  return pointee.kind === 'func_proto' ? pointee : undefined;
}

/** find_stub_func_proto(). */
function stubOf(btf: Btf, struct: string, member: string): BtfPrototype | undefined {
  const stub = btf.find('func', `${struct}__${member}`);
  const type = stub === undefined ? undefined : btf.typeById(stub.typeId);
  return type?.kind === 'func_proto' ? type : undefined;
}

/** The type that a pointer to `typeId` among the arguments is taken for. */
export function promotedType(btf: Btf, { struct }: StructOpsMember, typeId: number): number {
  const [from, to] = rulesOf[struct]?.promoted ?? [];
  if (from === undefined || to === undefined || findComposite(btf, 'struct', from)?.id !== typeId)
    return typeId;
  return findComposite(btf, 'struct', to)?.id ?? typeId;
}

/** Why the bytes of an object may not be written; undefined where they may. */
export function writeProblem(
  btf: Btf,
  { struct }: StructOpsMember,
  typeId: number,
  offset: number,
  sizeBytes: number,
): string | undefined {
  const rules = rulesOf[struct];
  const type = rules === undefined ? undefined : findComposite(btf, 'struct', rules.written);
  if (rules === undefined || type?.id !== typeId)
    return rules?.fields === undefined
      ? `only access to ${rules?.written ?? ''} is supported`
      : 'only read is supported';
  if (rules.fields === undefined) {
    const isWithin = offset >= 0 && offset + sizeBytes <= type.sizeBytes;
    return isWithin ? undefined : `access beyond struct ${type.name} at off ${offset} size ${sizeBytes}`;
  }
  for (const path of rules.fields) {
    const field = fieldAt(btf, type.id, path);
    if (field === undefined || !isStartOf(field, path, offset)) continue;
    const end = field.offset + field.sizeBytes;
    return offset + sizeBytes <= end
      ? undefined
      : `write access at off ${offset} with size ${sizeBytes} beyond the member of ${type.name} ended at ${end}`;
  }
  return `no write support to ${type.name} at off ${offset}`;
}

interface Field {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Most fields are written from their start on; what a congestion control keeps for itself, anywhere. */
function isStartOf(field: Field, path: string, offset: number): boolean {
  if (!path.endsWith('icsk_ca_priv')) return offset === field.offset;
  return offset >= field.offset && offset < field.offset + field.sizeBytes;
}

function fieldAt(btf: Btf, structId: number, path: string): Field | undefined {
  let typeId = structId;
  let offset = 0;
  for (const name of path.split('.')) {
    const found = memberIn(btf, typeId, name);
    if (found === undefined) return undefined;
    offset += found.offset;
    typeId = found.typeId;
  }
  return { offset, sizeBytes: btf.sizeOf(typeId) ?? 0 };
}

/** A member by name, of the struct or of one without a name in it. */
function memberIn(
  btf: Btf,
  typeId: number,
  name: string,
): { readonly offset: number; readonly typeId: number } | undefined {
  const type = btf.resolve(typeId);
  if (!isComposite(type)) return undefined;
  for (const member of type.members) {
    const offset = Math.floor(member.offsetBits / 8);
    if (member.name === name) return { offset, typeId: member.typeId };
    const inner = member.name === '' ? memberIn(btf, member.typeId, name) : undefined;
    if (inner !== undefined) return { offset: offset + inner.offset, typeId: inner.typeId };
  }
  return undefined;
}

/** Whether a program for the member may call the helper, beside those that all programs may. */
export function mayCall({ struct, name }: StructOpsMember, helper: string): boolean {
  const rules = rulesOf[struct];
  if (rules?.hasNoHelpers === true) return false;
  if (!helpersOfStructs.has(helper)) return true;
  const except = rules?.helpers[helper];
  return except !== undefined && !except.includes(name);
}
