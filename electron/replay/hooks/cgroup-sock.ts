/**
 * Programs of cgroups that see sockets as they are made and bound: sock_create, post_bind4, post_bind6. Called where
 * inet_create(), inet6_create() and __inet_bind() of Linux 6.18 call them, for every process; the context is the socket
 * itself. What a program answers is counted; the socket was made all the same.
 */
import { SOCK_BYTES, sockOffsets } from '../../bpf/sock-addr.ts';
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import { attachTypeOf, ATTACH } from '../../bpf/verifier/attach-type.ts';
import { Failure } from '../../failure.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite } from './hook.ts';
import { countIn, newPacketCounts } from './packet-counts.ts';
import { verdictName } from './packet-verdicts.ts';
import { noCalls, socketCalls, whatSocketsAre, type SocketCall } from './socket-calls.ts';
import { SocketPlaces } from './socket-place.ts';
import { AF_INET, AF_INET6, SOCKET_CALLS, SocketTable, SOCK_RAW, type Socket } from './socket-table.ts';

interface SocketHook {
  readonly name: string;
  /** The call that it is on the way of. */
  readonly call: 'socket' | 'bind';
  readonly family: number | undefined;
}

const HOOKS: ReadonlyMap<number, SocketHook> = new Map([
  [ATTACH.none, { name: 'sock_create', call: 'socket', family: undefined }],
  [ATTACH.sockCreate, { name: 'sock_create', call: 'socket', family: undefined }],
  [ATTACH.postBind4, { name: 'post_bind4', call: 'bind', family: AF_INET }],
  [ATTACH.postBind6, { name: 'post_bind6', call: 'bind', family: AF_INET6 }],
]);

/** What is counted where a program reads it and it is unknown. */
const COUNTED = [
  ['bound_dev_if', 'the device that a socket is bound to'],
  ['type', 'the type of a socket'],
  ['protocol', 'the protocol of a socket'],
  ['mark', 'the mark of a socket'],
  ['priority', 'the priority of a socket'],
  ['src_port', 'the port that bind() chose'],
] as const;
const UNKNOWN = 0xffff_ffff;

/** Throws Failure `hook-not-replayable`. */
function hookOf(program: LinkedProgram): SocketHook {
  const hook = HOOKS.get(attachTypeOf(program));
  if (hook !== undefined) return hook;
  throw new Failure(
    'replay',
    'hook-not-replayable',
    `${program.section} cannot be attached to a recording: when the last descriptor of a socket goes is not followed`,
    { file: program.name, at: `section ${program.section}` },
    { section: program.section },
  );
}

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const hook = hookOf(program);
  const calls = { ...newPacketCounts(), unit: 'calls' as const };
  const table = new SocketTable();
  const places = (site.moment.knownSockets ??= new SocketPlaces(site.memory));
  const read = new Set<number>();
  const attachments = socketCalls(SOCKET_CALLS, site.sources).map(
    ({ source, type, read: readCall }): Attachment => {
      const isOwn = type.name === `sys_enter_${hook.call}`;
      return {
        source,
        type: type.index,
        ...(isOwn ? {} : { isFollowed: true }),
        drive: (call, _record, batch, row) => {
          const made = readCall(batch, row);
          table.follow(made);
          if (!isOwn) return;
          const socket = isMadeOf(hook, made, table);
          if (socket === undefined) {
            calls.passedBy += 1;
            return;
          }
          const place = places.put(socket, socket);
          for (const [field, what] of COUNTED) {
            const offset = sockOffsets[field];
            if (read.has(offset) && site.memory.view.getUint32(place + offset, true) === UNKNOWN)
              site.moment.missing(what);
          }
          calls.seen += 1;
          const returned = call(place);
          if (returned !== undefined)
            countIn(calls.verdicts, verdictName(program.type, Number(BigInt.asIntN(32, returned))));
        },
      };
    },
  );
  if (!attachments.some(({ isFollowed }) => isFollowed !== true)) throw noCalls(program, [hook.call]);
  return {
    hook: `cgroup:${hook.name}`,
    attachments,
    contextSizeBytes: SOCK_BYTES,
    packets: calls,
    lacks: whatSocketsAre(attachments),
    proved({ contextAccesses }: VerifiedProgram) {
      for (const { offsetBytes } of contextAccesses) read.add(offsetBytes & ~3);
    },
  };
}

/** The socket that the call made, or bound; undefined where the program does not see it. */
function isMadeOf(
  { call: name, family }: SocketHook,
  call: SocketCall,
  table: SocketTable,
): Socket | undefined {
  if (call.result === undefined || call.result < 0) return undefined;
  const socket = table.at(call.tid, name === 'socket' ? call.result : call.int(0));
  if (socket === undefined) return undefined;
  if (name === 'socket') return socket.family === AF_INET || socket.family === AF_INET6 ? socket : undefined;
  return socket.family === family && socket.type !== SOCK_RAW ? socket : undefined;
}

export const cgroupSockHooks: HookFamily = { name: 'cgroup-sock', programTypes: ['cgroup_sock'], plan };
