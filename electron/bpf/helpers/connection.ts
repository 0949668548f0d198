/**
 * What programs do to connections as they are made: the address they are bound to, the socket chosen for one, what
 * is told of it from then on, the maps it is put into. All of it effects. After net/core/filter.c and
 * net/core/sock_map.c of Linux 6.18.
 */
import { E2BIG, EAFNOSUPPORT, EEXIST, EINVAL, ENOENT, EOPNOTSUPP } from '../maps/errno.ts';
import { SockOp, sockOpsOffsets } from '../sock-ops.ts';
import { errno, mapOf, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const FAMILY_BYTES = 2;
const SOCKADDR_IN_BYTES = 16;
/** SIN6_LEN_RFC2133. */
const SOCKADDR_IN6_BYTES_MIN = 24;

const CALLBACK_FLAGS = 0x7f;
/** BPF_NOEXIST and BPF_EXIST. */
const ONLY_NEW = 1n;
const ONLY_KNOWN = 2n;
/** When a connection may be put into a map. */
const insertable: ReadonlySet<number> = new Set([
  SockOp.activeEstablished,
  SockOp.passiveEstablished,
  SockOp.tcpListen,
]);

function fieldOf({ memory }: HelperContext, context: bigint, offset: number): number {
  return memory.view.getUint32(Number(context) + offset, true);
}

function keyBytes({ memory }: HelperContext, key: bigint, sizeBytes: number): Uint8Array {
  const at = memoryArgument(memory, key, sizeBytes);
  return memory.bytes.slice(at, at + sizeBytes);
}

/** The map itself stays as it is: nothing here could stand for the socket in it. */
function putIntoMap(kind: string): HelperFamily[string] {
  return (context, sockOps, mapHandle, keyRegister, flags) => {
    if (!insertable.has(fieldOf(context, sockOps, sockOpsOffsets.op))) return errno(EOPNOTSUPP);
    const map = mapOf(context, mapHandle);
    const { name, keySizeBytes, maxEntries } = map.definition;
    if (flags > ONLY_KNOWN) return errno(EINVAL);
    const key = keyBytes(context, keyRegister, keySizeBytes);
    const index = new DataView(key.buffer).getUint32(0, true);
    if (kind === 'sock_map_update' && index >= maxEntries) return errno(E2BIG);
    const isThere = map.get(key) !== undefined;
    if (isThere && flags === ONLY_NEW) return errno(EEXIST);
    if (!isThere && flags === ONLY_KNOWN) return errno(ENOENT);
    const cookie = context.world.sockets().at(sockOps)?.cookie;
    const facts = { map: name, key, flags };
    context.world.effect({ kind, facts: cookie === undefined ? facts : { ...facts, cookie } });
    context.world.missing('sockets of maps');
    return 0n;
  };
}

export const connectionHelpers: HelperFamily = {
  bind({ memory, world }, _address, register, size) {
    const at = memoryArgument(memory, register, u32(size));
    if (u32(size) < FAMILY_BYTES) return errno(EINVAL);
    const addr = memory.bytes.slice(at, at + u32(size));
    const family = new DataView(addr.buffer).getUint16(0, true);
    if (family !== AF_INET && family !== AF_INET6) return errno(EAFNOSUPPORT);
    if (addr.length < (family === AF_INET ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES_MIN)) return errno(EINVAL);
    world.effect({ kind: 'bind', facts: { addr } });
    return 0n;
  },

  /** Which of the events there are it is called for; those that are none come back. */
  sock_ops_cb_flags_set(context, sockOps, wanted) {
    if (fieldOf(context, sockOps, sockOpsOffsets.op) > SockOp.writeHeaderOption) return errno(EOPNOTSUPP);
    if (fieldOf(context, sockOps, sockOpsOffsets.is_fullsock) === 0) return errno(EINVAL);
    const flags = u32(wanted) & CALLBACK_FLAGS;
    const { view } = context.memory;
    view.setUint32(Number(sockOps) + sockOpsOffsets.bpf_sock_ops_cb_flags, flags, true);
    context.world.effect({ kind: 'sock_ops_cb_flags_set', facts: { flags } });
    return BigInt(u32(wanted) & ~CALLBACK_FLAGS);
  },

  sk_select_reuseport(context, _reuseport, mapHandle, keyRegister, flags) {
    if (flags !== 0n) return errno(EINVAL);
    const map = mapOf(context, mapHandle);
    const { name, keySizeBytes } = map.definition;
    const key = keyBytes(context, keyRegister, keySizeBytes);
    if (map.get(key) === undefined) return errno(ENOENT);
    context.world.effect({ kind: 'sk_select_reuseport', facts: { map: name, key } });
    return 0n;
  },

  sock_map_update: putIntoMap('sock_map_update'),
  sock_hash_update: putIntoMap('sock_hash_update'),
};
