/**
 * Sockets: what a program may read of one, which helpers take which, and what they give. After
 * check_sock_access(), check_reg_type() and mark_ptr_not_null_reg() of Linux 6.18.
 */
import type { HelperArgument, HelperReturn } from '../helpers/helper.ts';
import type { MapType } from '../program.ts';
import { ContextTable } from './contexts/table.ts';
import {
  isPointer,
  kindName,
  pointerRegister,
  unknownRegister,
  type PointerRegister,
  type PointerTarget,
  type Register,
} from './register.ts';
import type { Walk } from './walk.ts';

export type SocketTarget = Extract<PointerTarget, 'sock' | 'sock-common' | 'tcp-sock' | 'xdp-sock'>;
type SocketPointer = PointerRegister & { readonly target: SocketTarget };
type Initialised = Exclude<Register, { kind: 'uninitialised' }>;

/**
 * What may be read, at which offsets: of struct bpf_sock, of the part of it that half-made and half-closed
 * sockets have too, of struct bpf_tcp_sock and struct bpf_xdp_sock. Measured by loading one access of every
 * size and offset each into Linux 6.18, which test/oracle/sockets.test.ts does again. Nothing may be written.
 */
const fields: Readonly<Record<SocketTarget, ContextTable>> = {
  sock: new ContextTable({
    reads: { 1: '4,8,12,24-44,48-49,52-72,76', 2: '4,8,12,24-45,48,52-73,76', 4: '0-79' },
    writes: {},
  }),
  'sock-common': new ContextTable({
    reads: { 1: '4,24-44,48-49,52-72,76', 2: '4,24-45,48,52-73,76', 4: '0-7,24-79' },
    writes: {},
  }),
  'tcp-sock': new ContextTable({ reads: { 4: '0-79,96-111', 8: '80-95' }, writes: {} }),
  'xdp-sock': new ContextTable({ reads: { 4: '0' }, writes: {} }),
};

export const socketTargets: ReadonlySet<PointerTarget> = new Set(Object.keys(fields) as SocketTarget[]);

export function isSocket(content: Register): content is SocketPointer {
  return isPointer(content) && socketTargets.has(content.target);
}

/** Checks a read through a pointer that is not null: pointers to sockets never move. */
export function loadFromSocket(
  walk: Walk,
  target: SocketTarget,
  register: number,
  offset: number,
  sizeBytes: number,
): Register {
  if (!fields[target].mayRead(offset, sizeBytes))
    walk.refuse(
      'socket-access',
      `R${register} invalid ${kindName(pointerRegister(target))} access off=${offset} size=${sizeBytes}`,
    );
  return unknownRegister;
}

export type SocketArgument = Extract<
  HelperArgument,
  'sock_common' | 'sock_or_null' | 'btf_sock_common' | 'btf_sock_common_or_null' | 'released_sock_common'
>;

const anySocket: readonly SocketTarget[] = ['sock-common', 'sock', 'tcp-sock', 'xdp-sock'];
const takenAs: Readonly<Record<SocketArgument, readonly SocketTarget[]>> = {
  sock_common: anySocket,
  sock_or_null: ['sock'],
  btf_sock_common: anySocket,
  btf_sock_common_or_null: anySocket,
  released_sock_common: anySocket,
};

export function isSocketArgument(kind: HelperArgument): kind is SocketArgument {
  return kind in takenAs;
}

/** Whether kernel objects that begin as every socket does pass, too. */
export function takesObjects(kind: SocketArgument): kind is Exclude<SocketArgument, `sock_${string}`> {
  return kind !== 'sock_common' && kind !== 'sock_or_null';
}

export function isNullableSocket(kind: SocketArgument): boolean {
  return kind === 'sock_or_null' || kind === 'btf_sock_common_or_null';
}

/** Checks a socket handed to a helper, or what is in its place. */
export function checkSocketArgument(
  walk: Walk,
  kind: SocketArgument,
  content: Initialised,
  register: number,
): void {
  const isTaken = isSocket(content) && takenAs[kind].includes(content.target);
  if (isTaken && (!content.isMaybeNull || isNullableSocket(kind))) return;
  const code = isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument';
  const expected = takenAs[kind].map((target) => kindName(pointerRegister(target))).join(', ');
  walk.refuse(code, `R${register} type=${kindName(content)} expected=${expected}`);
}

export type SocketReturn = Extract<HelperReturn, 'sock_or_null' | 'sock_common_or_null' | 'tcp_sock_or_null'>;

const given: Readonly<Record<SocketReturn, SocketTarget>> = {
  sock_or_null: 'sock',
  sock_common_or_null: 'sock-common',
  tcp_sock_or_null: 'tcp-sock',
};

export function isSocketReturn(kind: HelperReturn): kind is SocketReturn {
  return kind in given;
}

/** Helpers whose socket the program has to give back: is_acquire_function(). */
const acquiring: ReadonlySet<string> = new Set(['sk_lookup_tcp', 'sk_lookup_udp', 'skc_lookup_tcp']);

export function acquiresSocket(helper: string): boolean {
  return acquiring.has(helper);
}

/**
 * Helpers that give another view of the socket they take: it ends with the one it was made of.
 * is_ptr_cast_function(); sockets of other helpers stay as long as the program runs.
 */
const casting: ReadonlySet<string> = new Set([
  'tcp_sock',
  'sk_fullsock',
  'skc_to_tcp_sock',
  'skc_to_tcp6_sock',
  'skc_to_udp6_sock',
  'skc_to_mptcp_sock',
  'skc_to_tcp_timewait_sock',
  'skc_to_tcp_request_sock',
]);

export function castsSocket(helper: string): boolean {
  return casting.has(helper);
}

/** A socket that may not be there; `reference` is what it ends with, 0 for none. */
export function returnedSocket(kind: SocketReturn, id: number, reference: number): PointerRegister {
  return pointerRegister(given[kind], { isMaybeNull: true, id, reference });
}

/** What values of the map are once they are known to be there: sockets; undefined for maps of anything else. */
export function socketInMap(type: MapType): SocketTarget | undefined {
  if (type === 'sockmap' || type === 'sockhash') return 'sock';
  return type === 'xskmap' ? 'xdp-sock' : undefined;
}

/** A map of sockets is given a socket in place of a value: resolve_map_arg_type(). */
export function isSocketValue(
  kind: HelperArgument | undefined,
  map: { readonly type: MapType } | undefined,
): boolean {
  return kind === 'map_value' && map !== undefined && socketInMap(map.type) === 'sock';
}

/** Structs of the kernel that begin with a struct sock_common, or are one. */
const beginningAsSockets: ReadonlySet<string> = new Set([
  'sock_common',
  'sock',
  'inet_sock',
  'inet_connection_sock',
  'inet_request_sock',
  'inet_timewait_sock',
  'request_sock',
  'tcp_sock',
  'tcp6_sock',
  'tcp_timewait_sock',
  'tcp_request_sock',
  'udp_sock',
  'udp6_sock',
  'unix_sock',
  'mptcp_sock',
]);

/** Where no BTF says so: whether an object of the struct passes for a socket. */
export function beginsAsSocket(struct: string): boolean {
  return beginningAsSockets.has(struct);
}
