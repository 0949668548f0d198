/**
 * Programs that read objects of the kernel, each about one rule, with the verdict of Linux 6.18. Where a
 * member lies is the running kernel's: `at` looks it up.
 */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';

/** Bytes from the start of a struct to a member of it, or of an unnamed struct or union in it. */
export type At = (struct: string, member: string) => number;

export interface TracingVector {
  /** What the program does, to follow `accepts` or `refuses`. */
  readonly name: string;
  readonly section: string;
  readonly code: (at: At) => readonly (Instruction | readonly Instruction[])[];
  readonly maps?: readonly MapDefinition[];
  readonly license?: string;
  readonly isAccepted: boolean;
}

type More = Partial<Pick<TracingVector, 'maps' | 'license'>>;

function accepts(name: string, section: string, code: TracingVector['code'], more: More = {}): TracingVector {
  return { name, section, code, isAccepted: true, ...more };
}
function refuses(name: string, section: string, code: TracingVector['code'], more: More = {}): TracingVector {
  return { name, section, code, isAccepted: false, ...more };
}

const SWITCH = 'tp_btf/sched_switch';
const TASK = 'iter/task';
const SESSION = 'kprobe.session/vfs_read';
const end = [asm.mov64(0, 0), asm.exit];
/** r6 = the task that goes off the CPU. */
const previous = asm.load(8, 6, 1, 8);
/** r6 = the iterator's task, r7 = its output; ends where there is no task. */
const iterated = (at: At): Instruction[] => [
  asm.load(8, 6, 1, 8),
  asm.load(8, 7, 1, 0),
  asm.load(8, 7, 7, at('bpf_iter_meta', 'seq')),
  asm.jump64('jne', 6, 0, 2),
  ...end,
];
const text = asm.constantsOf(Uint8Array.from(Buffer.from('%d\n\0')));
const events = asm.mapOf('perf_event_array', 4, 4, 4);
const hash = asm.mapOf('hash', 4, 16, 4);

const GET_TASK_STACK = 141;
const GET_CURRENT_TASK_BTF = 158;
const TASK_PT_REGS = 175;
const SEQ_PRINTF = 126;
const SEQ_WRITE = 127;
const D_PATH = 147;
const PER_CPU_PTR = 153;
const THIS_CPU_PTR = 154;
const SKC_TO_TCP_SOCK = 137;
const SOCK_FROM_FILE = 162;
const COPY_FROM_USER = 148;
const GET_FUNC_ARG = 183;
const GET_FUNC_IP = 173;
const GET_ATTACH_COOKIE = 174;
const PERF_EVENT_OUTPUT = 25;

const stackBuffer = [asm.mov64(2, r(10)), asm.alu64('add', 2, -16), asm.mov64(3, 16)];

