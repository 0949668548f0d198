/** Small programs about one rule of packets each, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../electron/bpf/sk-buff.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { callOf, type TypedVector } from './function-vectors.ts';
import type { Vector } from './vectors.ts';

type Code = Vector['code'];

/** r2 the packet, r3 its end, r6 the context. */
const begin = [asm.mov64(6, r(1)), asm.load(4, 2, 1, 0), asm.load(4, 3, 1, 4)];
const beginSkBuff = [
  asm.mov64(6, r(1)),
  asm.load(4, 2, 1, skBuffOffsets.data),
  asm.load(4, 3, 1, skBuffOffsets.data_end),
];
const end = [asm.mov64(0, 1), asm.exit];
/** r4 = r2 + bytes; leaves where that is past the end. */
const proved = (bytes: number): Instruction[] => [
  asm.mov64(4, r(2)),
  asm.alu64('add', 4, bytes),
  asm.jump64('jle', 4, r(3), 2),
  ...end,
];
const XDP_ADJUST_HEAD = 44;
const SKB_PULL_DATA = 39;

function accepts(name: string, code: Code, more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: true, type: 'xdp', ...more };
}
function refuses(name: string, code: Code, more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: false, type: 'xdp', ...more };
}

const GET_CGROUP_CLASSID = 17;
const CHECK_MTU = 163;
/** Asks whether the packet fits a device, with the address of its length in r3. */
const checkMtu = (length: readonly Instruction[]): Instruction[] => [
  asm.storeImmediate(8, 10, -8, 0),
  asm.mov64(2, 0),
  ...length,
  asm.mov64(4, 0),
  asm.mov64(5, 0),
  asm.call(CHECK_MTU),
  ...end,
];
const onStack = (offset: number): Instruction[] => [asm.mov64(3, r(10)), asm.alu64('add', 3, offset)];

/** Helpers whose arguments depend on the type, or are memory of a size that is fixed. */
const argumentVectors: readonly Vector[] = [
  ...(['sched_cls', 'lwt_in', 'lwt_seg6local'] as const).flatMap((type) => [
    accepts(`the class of a packet, in ${type}`, [[asm.call(GET_CGROUP_CLASSID), ...end]], { type }),
    refuses(`the class of a number, in ${type}`, [[asm.mov64(1, 5), asm.call(GET_CGROUP_CLASSID), ...end]], {
      type,
    }),
  ]),
  ...(['xdp', 'cgroup_skb', 'kprobe'] as const).map((type) =>
    accepts(`the class of the task, in ${type}`, [[asm.mov64(1, 5), asm.call(GET_CGROUP_CLASSID), ...end]], {
      type,
    }),
  ),
  accepts('a length that is four bytes of stack', [checkMtu(onStack(-4))]),
  accepts('the same where packets are classified', [checkMtu(onStack(-8))], { type: 'sched_cls' }),
  refuses('a length past the stack', [checkMtu(onStack(0))]),
  refuses('a length at no multiple of four', [checkMtu(onStack(-6))]),
  accepts('a length that was never written, to the privileged', [checkMtu(onStack(-16))]),
  refuses('a length that is a number', [checkMtu([asm.mov64(3, 0)])]),
  refuses('a length that may only be read', [checkMtu([asm.mov64(3, r(1))])]),
];

