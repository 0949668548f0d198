/**
 * struct bpf_cpumask: sets of CPUs that a program makes, holds and keeps in maps. After kernel/bpf/cpumask.c of Linux
 * 6.18; CPUs are those of the recorded machine. A mask is a bit a CPU, from the lowest of its first byte on, and a
 * count of who holds it.
 */
import { EACCES } from '../maps/errno.ts';
import { REFCOUNT } from '../object/graph-fields.ts';
import type { ObjectLayout } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import type { ObjectPool } from '../vm/object-pool.ts';
import { int, memoryArgument, u32 } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

const WORD_BYTES = 8;
const WORD_BITS = 64;
/** Bytes of a mask for the CPUs that Linux may be built for at most, where the kernel's types do not tell. */
const MASK_BYTES_MAX = 1024;
const COUNT_BYTES = 4;

const layouts = new WeakMap<ObjectPool, ObjectLayout>();

/** Bytes in which the bits of the machine's CPUs lie. */
function bytesOf({ objects }: HelperContext): number {
  return WORD_BYTES * Math.ceil(objects.cpuCount / WORD_BITS);
}

function layoutOf(context: HelperContext): ObjectLayout {
  let layout = layouts.get(context.objects);
  if (layout === undefined) {
    const types = context.kernelTypes();
    const maskBytes = types?.findStruct('cpumask')?.sizeBytes ?? MASK_BYTES_MAX;
    const offsetBytes = Math.max(maskBytes, bytesOf(context));
    const sizeBytes = Math.max(types?.findStruct('bpf_cpumask')?.sizeBytes ?? 0, offsetBytes + WORD_BYTES);
    const fields = [{ name: REFCOUNT, offsetBytes, sizeBytes: COUNT_BYTES }];
    layouts.set(context.objects, (layout = { typeId: 0, sizeBytes, fields }));
  }
  return layout;
}

function maskAt(context: HelperContext, register: bigint): Address {
  return memoryArgument(context.memory, register, bytesOf(context));
}

function has({ memory }: HelperContext, mask: Address, cpu: number): boolean {
  return (((memory.bytes[mask + (cpu >>> 3)] ?? 0) >>> (cpu & 7)) & 1) === 1;
}

function put({ memory }: HelperContext, mask: Address, cpu: number, isIn: boolean): void {
  const at = mask + (cpu >>> 3);
  const bit = 1 << (cpu & 7);
  const byte = memory.bytes[at] ?? 0;
  memory.bytes[at] = isIn ? byte | bit : byte & ~bit;
}

/** CPUs of the machine for which `is` holds, ascending. */
function cpusWhere({ objects }: HelperContext, is: (cpu: number) => boolean): readonly number[] {
  const cpus: number[] = [];
  for (let cpu = 0; cpu < objects.cpuCount; cpu += 1) if (is(cpu)) cpus.push(cpu);
  return cpus;
}

/** The first, or the number of CPUs where there is none. */
function firstWhere(context: HelperContext, is: (cpu: number) => boolean): bigint {
  return BigInt(cpusWhere(context, is)[0] ?? context.objects.cpuCount);
}

/** Any of them: bpf_cpumask_any_distribute() takes one after another, and promises no order. */
function anyWhere(context: HelperContext, is: (cpu: number) => boolean): bigint {
  const cpus = cpusWhere(context, is);
  if (cpus.length === 0) return BigInt(context.objects.cpuCount);
  return BigInt(cpus[context.world.random() % cpus.length] ?? 0);
}

/** Asks one mask about every CPU. */
function ofMask(
  context: HelperContext,
  mask: bigint,
  answer: (is: (cpu: number) => boolean) => bigint,
): bigint {
  const at = maskAt(context, mask);
  return answer((cpu) => has(context, at, cpu));
}

/** Asks two masks together. */
function ofMasks(
  context: HelperContext,
  [first, second]: readonly [bigint, bigint],
  together: (first: boolean, second: boolean) => boolean,
  answer: (is: (cpu: number) => boolean) => bigint,
): bigint {
  const [a, b] = [maskAt(context, first), maskAt(context, second)];
  return answer((cpu) => together(has(context, a, cpu), has(context, b, cpu)));
}

/** Whether any CPU is in what two masks together make of the target. */
function combine(
  context: HelperContext,
  target: bigint,
  masks: readonly [bigint, bigint],
  together: (first: boolean, second: boolean) => boolean,
): bigint {
  const at = maskAt(context, target);
  return ofMasks(context, masks, together, (is) => {
    const cpus = new Set(cpusWhere(context, is));
    for (let cpu = 0; cpu < context.objects.cpuCount; cpu += 1) put(context, at, cpu, cpus.has(cpu));
    return cpus.size > 0 ? 1n : 0n;
  });
}