export const tracingVectors: readonly TracingVector[] = [
  accepts('a number of a task', SWITCH, (at) => [
    previous,
    asm.load(4, 0, 6, at('task_struct', 'pid')),
    asm.exit,
  ]),
  accepts('a task of a task of a task', SWITCH, (at) => [
    previous,
    asm.load(8, 6, 6, at('task_struct', 'real_parent')),
    asm.load(8, 6, 6, at('task_struct', 'real_parent')),
    asm.load(4, 0, 6, at('task_struct', 'pid')),
    asm.exit,
  ]),
  accepts('an address of user space in a struct of a task', SWITCH, (at) => [
    previous,
    asm.load(8, 6, 6, at('task_struct', 'mm')),
    asm.load(8, 0, 6, at('mm_struct', 'start_stack')),
    asm.exit,
  ]),
  accepts('a letter of a name', SWITCH, (at) => [
    previous,
    asm.load(1, 0, 6, at('task_struct', 'comm') + 3),
    asm.exit,
  ]),
  refuses('more than a name holds', SWITCH, (at) => [
    previous,
    asm.load(8, 0, 6, at('task_struct', 'comm') + 12),
    asm.exit,
  ]),
  refuses('half of a pointer', SWITCH, (at) => [
    previous,
    asm.load(4, 0, 6, at('task_struct', 'mm')),
    asm.exit,
  ]),
  refuses('what lies before the object', SWITCH, () => [previous, asm.load(8, 0, 6, -8), asm.exit]),
  refuses('what lies behind the object', SWITCH, () => [previous, asm.load(8, 0, 6, 0x7ff8), asm.exit]),
  refuses('a store to the object', SWITCH, (at) => [
    previous,
    asm.storeImmediate(4, 6, at('task_struct', 'pid'), 1),
    ...end,
  ]),
  refuses('an addition to the object by an atomic instruction', SWITCH, (at) => [
    previous,
    asm.mov64(1, 1),
    asm.atomic(4, 0, 6, at('task_struct', 'pid'), 1),
    ...end,
  ]),
  accepts('a pointer that a constant was added to', SWITCH, (at) => [
    previous,
    asm.alu64('add', 6, at('task_struct', 'pid')),
    asm.load(4, 0, 6, 0),
    asm.exit,
  ]),
  refuses('a pointer that a number was added to', SWITCH, () => [
    asm.load(1, 7, 1, 0),
    previous,
    asm.alu64('and', 7, 7),
    asm.alu64('add', 6, r(7)),
    asm.load(1, 0, 6, 0),
    asm.exit,
  ]),
  refuses(
    'an object in a program under another license',
    SWITCH,
    (at) => [previous, asm.load(4, 0, 6, at('task_struct', 'pid')), asm.exit],
    { license: 'MIT' },
  ),
  accepts('an object handed on in a program under another license', SWITCH, () => [previous, ...end], {
    license: 'MIT',
  }),
  accepts('bytes behind a pointer to no struct, wherever they are', SWITCH, (at) => [
    previous,
    asm.load(8, 6, 6, at('task_struct', 'stack')),
    asm.load(8, 7, 6, 0x7000),
    asm.alu64('and', 7, 0xff),
    asm.alu64('add', 6, r(7)),
    asm.load(8, 0, 6, -0x7000),
    asm.exit,
  ]),
  refuses('a store to bytes behind a pointer to no struct', SWITCH, (at) => [
    previous,
    asm.load(8, 6, 6, at('task_struct', 'stack')),
    asm.storeImmediate(8, 6, 0, 1),
    ...end,
  ]),
  refuses('bytes behind a pointer to no struct as memory of a helper', SWITCH, (at) => [
    previous,
    asm.load(8, 2, 6, at('task_struct', 'stack')),
    asm.mov64(1, r(2)),
    asm.mov64(2, 8),
    asm.call(6),
    ...end,
  ]),
  refuses('two kinds of pointers at one load', SWITCH, (at) => [
    asm.load(1, 7, 1, 0),
    previous,
    asm.mov64(3, r(10)),
    asm.storeImmediate(8, 10, -8, 0),
    asm.alu64('add', 3, -8),
    asm.jump64('jeq', 7, 0, 1),
    asm.mov64(3, r(6)),
    asm.load(4, 0, 3, 0),
    asm.mov64(0, at('task_struct', 'pid')),
    asm.exit,
  ]),
  accepts('an object compared with nothing, that is surely there', SWITCH, () => [
    previous,
    asm.jump64('jne', 6, 0, 1),
    asm.load(8, 0, 9, 0),
    ...end,
  ]),
  refuses('an object of which nothing is known, taken for surely there', SWITCH, (at) => [
    previous,
    asm.load(8, 6, 6, at('task_struct', 'mm')),
    asm.jump64('jne', 6, 0, 1),
    asm.load(8, 0, 9, 0),
    ...end,
  ]),
  refuses('an argument that may be null', 'tp_btf/kfree_skb', (at) => [
    asm.load(8, 6, 1, 24),
    asm.load(8, 0, 6, at('sock', 'sk_socket')),
    asm.exit,
  ]),
  accepts('an argument that may be null, and was compared', 'tp_btf/kfree_skb', (at) => [
    asm.load(8, 6, 1, 24),
    asm.jump64('jeq', 6, 0, 1),
    asm.load(8, 0, 6, at('sock', 'sk_socket')),
    ...end,
  ]),
  refuses('an argument that the tracepoint does not have', SWITCH, () => [asm.load(8, 0, 1, 40), asm.exit]),
  refuses('half an argument that is a pointer', SWITCH, () => [asm.load(4, 0, 1, 8), asm.exit]),
  accepts('half an argument that is a number', SWITCH, () => [asm.load(4, 0, 1, 0), asm.exit]),
  refuses('a store to the arguments', SWITCH, () => [asm.storeImmediate(8, 1, 0, 0), ...end]),
  accepts('any result of a tracepoint', SWITCH, () => [asm.mov64(0, 4711), asm.exit]),
  refuses('a result of an iterator that means nothing', TASK, () => [asm.mov64(0, 2), asm.exit]),
  refuses('a task that an iterator may not have', TASK, (at) => [
    asm.load(8, 6, 1, 8),
    asm.load(4, 6, 6, at('task_struct', 'pid')),
    ...end,
  ]),
  accepts('a task of an iterator that was compared', TASK, (at) => [
    iterated(at),
    asm.load(4, 6, 6, at('task_struct', 'pid')),
    ...end,
  ]),
  accepts('the current task', SWITCH, (at) => [
    asm.call(GET_CURRENT_TASK_BTF),
    asm.load(4, 0, 0, at('task_struct', 'pid')),
    asm.exit,
  ]),
  accepts(
    'the current task in a program that is attached to no function',
    'tracepoint/sched/sched_switch',
    (at) => [
      asm.call(GET_CURRENT_TASK_BTF),
      asm.load(8, 6, 0, at('task_struct', 'group_leader')),
      asm.load(4, 0, 6, at('task_struct', 'pid')),
      asm.exit,
    ],
  ),
  accepts('the stack of the current task', SWITCH, () => [
    asm.call(GET_CURRENT_TASK_BTF),
    asm.mov64(1, r(0)),
    stackBuffer,
    asm.mov64(4, 0),
    asm.call(GET_TASK_STACK),
    ...end,
  ]),
  refuses('the stack of an object that is no task', SWITCH, (at) => [
    previous,
    asm.load(8, 1, 6, at('task_struct', 'mm')),
    stackBuffer,
    asm.mov64(4, 0),
    asm.call(GET_TASK_STACK),
    ...end,
  ]),
  accepts('the stack of a task of which nothing is known', SWITCH, (at) => [
    previous,
    asm.load(8, 1, 6, at('task_struct', 'last_wakee')),
    stackBuffer,
    asm.mov64(4, 0),
    asm.call(GET_TASK_STACK),
    ...end,
  ]),
  refuses('the stack of a task out of a union or out of an untrusted object', 'iter.s/task', (at) => [
    iterated(at),
    asm.load(8, 1, 6, at('task_struct', 'last_wakee')),
    stackBuffer,
    asm.mov64(4, 0),
    asm.call(GET_TASK_STACK),
    ...end,
  ]),
  accepts('the registers of a task', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    asm.call(TASK_PT_REGS),
    asm.load(8, 0, 0, 0),
    asm.exit,
  ]),
  refuses('the registers of a moved task', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    asm.alu64('add', 1, 8),
    asm.call(TASK_PT_REGS),
    ...end,
  ]),
  accepts(
    'text to an iterator’s output',
    TASK,
    (at) => [
      iterated(at),
      asm.load(4, 2, 6, at('task_struct', 'pid')),
      asm.store(8, 10, -8, 2),
      asm.mov64(1, r(7)),
      asm.loadMapValue(2, 0),
      asm.mov64(3, 4),
      asm.mov64(4, r(10)),
      asm.alu64('add', 4, -8),
      asm.mov64(5, 8),
      asm.call(SEQ_PRINTF),
      ...end,
    ],
    { maps: [text] },
  ),
  accepts('a name out of a task to an iterator’s output', TASK, (at) => [
    iterated(at),
    asm.mov64(1, r(7)),
    asm.mov64(2, r(6)),
    asm.alu64('add', 2, at('task_struct', 'comm')),
    asm.mov64(3, 16),
    asm.call(SEQ_WRITE),
    ...end,
  ]),
  refuses('more than a name out of a task to an iterator’s output', TASK, (at) => [
    iterated(at),
    asm.mov64(1, r(7)),
    asm.mov64(2, r(6)),
    asm.alu64('add', 2, at('task_struct', 'comm')),
    asm.mov64(3, 32),
    asm.call(SEQ_WRITE),
    ...end,
  ]),
  refuses('a name out of an object of which nothing is known', TASK, (at) => [
    iterated(at),
    asm.load(8, 2, 6, at('task_struct', 'last_wakee')),
    asm.mov64(1, r(7)),
    asm.alu64('add', 2, at('task_struct', 'comm')),
    asm.mov64(3, 16),
    asm.call(SEQ_WRITE),
    ...end,
  ]),
  refuses(
    'a task as the key of a map',
    TASK,
    (at) => [iterated(at), asm.loadMap(1, 0), asm.mov64(2, r(6)), asm.call(1), ...end],
    { maps: [hash] },
  ),
  refuses('text to an iterator’s output from a tracepoint', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    asm.mov64(2, r(6)),
    asm.mov64(3, 1),
    asm.call(SEQ_WRITE),
    ...end,
  ]),
  accepts(
    'a name of a task to a perf buffer',
    SWITCH,
    (at) => [
      previous,
      asm.loadMap(2, 0),
      asm.mov64(3, 0),
      asm.mov64(4, r(6)),
      asm.alu64('add', 4, at('task_struct', 'comm')),
      asm.mov64(5, 16),
      asm.call(PERF_EVENT_OUTPUT),
      ...end,
    ],
    { maps: [events] },
  ),
  refuses(
    'a name of a task to a perf buffer under another license',
    SWITCH,
    (at) => [
      previous,
      asm.loadMap(2, 0),
      asm.mov64(3, 0),
      asm.mov64(4, r(6)),
      asm.alu64('add', 4, at('task_struct', 'comm')),
      asm.mov64(5, 16),
      asm.call(PERF_EVENT_OUTPUT),
      ...end,
    ],
    { maps: [events], license: 'Proprietary' },
  ),
  refuses('a path in a tracepoint', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    stackBuffer,
    asm.call(D_PATH),
    ...end,
  ]),
  accepts('the path of a file in an iterator', 'iter/task_file', (at) => [
    asm.load(8, 6, 1, 24),
    asm.jump64('jeq', 6, 0, 6),
    asm.mov64(1, r(6)),
    asm.alu64('add', 1, at('file', 'f_path')),
    stackBuffer,
    asm.call(D_PATH),
    ...end,
  ]),
  refuses('the path of what is no path', 'iter/task_file', () => [
    asm.load(8, 6, 1, 24),
    asm.jump64('jeq', 6, 0, 5),
    asm.mov64(1, r(6)),
    stackBuffer,
    asm.call(D_PATH),
    ...end,
  ]),
  accepts('the socket of a file', 'iter/task_file', (at) => [
    asm.load(8, 6, 1, 24),
    asm.jump64('jeq', 6, 0, 4),
    asm.mov64(1, r(6)),
    asm.call(SOCK_FROM_FILE),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(8, 0, 0, at('socket', 'sk')),
    ...end,
  ]),
  accepts('a TCP socket made of one that is surely there', 'iter/tcp', (at) => [
    asm.load(8, 1, 1, 8),
    asm.jump64('jeq', 1, 0, 3),
    asm.call(SKC_TO_TCP_SOCK),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(4, 0, 0, at('tcp_sock', 'snd_cwnd')),
    ...end,
  ]),
  refuses('a TCP socket that may be none', 'iter/tcp', (at) => [
    asm.load(8, 1, 1, 8),
    asm.jump64('jeq', 1, 0, 2),
    asm.call(SKC_TO_TCP_SOCK),
    asm.load(4, 0, 0, at('tcp_sock', 'snd_cwnd')),
    ...end,
  ]),
  accepts('a TCP socket made of one of which nothing is known', 'iter/unix', () => [
    asm.load(8, 1, 1, 8),
    asm.jump64('jeq', 1, 0, 1),
    asm.call(SKC_TO_TCP_SOCK),
    ...end,
  ]),
  refuses('a TCP socket made of one that RCU protects', 'tp_btf/kfree_skb', (at) => [
    asm.load(8, 1, 1, 0),
    asm.load(8, 1, 1, at('sk_buff', 'sk')),
    asm.jump64('jeq', 1, 0, 1),
    asm.call(SKC_TO_TCP_SOCK),
    ...end,
  ]),
  refuses('memory of a process read in where nothing may wait', TASK, () => [
    asm.mov64(1, r(10)),
    asm.alu64('add', 1, -8),
    asm.mov64(2, 8),
    asm.mov64(3, 0),
    asm.call(COPY_FROM_USER),
    ...end,
  ]),
  accepts('memory of a process read in where a program may wait', 'iter.s/task', () => [
    asm.mov64(1, r(10)),
    asm.alu64('add', 1, -8),
    asm.mov64(2, 8),
    asm.mov64(3, 0),
    asm.call(COPY_FROM_USER),
    ...end,
  ]),
  refuses('a tracepoint’s program that may wait', 'tp_btf.s/sched_switch', () => end),
  refuses('an argument by number in a tracepoint', SWITCH, () => [
    asm.mov64(2, 0),
    asm.mov64(3, r(10)),
    asm.alu64('add', 3, -8),
    asm.call(GET_FUNC_ARG),
    ...end,
  ]),
  refuses('the function a tracepoint is in', SWITCH, () => [asm.call(GET_FUNC_IP), ...end]),
  accepts('the cookie of a tracepoint', SWITCH, () => [asm.call(GET_ATTACH_COOKIE), ...end]),
  refuses('the cookie of an iterator', TASK, () => [asm.call(GET_ATTACH_COOKIE), ...end]),
  accepts('a buffer that an iterator hands out', 'iter/bpf_map_elem', () => [
    asm.load(8, 6, 1, 24),
    asm.jump64('jeq', 6, 0, 2),
    asm.load(8, 0, 6, 4088),
    asm.storeImmediate(8, 6, 0, 1),
    ...end,
  ]),
  refuses('a store to a key that an iterator hands out', 'iter/bpf_map_elem', () => [
    asm.load(8, 6, 1, 16),
    asm.jump64('jeq', 6, 0, 1),
    asm.storeImmediate(8, 6, 0, 1),
    ...end,
  ]),
  refuses('what lies before a buffer', 'iter/bpf_map_elem', () => [
    asm.load(8, 6, 1, 24),
    asm.jump64('jeq', 6, 0, 1),
    asm.load(8, 0, 6, -8),
    ...end,
  ]),
  refuses('an object of one CPU that is none', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    asm.call(THIS_CPU_PTR),
    ...end,
  ]),
  refuses('an object of a CPU that is none', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.call(PER_CPU_PTR),
    ...end,
  ]),
  accepts('a packet at a hook of netfilter', 'netfilter', (at) => [
    asm.load(8, 6, 1, 8),
    asm.load(4, 6, 6, at('sk_buff', 'len')),
    asm.load(8, 7, 1, 0),
    asm.load(1, 7, 7, at('nf_hook_state', 'hook')),
    asm.mov64(0, 1),
    asm.exit,
  ]),
  refuses('half a packet at a hook of netfilter', 'netfilter', () => [asm.load(4, 6, 1, 8), ...end]),
  refuses('a third argument of netfilter', 'netfilter', () => [asm.load(8, 6, 1, 16), ...end]),
  refuses('an answer to netfilter that means nothing', 'netfilter', () => [asm.mov64(0, 2), asm.exit]),
  accepts('what a process hands over, read and written', 'syscall', () => [
    asm.load(8, 2, 1, 8),
    asm.store(4, 1, 0x7ff8, 2),
    asm.storeImmediate(1, 1, 0, 1),
    ...end,
  ]),
  refuses('a misaligned read of what a process hands over', 'syscall', () => [asm.load(8, 2, 1, 12), ...end]),
  refuses('what lies before what a process hands over', 'syscall', () => [asm.load(8, 2, 1, -8), ...end]),
  accepts('an argument of a raw tracepoint that lets programs write', 'raw_tp.w/sched_switch', () => [
    asm.load(8, 2, 1, 8),
    asm.load(4, 2, 1, 16),
    ...end,
  ]),
  accepts(
    'what a tracepoint lets programs write, read, written and added to',
    'raw_tp.w/bpf_test_finish',
    () => [
      asm.load(8, 2, 1, 0),
      asm.load(4, 3, 2, 0),
      asm.alu64('add', 2, 4),
      asm.store(4, 2, -4, 3),
      asm.store(8, 2, 96, 3),
      ...end,
    ],
  ),
  accepts('a pointer kept in what a tracepoint lets programs write', 'raw_tp.w/bpf_test_finish', () => [
    asm.load(8, 2, 1, 0),
    asm.store(8, 2, 0, 10),
    ...end,
  ]),
  refuses('what lies before what a tracepoint lets programs write', 'raw_tp.w/bpf_test_finish', () => [
    asm.load(8, 2, 1, 0),
    asm.load(4, 3, 2, -4),
    ...end,
  ]),
  refuses('a place not known of what a tracepoint lets programs write', 'raw_tp.w/bpf_test_finish', () => [
    asm.load(8, 2, 1, 0),
    asm.load(4, 3, 1, 8),
    asm.alu64('and', 3, 4),
    asm.alu64('add', 2, r(3)),
    asm.load(4, 3, 2, 0),
    ...end,
  ]),
  refuses('what a tracepoint lets programs write, to a helper', 'raw_tp.w/bpf_test_finish', () => [
    asm.load(8, 1, 1, 0),
    asm.mov64(2, 4),
    asm.mov64(3, 0),
    asm.call(113),
    ...end,
  ]),
  refuses(
    'a null check that says nothing of what a tracepoint lets programs write',
    'raw_tp.w/bpf_test_finish',
    () => [asm.load(8, 2, 1, 0), asm.mov64(0, 0), asm.jump64('jne', 2, 0, 1), asm.load(8, 3, 0, 0), asm.exit],
  ),
  refuses(
    'half the first argument of a raw tracepoint that lets programs write',
    'raw_tp.w/sched_switch',
    () => [asm.load(4, 2, 1, 0), ...end],
  ),
  accepts('a session that asks which end it is at, and keeps what it likes', SESSION, () => [
    asm.callKernel('bpf_session_is_return'),
    asm.mov64(6, r(0)),
    asm.callKernel('bpf_session_cookie'),
    asm.load(8, 1, 0, 0),
    asm.store(8, 0, 0, 6),
    ...end,
  ]),
  refuses('more than what a session keeps of a call', SESSION, () => [
    asm.callKernel('bpf_session_cookie'),
    asm.load(8, 1, 0, 4),
    ...end,
  ]),
  refuses('an answer to a session that means nothing', SESSION, () => [asm.mov64(0, 2), asm.exit]),
  accepts('a session that wants to see no return', SESSION, () => [asm.mov64(0, 1), asm.exit]),
  accepts('any answer of a probe', 'kprobe/vfs_read', () => [asm.mov64(0, 2), asm.exit]),
  refuses('which end of a call it is at, of a probe of one end', 'kprobe/vfs_read', () => [
    asm.callKernel('bpf_session_is_return'),
    ...end,
  ]),
  refuses('which end of a call it is at, of no probe', 'raw_tp/sched_switch', () => [
    asm.callKernel('bpf_session_is_return'),
    ...end,
  ]),
  refuses('a symbol of the kernel that there is none of, where no path leads', SWITCH, () => [
    asm.mov64(0, 0),
    asm.jump64('jeq', 0, 0, 2),
    asm.loadSymbol(0, 0x7fff_ffff),
    asm.exit,
  ]),
  refuses('a struct for a symbol of the kernel', SWITCH, () => [
    asm.loadSymbol(0, 1),
    asm.mov64(0, 0),
    asm.exit,
  ]),
];
