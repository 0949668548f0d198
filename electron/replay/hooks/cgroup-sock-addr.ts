/**
 * Programs of cgroups that see the addresses of system calls: connect, bind, sendmsg, recvmsg, getpeername and
 * getsockname, of IPv4 and IPv6. They are called for every process: which cgroup one is in an strace does not say. What
 * a program answers is counted; the call went as it went.
 *
 * Without an strace, connect() of TCP is known by its socket's change of state.
 */
import { SOCK_ADDR_BYTES } from '../../bpf/sock-addr.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import { CALLS_OF, seenBy, type AddressCall, type AddressHook } from './address-calls.ts';
import { AddressPlace } from './address-place.ts';
import { beginningConnections, STATE_EVENT } from './beginning-connections.ts';
import type { AttachPlan, Attachment, Call, HookFamily, HookSite } from './hook.ts';
import { countIn, newPacketCounts, type PacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { noCalls, socketCalls, TRACING, whatSocketsAre, type SocketCall } from './socket-calls.ts';
import type { SocketView } from './socket-place.ts';
import { AF_INET, AF_INET6, SOCKET_CALLS, SocketTable, type Socket } from './socket-table.ts';

const SECTION = /^cgroup\/(connect|bind|sendmsg|recvmsg|getpeername|getsockname)([46])$/;

/** Throws Failure `hook-not-replayable`. */
function hookOf({ name, section }: LinkedProgram): AddressHook {
  const [, call, version] = SECTION.exec(section.replace(/^\?/, '')) ?? [];
  if (call !== undefined) return { call: call as AddressCall, version: version === '4' ? 4 : 6 };
  throw new Failure(
    'replay',
    'hook-not-replayable',
    `${section} cannot be attached to a recording: of addresses, those of IPv4 and IPv6 are replayed`,
    { file: name, at: `section ${section}` },
    { section },
  );
}

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const hook = hookOf(program);
  const calls = { ...newPacketCounts(), unit: 'calls' as const };
  const place = new AddressPlace(site);
  const ask = (call: Call, address: Uint8Array | undefined, socket: SocketView | undefined): void => {
    calls.seen += 1;
    const returned = call(place.put(hook, address, socket));
    if (returned !== undefined)
      countIn(calls.verdicts, verdictName(program.type, Number(BigInt.asIntN(32, returned))));
  };
  const traced = tracedCalls(hook, site, calls, ask);
  const attachments = traced ?? stateChanges(hook, site, calls, ask);
  const isConnect = hook.call === 'connect';
  if (attachments.length === 0)
    throw noCalls(program, CALLS_OF[hook.call], isConnect ? `; or ${OR_STATES}` : '');
  return {
    hook: `cgroup:${hook.call}${hook.version}`,
    attachments,
    contextSizeBytes: SOCK_ADDR_BYTES,
    packets: calls,
    lacks: traced === undefined ? [ONLY_BEGUN] : whatSocketsAre(attachments),
    proved: (verified) => place.readBy(verified),
  };
}

const OR_STATES = `record connections of TCP with perf or trace-cmd and -e ${STATE_EVENT}`;
const ONLY_BEGUN = {
  what: 'connect() of UDP, and of TCP where no packet was sent',
  remedy: TRACING,
};

type Ask = (call: Call, address: Uint8Array | undefined, socket: SocketView | undefined) => void;

/** undefined where no strace tells of the hook's calls. */
function tracedCalls(
  hook: AddressHook,
  site: HookSite,
  calls: PacketCounts,
  ask: Ask,
): readonly Attachment[] | undefined {
  const own = CALLS_OF[hook.call];
  const table = new SocketTable();
  const see = (call: Call, made: SocketCall, socket: Socket | undefined): void => {
    const seen = seenBy(hook, made, socket);
    if (seen === 'unknown') site.moment.missing('the socket of a call, made before the recording');
    if (seen === 'unknown' || seen === 'unseen') calls.passedBy += 1;
    else ask(call, seen.address, socket);
  };
  const attachments = socketCalls([...new Set([...own, ...SOCKET_CALLS])], site.sources).map(
    ({ source, type, read }): Attachment => {
      const isOwn = own.some((name) => type.name === `sys_enter_${name}`);
      return {
        source,
        type: type.index,
        ...(isOwn ? {} : { isFollowed: true }),
        drive(call, _record, batch, row) {
          const made = read(batch, row);
          const isAccept = made.name.startsWith('accept');
          // What accept() makes is there before its address is told.
          if (isAccept) table.follow(made);
          if (isOwn) see(call, made, table.at(made.tid, isAccept ? made.result : made.int(0)));
          if (!isAccept) table.follow(made);
        },
      };
    },
  );
  return attachments.some(({ isFollowed }) => isFollowed !== true) ? attachments : undefined;
}

/** Of connect(), by TCP sockets that begin to connect: where the packet goes that does. */
function stateChanges(
  hook: AddressHook,
  site: HookSite,
  calls: PacketCounts,
  ask: Ask,
): readonly Attachment[] {
  if (hook.call !== 'connect') return [];
  return beginningConnections(site).map(({ source, type, read }) => ({
    source,
    type: type.index,
    drive(call, record, batch, row) {
      const begun = read(record, batch, row);
      if (begun?.socket.family === (hook.version === 4 ? AF_INET : AF_INET6))
        ask(call, begun.address, begun.socket);
      else calls.passedBy += 1;
    },
  }));
}

export const cgroupSockAddrHooks: HookFamily = {
  name: 'cgroup-sock-addr',
  programTypes: ['cgroup_sock_addr'],
  plan,
};
