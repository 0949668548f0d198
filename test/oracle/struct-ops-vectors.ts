/**
 * Programs that stand for members of structs of functions (struct_ops), each about one rule, with the verdict
 * of Linux 6.18.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';

/** Bytes from the start of a struct to a member of it. */
export type At = (struct: string, member: string) => number;

export interface StructOpsVector {
  /** What the program does, to follow `accepts` or `refuses`. */
  readonly name: string;
  /** `STRUCT/MEMBER`, `.s` before it for one that may sleep. */
  readonly target: string;
  readonly code: (at: At) => readonly (Instruction | readonly Instruction[])[];
  readonly license?: string;
  readonly isAccepted: boolean;
}

function accepts(name: string, target: string, code: StructOpsVector['code']): StructOpsVector {
  return { name, target, code, isAccepted: true };
}
function refuses(
  name: string,
  target: string,
  code: StructOpsVector['code'],
  license?: string,
): StructOpsVector {
  return { name, target, code, isAccepted: false, ...(license === undefined ? {} : { license }) };
}

const TCP = 'tcp_congestion_ops';
const DUMMY = 'bpf_dummy_ops';
const end = [asm.mov64(0, 0), asm.exit];
/** r6 = the first argument. */
const first = asm.load(8, 6, 1, 0);
const GET_CURRENT_PID_TGID = 14;
const SETSOCKOPT = 49;
const TCP_SEND_ACK = 116;

const setOption = [
  first,
  asm.storeImmediate(4, 10, -4, 1),
  asm.mov64(1, r(6)),
  asm.mov64(2, 6),
  asm.mov64(3, 1),
  asm.mov64(4, r(10)),
  asm.alu64('add', 4, -4),
  asm.mov64(5, 4),
  asm.call(SETSOCKOPT),
  ...end,
];
const acknowledge = [first, asm.mov64(1, r(6)), asm.mov64(2, 0), asm.call(TCP_SEND_ACK), ...end];