export const packetVectors: readonly Vector[] = [
  ...argumentVectors,
  accepts('a read of bytes that are there', [begin, proved(8), asm.load(8, 0, 2, 0), ...end]),
  refuses('a read of a byte more', [begin, proved(8), asm.load(8, 0, 2, 1), ...end]),
  refuses('a read without a proof', [begin, asm.load(1, 0, 2, 0), ...end]),
  accepts('a misaligned read', [begin, proved(9), asm.load(8, 0, 2, 1), ...end]),
  accepts('a read through the pointer that was compared', [begin, proved(8), asm.load(4, 0, 4, -4), ...end]),
  refuses('a read in front of the packet', [begin, proved(8), asm.load(4, 0, 2, -4), ...end]),
  accepts('one byte more where the end must be farther', [
    begin,
    asm.mov64(4, r(2)),
    asm.alu64('add', 4, 7),
    asm.jump64('jlt', 4, r(3), 2),
    ...end,
    asm.load(8, 0, 2, 0),
    ...end,
  ]),
  refuses('a comparison of 32 bits', [
    begin,
    asm.mov64(4, r(2)),
    asm.alu64('add', 4, 8),
    asm.jump32('jle', 4, r(3), 2),
    ...end,
    asm.load(8, 0, 2, 0),
    ...end,
  ]),
  refuses('the wrong way of a comparison', [
    begin,
    asm.mov64(4, r(2)),
    asm.alu64('add', 4, 8),
    asm.jump64('jgt', 4, r(3), 2),
    ...end,
    asm.load(8, 0, 2, 0),
    ...end,
  ]),
  refuses('arithmetic on the end', [begin, asm.alu64('add', 3, 4), ...end]),
  refuses('a read at the end', [begin, asm.load(1, 0, 3, 0), ...end]),
  refuses('an offset beyond what may be proved', [
    begin,
    asm.mov64(5, 0x10000),
    asm.alu64('add', 2, r(5)),
    proved(1),
    asm.load(1, 0, 2, 0),
    ...end,
  ]),
  accepts('the last offset that may be proved', [
    begin,
    asm.mov64(4, r(2)),
    asm.alu64('add', 4, 0xffff),
    asm.jump64('jle', 4, r(3), 2),
    ...end,
    asm.load(1, 0, 2, 0x7000),
    ...end,
  ]),
  refuses('an offset that may be negative', [
    begin,
    asm.call(7),
    asm.alu64('and', 0, 7),
    asm.alu64('sub', 0, 1),
    asm.load(4, 2, 6, 0),
    asm.load(4, 3, 6, 4),
    asm.alu64('add', 2, r(0)),
    proved(8),
    asm.load(1, 0, 2, 0),
    ...end,
  ]),
  accepts('a subtraction that leaves what was proved', [
    begin,
    proved(16),
    asm.mov64(5, r(2)),
    asm.alu64('add', 5, 8),
    asm.alu64('sub', 5, 4),
    asm.load(4, 0, 5, 0),
    ...end,
  ]),
  accepts('a way that a comparison before rules out', [
    begin,
    asm.mov64(4, r(2)),
    asm.alu64('add', 4, 8),
    asm.jump64('jgt', 4, r(3), 2),
    ...end,
    asm.jump64('jgt', 4, r(3), 1),
    asm.load(8, 0, 2, 100),
    ...end,
  ]),
  accepts('a range that a copy on the stack gains', [
    begin,
    asm.store(8, 10, -8, 2),
    proved(8),
    asm.load(8, 5, 10, -8),
    asm.load(8, 0, 5, 0),
    ...end,
  ]),
  refuses('a read after the packet was moved', [
    begin,
    proved(8),
    asm.mov64(7, r(2)),
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.call(XDP_ADJUST_HEAD),
    asm.load(1, 0, 7, 0),
    ...end,
  ]),
  refuses('a read through the stack after the packet was moved', [
    begin,
    proved(8),
    asm.store(8, 10, -8, 2),
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.call(XDP_ADJUST_HEAD),
    asm.load(8, 2, 10, -8),
    asm.load(1, 0, 2, 0),
    ...end,
  ]),
  accepts('a number that was an address before the packet was moved', [
    begin,
    asm.mov64(7, r(2)),
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.call(XDP_ADJUST_HEAD),
    asm.mov64(0, r(7)),
    asm.exit,
  ]),
  refuses('an atomic operation on a packet', [
    begin,
    proved(8),
    asm.mov64(5, 1),
    asm.atomic(4, 0, 2, 0, 5),
    ...end,
  ]),
  accepts('a write', [begin, proved(8), asm.storeImmediate(4, 2, 0, 1), ...end]),
  refuses(
    'a write into a packet that may only be read',
    [beginSkBuff, proved(8), asm.storeImmediate(4, 2, 0, 1), ...end],
    { type: 'cgroup_skb' },
  ),
  accepts('a read of such a packet', [beginSkBuff, proved(8), asm.load(4, 0, 2, 0), ...end], {
    type: 'cgroup_skb',
  }),
  refuses('packets of a socket filter', [beginSkBuff, ...end], { type: 'socket_filter' }),
  refuses('bytes of a packet as the memory of a helper that takes none', [
    begin,
    proved(16),
    asm.mov64(1, r(2)),
    asm.mov64(2, 8),
    asm.mov64(3, 0),
    asm.call(113),
    ...end,
  ]),
  accepts('metadata up to the packet', [
    begin,
    asm.load(4, 5, 6, 8),
    asm.mov64(4, r(5)),
    asm.alu64('add', 4, 4),
    asm.jump64('jle', 4, r(2), 2),
    ...end,
    asm.load(4, 0, 5, 0),
    ...end,
  ]),
  refuses('metadata up to the end of the packet', [
    begin,
    asm.load(4, 5, 6, 8),
    asm.mov64(4, r(5)),
    asm.alu64('add', 4, 4),
    asm.jump64('jle', 4, r(3), 2),
    ...end,
    asm.load(4, 0, 5, 0),
    ...end,
  ]),
  refuses('metadata up to a packet that was moved', [
    begin,
    asm.load(4, 5, 6, 8),
    asm.alu64('add', 2, 1),
    asm.mov64(4, r(5)),
    asm.alu64('add', 4, 4),
    asm.jump64('jle', 4, r(2), 2),
    ...end,
    asm.load(4, 0, 5, 0),
    ...end,
  ]),
  refuses('a proof for a pointer moved by another number', [
    begin,
    asm.call(7),
    asm.alu64('and', 0, 15),
    asm.load(4, 2, 6, 0),
    asm.load(4, 3, 6, 4),
    asm.mov64(5, r(2)),
    asm.alu64('add', 5, r(0)),
    asm.alu64('add', 2, r(0)),
    proved(4),
    asm.load(4, 0, 5, 0),
    ...end,
  ]),
  accepts('a proof for a copy of the moved pointer', [
    begin,
    asm.call(7),
    asm.alu64('and', 0, 15),
    asm.load(4, 2, 6, 0),
    asm.load(4, 3, 6, 4),
    asm.alu64('add', 2, r(0)),
    asm.mov64(5, r(2)),
    proved(4),
    asm.load(4, 0, 5, 0),
    ...end,
  ]),
  accepts('a proof made in a function', [
    begin,
    asm.mov64(1, r(2)),
    asm.mov64(7, r(2)),
    asm.mov64(2, r(3)),
    asm.callFunction(4),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(4, 0, 7, 0),
    ...end,
    asm.mov64(0, 0),
    asm.alu64('add', 1, 4),
    asm.jump64('jgt', 1, r(2), 1),
    asm.mov64(0, 1),
    asm.exit,
  ]),
  refuses('a read in the caller after a function moved the packet', [
    begin,
    proved(4),
    asm.mov64(7, r(2)),
    asm.mov64(1, r(6)),
    asm.callFunction(3),
    asm.load(4, 0, 7, 0),
    ...end,
    asm.mov64(2, 0),
    asm.call(XDP_ADJUST_HEAD),
    asm.exit,
  ]),
  accepts(
    'a packet looked up anew after it was pulled',
    [
      beginSkBuff,
      asm.mov64(1, r(6)),
      asm.mov64(2, 8),
      asm.call(SKB_PULL_DATA),
      asm.load(4, 2, 6, skBuffOffsets.data),
      asm.load(4, 3, 6, skBuffOffsets.data_end),
      proved(8),
      asm.storeImmediate(8, 2, 0, 0),
      ...end,
    ],
    { type: 'sched_cls' },
  ),
  accepts('any number as an XDP verdict', [asm.call(7), asm.exit]),
  refuses('any number as a verdict on a cgroup', [asm.call(7), asm.exit], { type: 'cgroup_device' }),
  refuses('2 as a verdict on a packet of a cgroup', [asm.mov64(0, 2), asm.exit], { type: 'cgroup_skb' }),
  accepts('flow keys', [asm.load(8, 2, 1, skBuffOffsets.flow_keys), asm.store(8, 2, 48, 2), ...end], {
    type: 'flow_dissector',
  }),
  refuses(
    'bytes behind the flow keys',
    [asm.load(8, 2, 1, skBuffOffsets.flow_keys), asm.load(8, 0, 2, 56), ...end],
    { type: 'flow_dissector' },
  ),
];

