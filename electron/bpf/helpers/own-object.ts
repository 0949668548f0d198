/** Objects by their type in BTF: bpf_obj_new() and bpf_obj_drop() of a program's own, bpf_rdonly_cast() to the kernel's. What they hold, the verifier has settled. */
import type { ObjectLayout } from '../program.ts';
import { Failure } from '../../failure.ts';
import type { HelperFamily } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

export const NEW_OBJECT = 'bpf_obj_new_impl';
export const NEW_PERCPU_OBJECT = 'bpf_percpu_obj_new_impl';

function unknownLayout(): never {
  throw new Error('what an object is like, is known where a program is loaded: newObject()');
}

const drop: HelperFunction = ({ objects }, object) => {
  objects.drop(Number(object));
  return 0n;
};

export const ownObjectFunctions: Readonly<Record<string, HelperFunction>> = {
  [NEW_OBJECT]: unknownLayout,
  [NEW_PERCPU_OBJECT]: unknownLayout,

  /** What is read there, the verifier has settled: reads of what is not there give zero. */
  bpf_rdonly_cast: (_context, object) => object,

  bpf_obj_drop_impl: drop,
  bpf_percpu_obj_drop_impl: drop,
};

/** A CPU's own of an object; those of the kernel, no recording holds. */
function ofCpu({ objects }: HelperContext, object: bigint, cpu: number): bigint {
  const own = objects.ofCpu(Number(object), cpu);
  if (own === undefined)
    throw new Failure('vm', 'not-recorded', 'what a CPU has its own of in the kernel was not recorded');
  return BigInt(own);
}

export const perCpuHelpers: HelperFamily = {
  this_cpu_ptr: (context, object) => ofCpu(context, object, context.world.cpu()),

  /** 0 for a CPU that there is not. */
  per_cpu_ptr(context, object, cpu) {
    const number = Number(cpu & 0xffff_ffffn);
    return number < context.objects.cpuCount ? ofCpu(context, object, number) : 0n;
  },
};

/** What a call of bpf_obj_new() does that makes such objects. */
export function newObject(layout: ObjectLayout): HelperFunction {
  return ({ objects, world }) => {
    const object = objects.make(layout);
    if (object === 0) world.missing('memory for objects');
    return BigInt(object);
  };
}
