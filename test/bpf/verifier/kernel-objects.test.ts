import { describe, expect, it } from 'vitest';
import { Btf } from '../../../electron/bpf/object/btf.ts';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { meaningOfSection } from '../../../electron/bpf/object/section-names.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { verifyProgram, type Verdict } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';
import { r } from './assembler.ts';

/** Members of the task below, in order. */
const PID = 0;
const PARENT_RCU = 8;
const ARGUMENTS_USER = 16;
const COUNTERS_PERCPU = 24;
const CIRCLE = 32;

/** A kernel whose compiler writes type tags, unlike most; and one struct that no compiler makes. */
function taggedKernel(): Btf {
  const builder = new BtfBuilder();
  const int = builder.addInteger('int', 4, true);
  const counters = builder.addStruct({
    name: 'counters',
    sizeBytes: 8,
    members: [{ name: 'count', typeId: int, offsetBits: 0 }],
  });
  // Ids are given in order: the task is four pointers and four tags further on, and the circle holds itself.
  const circle = counters + 1;
  builder.addStruct({
    name: 'circle',
    sizeBytes: 8,
    members: [{ name: 'self', typeId: circle, offsetBits: 0 }],
  });
  const task = circle + 7;
  const parent = builder.addPointer(builder.addTypeTag('rcu', task));
  const words = builder.addPointer(builder.addTypeTag('user', counters));
  const perCpu = builder.addPointer(builder.addTypeTag('percpu', counters));
  const added = builder.addStruct({
    name: 'task_struct',
    sizeBytes: 40,
    members: [
      { name: 'pid', typeId: int, offsetBits: 8 * PID },
      { name: 'parent', typeId: parent, offsetBits: 8 * PARENT_RCU },
      { name: 'arguments', typeId: words, offsetBits: 8 * ARGUMENTS_USER },
      { name: 'counters', typeId: perCpu, offsetBits: 8 * COUNTERS_PERCPU },
      { name: 'circle', typeId: circle, offsetBits: 8 * CIRCLE },
    ],
  });
  expect(added).toBe(task);
  const pointer = builder.addPointer(task);
  const one = { name: 'task', typeId: pointer };
  const event = builder.addPrototype(0, [{ name: '__data', typeId: builder.addPointer(0) }, one]);
  builder.addTypedef('btf_trace_event', builder.addPointer(event));
  const asked = builder.addPrototype(int, [one]);
  const told = builder.addPrototype(0, [one]);
  for (const hook of ['task_alloc', 'getprocattr']) builder.addFunction(`bpf_lsm_${hook}`, asked);
  builder.addFunction('bpf_lsm_task_to_inode', told);
  builder.addFunction('bpf_lsm_verify_prog', asked);
  builder.addFunction('work', asked);
  builder.addFunction('bpf_iter_task', builder.addPrototype(int, [one, one]));
  builder.addUnion({
    name: 'security_list_options',
    sizeBytes: 8,
    members: ['task_alloc', 'getprocattr', 'task_to_inode'].map((name) => ({
      name,
      typeId: pointer,
      offsetBits: 0,
    })),
  });
  return Btf.parse(builder.build().bytes, 'kernel');
}

function verdict(
  section: string,
  code: readonly (Instruction | readonly Instruction[])[],
  kernelBtf: Btf | undefined = taggedKernel(),
  license = 'GPL',
): Verdict {
  const meaning = meaningOfSection(section);
  if (meaning === undefined) throw new Error(`no program type goes by ${section}`);
  const { type, attachTarget, isSleepable } = meaning;
  const program = { ...asm.programOf([code.flat()], type), section, attachTarget, isSleepable };
  return verifyProgram(program, [], { license, kernelBtf });
}

function code(found: Verdict): string {
  return found.verdict === 'accepted' ? 'accepted' : found.reason.code;
}

const EVENT = 'tp_btf/event';
const end = [asm.mov64(0, 0), asm.exit];
const task = asm.load(8, 6, 1, 0);

