/**
 * Programs of cgroups that see options of sockets: setsockopt before the kernel does, getsockopt after. Called as
 * kernel/bpf/cgroup.c of Linux 6.18 calls them, for the sockets of every process and family. What a program answers is
 * counted; the call went as it went.
 */
import { SOCK_OPTION_BYTES, sockOptionOffsets } from '../../bpf/sock-option.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite } from './hook.ts';
import { countIn, newPacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { noCalls, socketCalls, type SocketCall } from './socket-calls.ts';
import { SocketPlaces, UNKNOWN_SOCKET } from './socket-place.ts';
import { SOCKET_CALLS, SocketTable, type Socket } from './socket-table.ts';

/** What a program is shown of a value at least, and at most: a page. */
const VALUE_BYTES_MIN = 16;
const VALUE_BYTES_MAX = 4096;
const EBADF = 9;
const EFAULT = 14;
const ENOTSOCK = 88;
const IPPROTO_TCP = 6;
/** Its calls are too many to be shown. */
const TCP_ZEROCOPY_RECEIVE = 35;

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const name = program.section.endsWith('getsockopt') ? 'getsockopt' : 'setsockopt';
  const calls = { ...newPacketCounts(), unit: 'calls' as const };
  const table = new SocketTable();
  const place = new OptionPlace(site);
  const attachments = socketCalls([...new Set([name, ...SOCKET_CALLS])], site.sources).map(
    ({ source, type, read }): Attachment => {
      const isOwn = type.name === `sys_enter_${name}`;
      return {
        source,
        type: type.index,
        ...(isOwn ? {} : { isFollowed: true }),
        drive(call, _record, batch, row) {
          const made = read(batch, row);
          if (isOwn && isSeen(made)) {
            calls.seen += 1;
            const returned = call(place.put(made, table.at(made.tid, made.int(0))));
            if (returned !== undefined)
              countIn(calls.verdicts, verdictName(program.type, Number(BigInt.asIntN(32, returned))));
          } else if (isOwn) calls.passedBy += 1;
          table.follow(made);
        },
      };
    },
  );
  if (!attachments.some(({ isFollowed }) => isFollowed !== true)) throw noCalls(program, [name]);
  return { hook: `cgroup:${name}`, attachments, contextSizeBytes: SOCK_OPTION_BYTES, packets: calls };
}

function isSeen(call: SocketCall): boolean {
  const { result } = call;
  if (result === -EBADF || result === -ENOTSOCK || result === -EFAULT) return false;
  if (call.name === 'setsockopt') return (call.int(4) ?? 0) >= 0;
  return call.int(1) !== IPPROTO_TCP || call.int(2) !== TCP_ZEROCOPY_RECEIVE;
}

class OptionPlace {
  readonly #site: HookSite;
  readonly #memory: LinearMemory;
  readonly #context: Address;
  readonly #value: Address;
  readonly #sockets: SocketPlaces;

  constructor(site: HookSite) {
    this.#site = site;
    this.#memory = site.memory;
    this.#context = site.memory.allocate(SOCK_OPTION_BYTES, 8);
    this.#value = site.memory.allocate(VALUE_BYTES_MAX, 8);
    this.#sockets = site.moment.knownSockets ??= new SocketPlaces(site.memory);
  }

  put(call: SocketCall, socket: Socket | undefined): Address {
    const { view } = this.#memory;
    const context = this.#context;
    const isSet = call.name === 'setsockopt';
    const asked = isSet ? (call.int(4) ?? 0) : lengthAt(call);
    const known = call.result === 0 || isSet ? call.pointedTo(3) : undefined;
    const hasValue = (isSet || call.result === 0) && asked > 0;
    if (hasValue && known === undefined) this.#site.moment.missing('the value of a socket option');
    // Of an option that was had, the length is that of what was had.
    const length = !isSet && known !== undefined ? Math.min(asked, known.length) : asked;
    const room = Math.min(VALUE_BYTES_MAX, isSet ? Math.max(asked, VALUE_BYTES_MIN) : asked);
    this.#putValue(room, hasValue ? Math.min(length, room) : 0, known);
    const sk = this.#sockets.put(socket ?? this, socket ?? UNKNOWN_SOCKET);
    view.setBigUint64(context + sockOptionOffsets.sk, BigInt(sk), true);
    view.setBigUint64(context + sockOptionOffsets.optval, BigInt(this.#value), true);
    view.setBigUint64(context + sockOptionOffsets.optval_end, BigInt(this.#value + room), true);
    for (const [index, field] of [sockOptionOffsets.level, sockOptionOffsets.optname].entries()) {
      const value = call.int(index + 1);
      if (value === undefined) this.#site.moment.missing('the name of a socket option');
      view.setInt32(context + field, value ?? -1, true);
    }
    view.setInt32(context + sockOptionOffsets.optlen, length, true);
    view.setInt32(context + sockOptionOffsets.retval, isSet ? 0 : (call.result ?? -1), true);
    return context;
  }

  /** `sizeBytes` of the value, all ones where it is not known, in a room of zeros. */
  #putValue(room: number, sizeBytes: number, known: Uint8Array | undefined): void {
    const { bytes } = this.#memory;
    bytes.fill(0, this.#value, this.#value + room);
    bytes.fill(0xff, this.#value, this.#value + sizeBytes);
    if (known !== undefined) bytes.set(known.subarray(0, sizeBytes), this.#value);
  }
}

/** What user space has room for. */
function lengthAt(call: SocketCall): number {
  const bytes = call.pointedTo(4);
  if (bytes === undefined || bytes.length < 4) return 0;
  return Math.max(0, new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true));
}

export const cgroupSockoptHooks: HookFamily = {
  name: 'cgroup-sockopt',
  programTypes: ['cgroup_sockopt'],
  plan,
};