/** Whether the CPU was in the mask, in which it is put or not; false of a CPU that there is not. */
function change(context: HelperContext, cpuRegister: bigint, mask: bigint, isIn: boolean): bigint {
  const at = maskAt(context, mask);
  const cpu = u32(cpuRegister);
  if (cpu >= context.objects.cpuCount) return 0n;
  const before = has(context, at, cpu);
  put(context, at, cpu, isIn);
  return before ? 1n : 0n;
}

function fill(context: HelperContext, mask: bigint, byte: number): bigint {
  const at = maskAt(context, mask);
  context.memory.bytes.fill(byte, at, at + bytesOf(context));
  return 0n;
}

/** Of functions that give nothing. */
const nothing = (_answer: bigint): bigint => 0n;

const both = (a: boolean, b: boolean): boolean => a && b;
const either = (a: boolean, b: boolean): boolean => a || b;
const differ = (a: boolean, b: boolean): boolean => a !== b;
const only = (a: boolean, b: boolean): boolean => a && !b;

export const cpuMaskFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_cpumask_create(context) {
    const mask = context.objects.make(layoutOf(context));
    if (mask === 0) context.world.missing('memory for objects');
    return BigInt(mask);
  },

  bpf_cpumask_acquire({ objects }, mask) {
    objects.hold(Number(mask));
    return mask;
  },

  bpf_cpumask_release({ objects }, mask) {
    objects.drop(Number(mask));
    return 0n;
  },

  bpf_cpumask_first: (context, mask) => ofMask(context, mask, (is) => firstWhere(context, is)),
  bpf_cpumask_first_zero: (context, mask) =>
    ofMask(context, mask, (is) => firstWhere(context, (cpu) => !is(cpu))),
  bpf_cpumask_first_and: (context, a, b) => ofMasks(context, [a, b], both, (is) => firstWhere(context, is)),
  bpf_cpumask_any_distribute: (context, mask) => ofMask(context, mask, (is) => anyWhere(context, is)),
  bpf_cpumask_any_and_distribute: (context, a, b) =>
    ofMasks(context, [a, b], both, (is) => anyWhere(context, is)),
  bpf_cpumask_weight: (context, mask) => ofMask(context, mask, (is) => BigInt(cpusWhere(context, is).length)),

  bpf_cpumask_set_cpu: (context, cpu, mask) => nothing(change(context, cpu, mask, true)),
  bpf_cpumask_clear_cpu: (context, cpu, mask) => nothing(change(context, cpu, mask, false)),
  bpf_cpumask_test_and_set_cpu: (context, cpu, mask) => change(context, cpu, mask, true),
  bpf_cpumask_test_and_clear_cpu: (context, cpu, mask) => change(context, cpu, mask, false),
  bpf_cpumask_test_cpu: (context, cpu, mask) =>
    ofMask(context, mask, (is) => (u32(cpu) < context.objects.cpuCount && is(u32(cpu)) ? 1n : 0n)),

  bpf_cpumask_setall: (context, mask) => fill(context, mask, 0xff),
  bpf_cpumask_clear: (context, mask) => fill(context, mask, 0),
  bpf_cpumask_and: (context, target, a, b) => combine(context, target, [a, b], both),
  bpf_cpumask_or: (context, target, a, b) => nothing(combine(context, target, [a, b], either)),
  bpf_cpumask_xor: (context, target, a, b) => nothing(combine(context, target, [a, b], differ)),
  bpf_cpumask_copy: (context, target, mask) => nothing(combine(context, target, [mask, mask], either)),

  bpf_cpumask_equal: (context, a, b) => ofMasks(context, [a, b], differ, (is) => none(context, is)),
  bpf_cpumask_subset: (context, a, b) => ofMasks(context, [a, b], only, (is) => none(context, is)),
  bpf_cpumask_intersects: (context, a, b) => ofMasks(context, [a, b], both, (is) => 1n - none(context, is)),
  bpf_cpumask_empty: (context, mask) => ofMask(context, mask, (is) => none(context, is)),
  bpf_cpumask_full: (context, mask) => ofMask(context, mask, (is) => none(context, (cpu) => !is(cpu))),

  /** From bytes of the program's. */
  bpf_cpumask_populate(context, mask, source, sizeRegister) {
    const sizeBytes = bytesOf(context);
    if (sizeRegister < BigInt(sizeBytes)) return int(-EACCES);
    const from = memoryArgument(context.memory, source, sizeBytes);
    context.memory.bytes.copyWithin(maskAt(context, mask), from, from + sizeBytes);
    return 0n;
  },
};

/** 1 where it holds for no CPU, otherwise 0. */
function none(context: HelperContext, is: (cpu: number) => boolean): bigint {
  return cpusWhere(context, is).length === 0 ? 1n : 0n;
}
