/**
 * Programs that ask who runs, for counters, or for tasks, each about one rule, with the verdict of Linux 6.18;
 * and what those of them that can be run by hand answer there.
 */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';

export interface WorldVector {
  /** What the program does, to follow `accepts` or `refuses`. */
  readonly name: string;
  readonly type: ProgramType;
  readonly section: string;
  readonly code: readonly (Instruction | readonly Instruction[])[];
  readonly maps?: readonly MapDefinition[];
  readonly isAccepted: boolean;
}

const PERF_EVENT_READ = 22;
const PERF_EVENT_READ_VALUE = 55;
const PERF_PROG_READ_VALUE = 56;
const READ_BRANCH_RECORDS = 119;
const GET_BRANCH_SNAPSHOT = 176;
const GET_NS_CURRENT_PID_TGID = 120;
const SEND_SIGNAL = 109;

const counters = asm.mapOf('perf_event_array', 4, 4, 4);
const hash = asm.mapOf('hash', 4, 24, 4);
const constants = asm.constantsOf(new Uint8Array(24));

const end = [asm.mov64(0, 0), asm.exit];
const stack = (register: number, bytes: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, -bytes),
];
const written = [24, 16, 8].map((bytes) => asm.storeImmediate(8, 10, -bytes, 0));

type Place = readonly [type: ProgramType, section: string];
const SAMPLE: Place = ['perf_event', 'perf_event'];
const TRACEPOINT: Place = ['tracepoint', 'tracepoint/sched/sched_switch'];
const RAW: Place = ['raw_tracepoint', 'raw_tp/sched_switch'];
const SOCKET: Place = ['socket_filter', 'socket'];

function vector(
  isAccepted: boolean,
  name: string,
  [type, section]: Place,
  code: WorldVector['code'],
  maps: readonly MapDefinition[] = [],
): WorldVector {
  return { name, type, section, code: [...code, end], maps, isAccepted };
}
const accepts = vector.bind(undefined, true);
const refuses = vector.bind(undefined, false);

const readValue = (size: number): Instruction[] =>
  [
    asm.loadMap(1, 0),
    asm.mov64(2, 0),
    stack(3, 24),
    asm.mov64(4, size),
    asm.call(PERF_EVENT_READ_VALUE),
  ].flat();
const branches = (size: number, flags: number): Instruction[] => [
  ...stack(2, 24),
  asm.mov64(3, size),
  asm.mov64(4, flags),
  asm.call(READ_BRANCH_RECORDS),
];

export const worldVectors: readonly WorldVector[] = [
  accepts(
    'a counter',
    TRACEPOINT,
    [asm.loadMap(1, 0), asm.mov64(2, 0), asm.call(PERF_EVENT_READ)],
    [counters],
  ),
  refuses(
    'a counter of a hash',
    TRACEPOINT,
    [asm.loadMap(1, 0), asm.mov64(2, 0), asm.call(PERF_EVENT_READ)],
    [hash],
  ),
  refuses(
    'a counter of no known number',
    TRACEPOINT,
    [asm.loadMap(1, 0), asm.call(PERF_EVENT_READ)],
    [counters],
  ),
  accepts(
    'a counter in a socket filter, as root',
    SOCKET,
    [asm.loadMap(1, 0), asm.mov64(2, 0), asm.call(PERF_EVENT_READ)],
    [counters],
  ),
  accepts('a counter and its times', RAW, readValue(24), [counters]),
  accepts('a counter into less than it takes', RAW, readValue(8), [counters]),
  refuses('a counter into nothing', RAW, readValue(0), [counters]),
  refuses('a counter beyond the stack', RAW, readValue(32), [counters]),
  refuses('a counter and its times of a hash', RAW, readValue(24), [hash]),
  refuses(
    'a counter into constants',
    RAW,
    [
      asm.loadMap(1, 0),
      asm.mov64(2, 0),
      asm.loadMapValue(3, 1),
      asm.mov64(4, 24),
      asm.call(PERF_EVENT_READ_VALUE),
    ],
    [counters, constants],
  ),
  accepts('how far its own event has counted', SAMPLE, [
    stack(2, 24),
    asm.mov64(3, 24),
    asm.call(PERF_PROG_READ_VALUE),
  ]),
  refuses('how far its event has counted, of no context', SAMPLE, [
    asm.mov64(1, 0),
    stack(2, 24),
    asm.mov64(3, 24),
    asm.call(PERF_PROG_READ_VALUE),
  ]),
  refuses('how far its event has counted, into nothing', SAMPLE, [
    stack(2, 24),
    asm.mov64(3, 0),
    asm.call(PERF_PROG_READ_VALUE),
  ]),
  refuses('how far its event has counted, in a tracepoint', TRACEPOINT, [
    stack(2, 24),
    asm.mov64(3, 24),
    asm.call(PERF_PROG_READ_VALUE),
  ]),
  accepts('branches into memory that was written', SAMPLE, [written, branches(24, 0)]),
  accepts('branches into no memory', SAMPLE, [
    asm.mov64(2, 0),
    asm.mov64(3, 0),
    asm.mov64(4, 1),
    asm.call(READ_BRANCH_RECORDS),
  ]),
  refuses('branches beyond the stack', SAMPLE, [written, branches(25, 0)]),
  refuses('branches in a tracepoint', TRACEPOINT, [written, branches(24, 0)]),
  accepts('a snapshot of branches', RAW, [
    stack(1, 24),
    asm.mov64(2, 24),
    asm.mov64(3, 0),
    asm.call(GET_BRANCH_SNAPSHOT),
  ]),
  accepts('a snapshot of no branches', RAW, [
    stack(1, 24),
    asm.mov64(2, 0),
    asm.mov64(3, 0),
    asm.call(GET_BRANCH_SNAPSHOT),
  ]),
  refuses('a snapshot of branches beyond the stack', RAW, [
    stack(1, 24),
    asm.mov64(2, 25),
    asm.mov64(3, 0),
    asm.call(GET_BRANCH_SNAPSHOT),
  ]),
  refuses(
    'a snapshot of branches into constants',
    RAW,
    [asm.loadMapValue(1, 0), asm.mov64(2, 24), asm.mov64(3, 0), asm.call(GET_BRANCH_SNAPSHOT)],
    [constants],
  ),
  accepts('its ids in a namespace', RAW, [
    asm.mov64(1, 4),
    asm.mov64(2, 1),
    stack(3, 8),
    asm.mov64(4, 8),
    asm.call(GET_NS_CURRENT_PID_TGID),
  ]),
  refuses('its ids in a namespace, into nothing', RAW, [
    asm.mov64(1, 4),
    asm.mov64(2, 1),
    asm.mov64(3, 0),
    asm.mov64(4, 8),
    asm.call(GET_NS_CURRENT_PID_TGID),
  ]),
  accepts('a signal', RAW, [asm.mov64(1, 10), asm.call(SEND_SIGNAL)]),
  accepts('a signal in a socket filter, as root', SOCKET, [asm.mov64(1, 10), asm.call(SEND_SIGNAL)]),
];