/** The context goes to function 1, and bytes that were proved before are read after. */
const readAfterCall = [
  begin,
  proved(8),
  asm.mov64(7, r(2)),
  asm.mov64(1, r(6)),
  callOf(1),
  asm.load(8, 0, 7, 0),
  end,
];
const mover = [asm.mov64(2, 0), asm.call(XDP_ADJUST_HEAD), asm.mov64(0, 0), asm.exit];
const takesContext: TypedVector['typing'] = (types) => ({
  functions: [{}, { isGlobal: true, parameters: [{ type: types.pointer(types.void), tags: ['ctx'] }] }],
});
/** Eight bytes of memory, which the function may write. */
const takesBytes: TypedVector['typing'] = (types) => ({
  functions: [
    {},
    {
      isGlobal: true,
      parameters: [{ type: types.pointer(types.struct('bytes', [['a', types.long, 8]])), tags: ['nonnull'] }],
    },
  ],
});
const writer = [asm.storeImmediate(8, 1, 0, 7), asm.mov64(0, 0), asm.exit];

/** Packets and functions that are verified on their own. */
export const packetFunctionVectors: readonly TypedVector[] = [
  {
    name: 'a read after a global function that moves packets',
    functions: [readAfterCall.flat(), mover],
    typing: takesContext,
    type: 'xdp',
    isAccepted: false,
  },
  {
    name: 'a read after a global function whose function moves packets',
    functions: [readAfterCall.flat(), [callOf(2), asm.exit], mover],
    typing: takesContext,
    type: 'xdp',
    isAccepted: false,
  },
  {
    name: 'a read after a global function that moves none',
    functions: [readAfterCall.flat(), end],
    typing: takesContext,
    type: 'xdp',
    isAccepted: true,
  },
  {
    name: 'bytes of a packet as the memory of a global function',
    functions: [[begin, proved(8), asm.mov64(1, r(2)), callOf(1), end].flat(2), writer],
    typing: takesBytes,
    type: 'xdp',
    isAccepted: true,
  },
  {
    name: 'more bytes of a packet than are there as the memory of a global function',
    functions: [[begin, proved(7), asm.mov64(1, r(2)), callOf(1), end].flat(2), writer],
    typing: takesBytes,
    type: 'xdp',
    isAccepted: false,
  },
  // Linux does not ask here whether the packet may be written.
  {
    name: 'bytes of a packet that may only be read as the memory of a global function',
    functions: [[beginSkBuff, proved(8), asm.mov64(1, r(2)), callOf(1), end].flat(2), writer],
    typing: takesBytes,
    type: 'cgroup_skb',
    isAccepted: true,
  },
];
