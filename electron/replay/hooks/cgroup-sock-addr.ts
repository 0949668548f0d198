/**
 * Programs of cgroups that see the addresses of system calls: connect, bind, sendmsg, recvmsg, getpeername and
 * getsockname, of IPv4 and IPv6. They are called for every process: which cgroup one is in an strace does not say. What
 * a program answers is counted; the call went as it went.
 */
import { SOCK_ADDR_BYTES, sockAddrOffsets } from '../../bpf/sock-addr.ts';
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import { CALLS_OF, seenBy, type AddressCall, type AddressHook } from './address-calls.ts';
import type { AttachPlan, Attachment, Call, HookFamily, HookSite } from './hook.ts';
import { countIn, newPacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { noCalls, socketCalls, type SocketCall } from './socket-calls.ts';
import { SOCKET_CALLS, SocketTable, type Socket } from './socket-table.ts';
import { SocketPlaces } from './socket-place.ts';

const SECTION = /^cgroup\/(connect|bind|sendmsg|recvmsg|getpeername|getsockname)([46])$/;
const AF_BYTES = 2;
const PORT_AT = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;
const IPV6_BYTES = 16;

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
  const own = CALLS_OF[hook.call];
  const calls = { ...newPacketCounts(), unit: 'calls' as const };
  const table = new SocketTable();
  const place = new AddressPlace(site);
  const attachments = socketCalls([...new Set([...own, ...SOCKET_CALLS])], site.sources).map(
    ({ source, type, read }): Attachment => {
      const isOwn = own.some((name) => type.name === `sys_enter_${name}`);
      const drive = (call: Call, batch: Parameters<typeof read>[0], row: number): void => {
        const made = read(batch, row);
        const isAccept = made.name.startsWith('accept');
        // What accept() makes is there before its address is told.
        if (isAccept) table.follow(made);
        if (isOwn) see(made, table.at(made.tid, isAccept ? made.result : made.int(0)), call);
        if (!isAccept) table.follow(made);
      };
      return {
        source,
        type: type.index,
        drive: (call, _record, batch, row) => drive(call, batch, row),
        ...(isOwn ? {} : { isFollowed: true }),
      };
    },
  );
  if (!attachments.some(({ isFollowed }) => isFollowed !== true)) throw noCalls(program, own);

  const see = (made: SocketCall, socket: Socket | undefined, call: Call): void => {
    const seen = seenBy(hook, made, socket);
    if (seen === 'unknown') site.moment.missing('the socket of a call, made before the recording');
    if (seen === 'unknown' || seen === 'unseen') {
      calls.passedBy += 1;
      return;
    }
    calls.seen += 1;
    const returned = call(place.put(hook, seen.address, socket));
    if (returned !== undefined)
      countIn(calls.verdicts, verdictName(program.type, Number(BigInt.asIntN(32, returned))));
  };
  return {
    hook: `cgroup:${hook.call}${hook.version}`,
    attachments,
    contextSizeBytes: SOCK_ADDR_BYTES,
    packets: calls,
    proved: (verified) => place.readBy(verified),
  };
}

/** The context, and the socket that it leads to. */
class AddressPlace {
  readonly #memory: LinearMemory;
  readonly #site: HookSite;
  readonly #context: Address;
  readonly #sockets: SocketPlaces;
  /** Offsets that the program reads. */
  readonly #read = new Set<number>();

  constructor(site: HookSite) {
    this.#site = site;
    this.#memory = site.memory;
    this.#context = site.memory.allocate(SOCK_ADDR_BYTES, 8);
    this.#sockets = site.moment.knownSockets ??= new SocketPlaces(site.memory);
  }

  readBy({ contextAccesses }: VerifiedProgram): void {
    for (const { offsetBytes, sizeBytes } of contextAccesses)
      for (let at = offsetBytes & ~3; at < offsetBytes + sizeBytes; at += 4) this.#read.add(at);
  }

  put({ call, version }: AddressHook, address: Uint8Array | undefined, socket: Socket | undefined): Address {
    const { bytes, view } = this.#memory;
    const context = this.#context;
    bytes.fill(0xff, context, context + SOCK_ADDR_BYTES);
    const at = version === 4 ? IPV4_AT : IPV6_AT;
    const sizeBytes = version === 4 ? 4 : IPV6_BYTES;
    const ip = version === 4 ? sockAddrOffsets.user_ip4 : sockAddrOffsets.user_ip6;
    if (address !== undefined && address.length >= AF_BYTES) {
      view.setUint32(
        context + sockAddrOffsets.user_family,
        (address[0] ?? 0) | ((address[1] ?? 0) << 8),
        true,
      );
    }
    if (address !== undefined && address.length >= at + sizeBytes) {
      bytes.set(address.subarray(at, at + sizeBytes), context + ip);
      bytes.fill(0, context + sockAddrOffsets.user_port, context + sockAddrOffsets.user_port + 4);
      bytes.set(address.subarray(PORT_AT, PORT_AT + 2), context + sockAddrOffsets.user_port);
    } else this.#count(`the address of ${call}()`, ip, sockAddrOffsets.user_port);
    this.#putSocket(socket);
    if (call === 'sendmsg') this.#putSource(version, socket);
    return context;
  }

  #putSocket(socket: Socket | undefined): void {
    for (const name of ['family', 'type', 'protocol'] as const) {
      const value = socket?.[name];
      if (value === undefined) this.#count(`the ${name} of a socket`, sockAddrOffsets[name]);
      else this.#memory.view.setUint32(this.#context + sockAddrOffsets[name], value, true);
    }
    const sk = this.#sockets.put(socket ?? this, socket ?? UNKNOWN_SOCKET);
    this.#memory.view.setBigUint64(this.#context + sockAddrOffsets.sk, BigInt(sk), true);
    if (socket === undefined) this.#count('a socket', sockAddrOffsets.sk);
  }

  /** Where the packet is sent from: as the socket is bound, but for what a control message says. */
  #putSource(version: 4 | 6, socket: Socket | undefined): void {
    const source = socket?.source?.address;
    const at = version === 4 ? sockAddrOffsets.msg_src_ip4 : sockAddrOffsets.msg_src_ip6;
    if (source?.length === (version === 4 ? 4 : IPV6_BYTES))
      this.#memory.bytes.set(source, this.#context + at);
    else this.#count('the address that is sent from', at);
  }

  /** Where the program reads one of the fields. */
  #count(what: string, ...offsets: readonly number[]): void {
    if (offsets.some((offset) => this.#read.has(offset))) this.#site.moment.missing(what);
  }
}

const UNKNOWN_SOCKET = {
  family: undefined,
  type: undefined,
  protocol: undefined,
  source: undefined,
  destination: undefined,
};

export const cgroupSockAddrHooks: HookFamily = {
  name: 'cgroup-sock-addr',
  programTypes: ['cgroup_sock_addr'],
  plan,
};
