/**
 * Helpers on sockets, as far as the world knows them. After net/core/filter.c of Linux 6.18. A socket that is
 * not known counts as missing, and the answer is that of a kernel which has none. Nothing is held here: a
 * replay's sockets stay where they are.
 */
import { EINVAL, EOPNOTSUPP } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';
import type { SocketFacts, SocketProtocol } from './socket-directory.ts';

const TUPLE_BYTES_IPV4 = 12;
const TUPLE_BYTES_IPV6 = 36;
const S32_MAX = 0x7fff_ffffn;
/** What the kernel answers of a socket without an owner: overflowuid as it is unless somebody changes it. */
const OVERFLOW_UID = 65_534n;
const NONE = 0n;

/** The socket that packets of a tuple go to; undefined for none. */
function lookUp(
  { memory, world }: HelperContext,
  protocol: SocketProtocol,
  tuple: bigint,
  sizeBytes: number,
  namespaceId: bigint,
  flags: bigint,
): SocketFacts | undefined {
  if (sizeBytes !== TUPLE_BYTES_IPV4 && sizeBytes !== TUPLE_BYTES_IPV6) return undefined;
  const isOwn = BigInt.asIntN(32, namespaceId) < 0n;
  if (flags !== 0n || !(isOwn || namespaceId <= S32_MAX)) return undefined;
  const at = memoryArgument(memory, tuple, sizeBytes);
  const bytes = memory.bytes.slice(at, at + sizeBytes);
  const found = world.sockets().byTuple({ protocol, bytes, namespaceId: isOwn ? -1 : Number(namespaceId) });
  if (found === undefined) world.missing('sockets');
  return found === 'none' ? undefined : found;
}

function lookUpWhole(protocol: SocketProtocol): HelperFunction {
  return (context, _object, tuple, size, namespaceId, flags) => {
    const found = lookUp(context, protocol, tuple, u32(size), namespaceId, flags);
    return found?.isWhole === true ? BigInt(found.address) : NONE;
  };
}

/** What `read` finds known of the socket; undefined, and counted, where that is nothing. */
function factOf<T>(
  { world }: HelperContext,
  socket: bigint,
  what: string,
  read: (facts: SocketFacts) => T | undefined,
): T | undefined {
  const facts = world.sockets().at(socket);
  const known = facts === undefined ? undefined : read(facts);
  if (known === undefined) world.missing(what);
  return known;
}

function viewOf(what: string, read: (facts: SocketFacts) => number | undefined): HelperFunction {
  return (context, socket) => BigInt(factOf(context, socket, what, read) ?? 0);
}

function objectOf(struct: string): HelperFunction {
  return viewOf(`${struct} of a socket`, (facts) => facts.object(struct));
}

/** SYN cookies are made with a secret that every kernel draws when it starts. */
const withoutSecret: HelperFunction = ({ world }) => {
  world.missing('secret of SYN cookies');
  return errno(EOPNOTSUPP);
};

export const socketHelpers: HelperFamily = {
  sk_lookup_tcp: lookUpWhole('tcp'),
  sk_lookup_udp: lookUpWhole('udp'),
  skc_lookup_tcp: (context, _object, tuple, size, namespaceId, flags) =>
    BigInt(lookUp(context, 'tcp', tuple, u32(size), namespaceId, flags)?.address ?? 0),
  sk_release: () => 0n,

  sk_fullsock: viewOf('kind of a socket', ({ isWhole, address }) => (isWhole ? address : 0)),
  tcp_sock: viewOf('TCP side of a socket', ({ tcp }) => tcp),
  get_listener_sock: viewOf('listener of a socket', ({ listener }) => listener),
  skc_to_tcp_sock: objectOf('tcp_sock'),
  skc_to_tcp6_sock: objectOf('tcp6_sock'),
  skc_to_tcp_timewait_sock: objectOf('tcp_timewait_sock'),
  skc_to_tcp_request_sock: objectOf('tcp_request_sock'),
  skc_to_udp6_sock: objectOf('udp6_sock'),
  skc_to_unix_sock: objectOf('unix_sock'),
  skc_to_mptcp_sock: objectOf('mptcp_sock'),

  get_socket_cookie: (context, socket) =>
    socket === 0n ? 0n : (factOf(context, socket, 'cookie of a socket', ({ cookie }) => cookie) ?? 0n),
  get_netns_cookie: (context, socket) =>
    factOf(context, socket, 'cookie of a network namespace', (facts) => facts.namespaceCookie) ?? 0n,
  get_socket_uid(context, socket) {
    const uid = factOf(context, socket, 'owner of a socket', (facts) => facts.uid);
    return uid === undefined ? OVERFLOW_UID : BigInt(uid);
  },
  sk_cgroup_id: (context, socket) =>
    factOf(context, socket, 'cgroup of a socket', (facts) => facts.cgroupId(undefined)) ?? 0n,
  sk_ancestor_cgroup_id: (context, socket, level) =>
    factOf(context, socket, 'cgroup of a socket', (facts) => facts.cgroupId(u32(level) | 0)) ?? 0n,

  /** The packet, or the connection, goes to the socket: recorded. */
  sk_assign({ world }, _object, socket, flags) {
    const cookie = socket === 0n ? undefined : world.sockets().at(socket)?.cookie;
    world.effect({
      kind: 'sk_assign',
      facts: { sk: socket, flags, ...(cookie === undefined ? {} : { cookie }) },
    });
    return 0n;
  },

  setsockopt({ memory, world }, _socket, level, name, value, size) {
    const at = memoryArgument(memory, value, u32(size));
    const optval = memory.bytes.slice(at, at + u32(size));
    world.effect({ kind: 'setsockopt', facts: { level: u32(level) | 0, optname: u32(name) | 0, optval } });
    return 0n;
  },

  /** Options are not recorded: the buffer is zeroed, as where the kernel refuses. */
  getsockopt({ memory, world }, _socket, _level, _name, value, size) {
    const at = memoryArgument(memory, value, u32(size));
    memory.bytes.fill(0, at, at + u32(size));
    world.missing('socket option');
    return errno(EINVAL);
  },

  tcp_check_syncookie: withoutSecret,
  tcp_gen_syncookie: withoutSecret,
  tcp_raw_gen_syncookie_ipv4: withoutSecret,
  tcp_raw_gen_syncookie_ipv6: withoutSecret,
  tcp_raw_check_syncookie_ipv4: withoutSecret,
  tcp_raw_check_syncookie_ipv6: withoutSecret,
};