export const structOpsVectors: readonly StructOpsVector[] = [
  accepts('a field of a TCP socket', `${TCP}/ssthresh`, (at) => [
    first,
    asm.load(4, 0, 6, at('tcp_sock', 'snd_cwnd')),
    asm.exit,
  ]),
  accepts('a new congestion window', `${TCP}/cong_avoid`, (at) => [
    first,
    asm.storeImmediate(4, 6, at('tcp_sock', 'snd_cwnd'), 10),
    asm.exit,
  ]),
  accepts('an atomic sum in the congestion window', `${TCP}/cong_avoid`, (at) => [
    first,
    asm.mov64(2, 1),
    asm.atomic(4, 0, 6, at('tcp_sock', 'snd_cwnd'), 2),
    asm.exit,
  ]),
  refuses('half of the congestion window and what follows', `${TCP}/cong_avoid`, (at) => [
    first,
    asm.storeImmediate(8, 6, at('tcp_sock', 'snd_cwnd'), 10),
    ...end,
  ]),
  refuses('a write to what no program may change', `${TCP}/cong_avoid`, (at) => [
    first,
    asm.storeImmediate(4, 6, at('tcp_sock', 'rcv_nxt'), 10),
    ...end,
  ]),
  refuses('a write through a moved pointer', `${TCP}/cong_avoid`, (at) => [
    first,
    asm.load(8, 2, 1, 8),
    asm.alu64('and', 2, 3),
    asm.alu64('add', 6, r(2)),
    asm.storeImmediate(4, 6, at('tcp_sock', 'snd_cwnd'), 10),
    ...end,
  ]),
  accepts('nothing in r0 where the kernel waits for nothing', `${TCP}/set_state`, () => [asm.exit]),
  refuses('nothing in r0 where the kernel waits for a number', `${TCP}/ssthresh`, () => [asm.exit]),
  accepts('any number', `${TCP}/ssthresh`, () => [asm.mov64(0, -5), asm.exit]),
  accepts('a pointer for an answer', `${TCP}/ssthresh`, () => [asm.load(8, 0, 1, 0), asm.exit]),
  refuses('an argument that is not there', `${TCP}/ssthresh`, () => [asm.load(8, 0, 1, 8), asm.exit]),
  accepts('all four arguments', `${TCP}/cong_control`, () => [
    first,
    asm.load(8, 2, 1, 8),
    asm.load(4, 3, 1, 16),
    asm.load(8, 4, 1, 24),
    asm.load(4, 4, 4, 0),
    asm.exit,
  ]),
  refuses('a write to the context', `${TCP}/ssthresh`, () => [asm.storeImmediate(8, 1, 0, 0), ...end]),
  refuses('a misaligned read of the context', `${TCP}/cong_avoid`, () => [asm.load(4, 0, 1, 2), asm.exit]),
  refuses('a license that is not free', `${TCP}/ssthresh`, () => end, 'Proprietary'),
  refuses('the member that only the kernel fills', `${TCP}/get_info`, () => end),
  refuses('a member that is no function', `${TCP}/flags`, () => end),
  refuses('a member that is a name', `${TCP}/name`, () => end),
  accepts('sleeping for a socket', `.s ${TCP}/ssthresh`, () => end),
  accepts('the one test that may sleep', `.s ${DUMMY}/test_sleepable`, () => end),
  refuses('a test that may not sleep, sleeping', `.s ${DUMMY}/test_1`, () => end),
  accepts('a test that may sleep and does not', `${DUMMY}/test_sleepable`, () => end),
  accepts('an acknowledgement', `${TCP}/init`, () => acknowledge),
  refuses('an acknowledgement in a struct that is not of TCP', `${DUMMY}/test_2`, () => acknowledge),
  accepts('what Reno does', `${TCP}/cong_avoid`, () => [
    first,
    asm.mov64(1, r(6)),
    asm.mov64(2, 1),
    asm.mov64(3, 1),
    asm.callKernel('tcp_reno_cong_avoid'),
    asm.mov64(1, r(6)),
    asm.mov64(2, 1),
    asm.callKernel('tcp_slow_start'),
    asm.exit,
  ]),
  accepts('what CUBIC does of a sample', `${TCP}/pkts_acked`, () => [
    asm.load(8, 2, 1, 8),
    asm.load(8, 1, 1, 0),
    asm.callKernel('cubictcp_acked'),
    asm.exit,
  ]),
  accepts('what BBR does', `${TCP}/cong_control`, () => [
    asm.load(8, 4, 1, 24),
    asm.load(8, 3, 1, 16),
    asm.load(8, 2, 1, 8),
    asm.load(8, 1, 1, 0),
    asm.callKernel('bbr_main'),
    asm.exit,
  ]),
  refuses('what Reno does, of a sample', `${TCP}/pkts_acked`, () => [
    asm.load(8, 1, 1, 8),
    asm.callKernel('tcp_reno_ssthresh'),
    asm.exit,
  ]),
  refuses('what Reno does, of a number', `${TCP}/cong_avoid`, () => [
    asm.load(8, 1, 1, 8),
    asm.callKernel('tcp_reno_ssthresh'),
    asm.exit,
  ]),
  accepts('an option of the socket', `${TCP}/init`, () => setOption),
  refuses('an option of a socket that is given up', `${TCP}/release`, () => setOption),
  refuses('a helper that all other programs may call', `${DUMMY}/test_2`, () => [
    asm.call(GET_CURRENT_PID_TGID),
    ...end,
  ]),
  accepts('a helper that all programs may call', `${TCP}/init`, () => [
    asm.call(GET_CURRENT_PID_TGID),
    ...end,
  ]),
  refuses('a state that may not be there', `${DUMMY}/test_1`, () => [first, asm.load(4, 0, 6, 0), asm.exit]),
  accepts('a state that is there', `${DUMMY}/test_1`, () => [
    first,
    asm.mov64(0, 0),
    asm.jump64('jeq', 6, 0, 2),
    asm.storeImmediate(4, 6, 0, 7),
    asm.load(4, 0, 6, 0),
    asm.exit,
  ]),
  accepts('a state whose test says nothing of null', `${DUMMY}/test_2`, () => [
    first,
    asm.storeImmediate(2, 6, 2, 7),
    asm.load(4, 0, 6, 0),
    asm.exit,
  ]),
  refuses('what follows a state', `${DUMMY}/test_2`, () => [first, asm.storeImmediate(4, 6, 4, 7), ...end]),
  refuses('more than a state', `${DUMMY}/test_2`, () => [first, asm.storeImmediate(8, 6, 0, 7), ...end]),
];