describe('objects of a kernel whose BTF has type tags', () => {
  it('takes what RCU protects for null until it is compared', () => {
    const parent = [task, asm.load(8, 6, 6, PARENT_RCU)];
    const pid = asm.load(4, 0, 6, PID);
    expect(code(verdict(EVENT, [parent, pid, asm.exit]))).toBe('maybe-null');
    expect(code(verdict(EVENT, [parent, asm.jump64('jeq', 6, 0, 1), pid, ...end]))).toBe('accepted');
  });

  it('distrusts it in a program that may sleep: it is read, and handed to no helper', () => {
    const parent = [asm.load(8, 6, 1, 8), asm.jump64('jne', 6, 0, 2), ...end, asm.load(8, 6, 6, PARENT_RCU)];
    const GET_TASK_PT_REGS = 175;
    expect(code(verdict('iter.s/task', [parent, asm.load(4, 0, 6, PID), ...end]))).toBe('accepted');
    expect(
      code(verdict('iter.s/task', [parent, asm.mov64(1, r(6)), asm.call(GET_TASK_PT_REGS), ...end])),
    ).toBe('bad-argument');
  });

  it('reads no memory of a process, and no CPU’s own without saying which', () => {
    for (const member of [ARGUMENTS_USER, COUNTERS_PERCPU])
      expect(code(verdict(EVENT, [task, asm.load(8, 6, 6, member), asm.load(4, 0, 6, 0), asm.exit]))).toBe(
        'kernel-object',
      );
    const BPF_THIS_CPU_PTR = 154;
    const ofThisCpu = [task, asm.load(8, 1, 6, COUNTERS_PERCPU), asm.call(BPF_THIS_CPU_PTR)];
    expect(code(verdict(EVENT, [ofThisCpu, asm.load(4, 0, 0, 0), asm.exit]))).toBe('accepted');
  });

  it('ends where a struct holds itself', () => {
    expect(code(verdict(EVENT, [task, asm.load(4, 0, 6, CIRCLE), asm.exit]))).toBe('kernel-object');
  });

  it('names the loads that are probed, and no others', () => {
    const found = verdict(EVENT, [task, asm.load(4, 0, 6, PID), asm.exit]);
    expect(found.verdict === 'accepted' && found.verified.probedLoads).toEqual([1]);
  });
});

describe('kernel objects where no BTF says what they hold', () => {
  const GET_CURRENT_TASK_BTF = 158;
  const GET_TASK_STACK = 141;
  const section = 'tracepoint/sched/sched_switch';
  const current = [asm.call(GET_CURRENT_TASK_BTF), asm.mov64(1, r(0))];
  const buffer = [asm.mov64(2, r(10)), asm.alu64('add', 2, -8), asm.mov64(3, 8), asm.mov64(4, 0)];

  it('are handed to helpers that take their kind', () => {
    const handed = [current, buffer, asm.call(GET_TASK_STACK), ...end];
    expect(code(verifyWithout(section, handed))).toBe('accepted');
  });

  it('are handed on as they were given alone', () => {
    const moved = [current, asm.alu64('add', 1, 8), buffer, asm.call(GET_TASK_STACK), ...end];
    expect(code(verifyWithout(section, moved))).toBe('bad-argument');
  });

  it('are not read', () => {
    expect(code(verifyWithout(section, [current, asm.load(4, 0, 0, 0), asm.exit]))).toBe('not-supported');
  });

  it('do not come to programs that are attached to functions', () => {
    expect(code(verifyWithout(EVENT, end))).toBe('not-supported');
  });

  function verifyWithout(
    where: string,
    instructions: readonly (Instruction | readonly Instruction[])[],
  ): Verdict {
    const { type, attachTarget } = meaningOfSection(where) ?? { type: 'tracing', attachTarget: '' };
    const program = { ...asm.programOf([instructions.flat()], type), section: where, attachTarget };
    return verifyProgram(program, [], { license: 'GPL' });
  }
});

describe('programs on functions and hooks of the kernel', () => {
  it('refuses a target that the kernel does not have', () => {
    for (const section of ['tp_btf/none', 'fentry/none', 'iter/none', 'lsm/none'])
      expect(code(verdict(section, end))).toBe('attach-target');
  });

  it('reads a result where there is one', () => {
    expect(code(verdict('fexit/work', [asm.load(8, 0, 1, 8), ...end]))).toBe('accepted');
    expect(code(verdict('fentry/work', [asm.load(8, 0, 1, 8), ...end]))).toBe('context-access');
    expect(code(verdict('fexit/work', [asm.load(8, 0, 1, 16), ...end]))).toBe('context-access');
  });

  it('returns nothing but 0 from where nobody asks', () => {
    expect(code(verdict('fentry/work', [asm.mov64(0, 1), asm.exit]))).toBe('bad-return');
    expect(code(verdict('fentry/work', end))).toBe('accepted');
  });

  it('answers a hook with 0 or an errno, and a hook that does not ask with anything', () => {
    expect(code(verdict('lsm/task_alloc', [asm.mov64(0, -12), asm.exit]))).toBe('accepted');
    expect(code(verdict('lsm/task_alloc', [asm.mov64(0, 1), asm.exit]))).toBe('bad-return');
    expect(code(verdict('lsm/task_alloc', [asm.mov64(0, -5000), asm.exit]))).toBe('bad-return');
    expect(code(verdict('lsm/task_to_inode', [asm.exit]))).toBe('accepted');
  });

  it('attaches to hooks alone, in programs of a free license alone', () => {
    expect(code(verdict('lsm/getprocattr', end))).toBe('attach-target');
    expect(code(verdict('lsm/verify_prog', end))).toBe('attach-target');
    expect(code(verdict('lsm/task_alloc', end, taggedKernel(), 'MIT'))).toBe('gpl-only');
  });

  it('does not guess which functions may sleep or be made to fail', () => {
    expect(code(verdict('fentry.s/work', end))).toBe('not-supported');
    expect(code(verdict('fmod_ret/work', end))).toBe('not-supported');
  });
});
