/** Programs that make sets of CPUs and ask them, each about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { TracingVector } from './tracing-vectors.ts';

function accepts(name: string, section: string, code: TracingVector['code']): TracingVector {
  return { name, section, code, isAccepted: true };
}
function refuses(name: string, section: string, code: TracingVector['code']): TracingVector {
  return { name, section, code, isAccepted: false };
}

const SWITCH = 'tp_btf/sched_switch';
const SYSCALL = 'syscall';
const kernel = (name: string): Instruction => asm.callKernel(`bpf_cpumask_${name}`);
const end = [asm.mov64(0, 0), asm.exit];
const release = (register: number): Instruction[] => [asm.mov64(1, r(register)), kernel('release')];
/** `register` = a mask of the program's; ends, giving back `others`, where there is none. */
export const create = (register: number, ...others: readonly number[]): Instruction[] => {
  const without = [...others.flatMap(release), ...end];
  return [
    kernel('create'),
    asm.mov64(register, r(0)),
    asm.jump64('jne', register, 0, without.length),
    ...without,
  ];
};
const of = (name: string, ...registers: readonly number[]): Instruction[] => [
  ...registers.map((register, index) => asm.mov64(index + 1, r(register))),
  kernel(name),
];
const ofCpu = (name: string, cpu: number, register: number): Instruction[] => [
  asm.mov64(1, cpu),
  asm.mov64(2, r(register)),
  kernel(name),
];
const lock = asm.callKernel('bpf_rcu_read_lock');
const unlock = asm.callKernel('bpf_rcu_read_unlock');
/** r7 = the task that goes off the CPU. */
const previous = asm.load(8, 7, 1, 8);

export const cpuMaskVectors: readonly TracingVector[] = [
  accepts('a mask made and given back', SWITCH, () => [create(6), release(6), end]),
  accepts('a mask in a program run by hand', SYSCALL, () => [create(6), release(6), end]),
  refuses('a mask in a program on packets', 'tc', () => [create(6), release(6), end]),
  refuses('a mask in a kprobe', 'kprobe/do_exit', () => [create(6), release(6), end]),
  refuses('a mask that is never given back', SWITCH, () => [create(6), end]),
  refuses('a mask that may not be there', SWITCH, () => [
    kernel('create'),
    asm.mov64(1, r(0)),
    kernel('release'),
    end,
  ]),
  refuses('a mask given back twice', SWITCH, () => [create(6), release(6), release(6), end]),
  refuses('a mask asked after it was given back', SWITCH, () => [
    create(6),
    asm.mov64(7, r(6)),
    release(6),
    of('first', 7),
    end,
  ]),
  accepts('a mask held twice and given back twice', SWITCH, () => [
    create(6),
    of('acquire', 6),
    asm.mov64(7, r(0)),
    release(7),
    release(6),
    end,
  ]),
  refuses('a mask held twice and given back once', SWITCH, () => [
    create(6),
    of('acquire', 6),
    release(6),
    end,
  ]),
  accepts('a mask held twice, given back and asked', SWITCH, () => [
    create(6),
    of('acquire', 6),
    asm.mov64(7, r(0)),
    release(6),
    of('weight', 7),
    asm.mov64(1, r(7)),
    kernel('release'),
    end,
  ]),
  ...['first', 'first_zero', 'any_distribute', 'weight', 'empty', 'full', 'setall', 'clear'].map((name) =>
    accepts(`${name} of a mask`, SWITCH, () => [create(6), of(name, 6), release(6), end]),
  ),
  ...['first_and', 'any_and_distribute', 'equal', 'subset', 'intersects', 'copy'].map((name) =>
    accepts(`${name} of two masks`, SWITCH, () => [
      create(6),
      create(7, 6),
      of(name, 6, 7),
      release(6),
      release(7),
      end,
    ]),
  ),
  ...['and', 'or', 'xor'].map((name) =>
    accepts(`${name} of two masks into one`, SWITCH, () => [
      create(6),
      create(7, 6),
      of(name, 6, 6, 7),
      release(6),
      release(7),
      end,
    ]),
  ),
  ...['set_cpu', 'clear_cpu', 'test_cpu', 'test_and_set_cpu', 'test_and_clear_cpu'].map((name) =>
    accepts(`${name} of a mask`, SWITCH, () => [create(6), ofCpu(name, 1, 6), release(6), end]),
  ),
  refuses('a CPU that is a pointer', SWITCH, () => [
    create(6),
    asm.mov64(1, r(10)),
    asm.mov64(2, r(6)),
    kernel('set_cpu'),
    release(6),
    end,
  ]),
  refuses('a mask that is a number', SWITCH, () => [asm.mov64(1, 7), kernel('first'), end]),
  refuses('a mask that is none', SWITCH, () => [asm.mov64(1, 0), kernel('first'), end]),
  refuses('a mask that is a task', SWITCH, () => [previous, of('first', 7), end]),
  accepts('a mask read', SWITCH, () => [create(6), asm.load(8, 7, 6, 0), release(6), end]),
  refuses('a mask written', SWITCH, () => [create(6), asm.storeImmediate(8, 6, 0, 0), release(6), end]),
  refuses('a mask read past its end', SWITCH, () => [create(6), asm.load(8, 7, 6, 4096), release(6), end]),
  accepts('the mask of a task', SWITCH, (at) => [
    previous,
    asm.mov64(1, r(7)),
    asm.alu64('add', 1, at('task_struct', 'cpus_mask')),
    kernel('weight'),
    end,
  ]),
  accepts('the mask that a task points to, in a read section', SWITCH, (at) => [
    previous,
    lock,
    asm.load(8, 6, 7, at('task_struct', 'cpus_ptr')),
    of('first', 6),
    unlock,
    end,
  ]),
  refuses('the mask of a task, changed', SWITCH, (at) => [
    previous,
    asm.mov64(2, r(7)),
    asm.alu64('add', 2, at('task_struct', 'cpus_mask')),
    asm.mov64(1, 0),
    kernel('set_cpu'),
    end,
  ]),
  accepts('the mask of a task, copied', SWITCH, (at) => [
    previous,
    create(6),
    asm.mov64(1, r(6)),
    asm.mov64(2, r(7)),
    asm.alu64('add', 2, at('task_struct', 'cpus_mask')),
    kernel('copy'),
    release(6),
    end,
  ]),
  refuses('the middle of a task for a mask', SWITCH, (at) => [
    previous,
    asm.mov64(1, r(7)),
    asm.alu64('add', 1, at('task_struct', 'cpus_mask') + 1),
    kernel('weight'),
    end,
  ]),
  refuses('the count of a mask given back', SWITCH, () => [
    create(6),
    asm.mov64(1, r(6)),
    asm.alu64('add', 1, 8),
    kernel('release'),
    end,
  ]),
  accepts('a mask filled from the stack', SWITCH, () => [
    create(6),
    asm.storeImmediate(8, 10, -8, 3),
    asm.mov64(1, r(6)),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -8),
    asm.mov64(3, 8),
    kernel('populate'),
    release(6),
    end,
  ]),
  refuses('a mask filled from more than there is', SWITCH, () => [
    create(6),
    asm.mov64(1, r(6)),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -8),
    asm.mov64(3, 9),
    kernel('populate'),
    release(6),
    end,
  ]),
  refuses('a mask filled from nowhere', SWITCH, () => [
    create(6),
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.mov64(3, 8),
    kernel('populate'),
    release(6),
    end,
  ]),
];
